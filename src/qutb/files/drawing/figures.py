"""Figures that offices write on plots besides area and storeys: height, COS, CES, dwellings, parking spaces."""

from __future__ import annotations

import re

__all__ = ["FIGURES", "figures_of", "metres_of", "tagged_figure"]

FIGURES = ("height_m", "floor_area_ratio", "ground_coverage_ratio", "dwellings", "parking_spaces")
_N = r"(?P<n>\d+(?:[.,]\d+)?)"
_IS = r"\s*(?:max(?:imale?|imum|i)?\.?)?\s*[.:=]?\s*"
_DWELLINGS = r"(?:logts?|logements?|log\.|appts?|appartements?|dwellings?|flats|housing units|مسكنا?|مساكن|شقة|شقق)"
_PARKING = (
    r"(?:(?:places?|pl\.?|emplacements?)\s*(?:de\s+)?(?:parkings?|stat(?:ionnement)?s?\b|parc\b)"
    r"|(?:parking|car) spaces?|مواقف|موقفا?)"
)
_WRITTEN = {
    "height_m": (
        rf"(?<!\w)(?:ht?|haut(?:eur)?|height)\b{_IS}{_N}\s*m(?![\w²])",
        rf"(?<!\w)(?:ht?|haut(?:eur)?|height)\s*[:=]\s*{_N}(?![\d+])",
        rf"(?:ال)?(?:علو|ارتفاع)(?:\s*الأقصى)?{_IS}{_N}(?:\s*(?:متر|م))?(?!\w)",
    ),
    "floor_area_ratio": (rf"(?<!\w)(?:c\.?o\.?s|far)\b\.?{_IS}{_N}\s*(?P<percent>%)?",),
    "ground_coverage_ratio": (rf"(?<!\w)(?:c\.?e\.?s|gcr)\b\.?{_IS}{_N}\s*(?P<percent>%)?",),
    "dwellings": (rf"(?<![\w.,]){_N}\s*{_DWELLINGS}(?!\w)", rf"(?<!\w){_DWELLINGS}\s*[:=]\s*{_N}"),
    "parking_spaces": (rf"(?<![\w.,]){_N}\s*{_PARKING}(?!\w)", rf"(?<!\w)(?:parking|stationnement)\s*[:=]\s*{_N}"),
}
_PATTERNS = {name: [re.compile(p, re.IGNORECASE) for p in patterns] for name, patterns in _WRITTEN.items()}
_METRES = re.compile(rf"^{_N}\s*(?:m|metres?|mètres?|م|متر)\.?$", re.IGNORECASE)
_COVERAGE_MOST = 1.0


def figures_of(line: str) -> tuple[list[tuple[str, object]], str]:
    """The figures a line tells, and what is left of it."""
    found: list[tuple[str, object]] = []
    for name, patterns in _PATTERNS.items():
        told = next((m for p in patterns if (m := p.search(line))), None)
        if told is not None:
            found.append((name, _value(name, told["n"], percent=bool(told.groupdict().get("percent")))))
            line = (line[: told.start()] + " " + line[told.end() :]).strip(" -:;,/()")
    return found, line


def tagged_figure(name: str, plain: str) -> list[tuple[str, object]]:
    """The figure in an attribute whose tag says what it is."""
    number = re.search(_N, plain)
    return [(name, _value(name, number["n"], percent="%" in plain))] if number else []


def metres_of(plain: str) -> float | None:
    """A length such as ``14,50 m`` that is all a text says."""
    told = _METRES.match(plain.strip())
    return _number(told["n"]) if told else None


def _value(name: str, number: str, *, percent: bool) -> float:
    value = _number(number)
    whole = percent or (name == "ground_coverage_ratio" and value > _COVERAGE_MOST)
    return value / 100 if whole and name.endswith("_ratio") else value


def _number(text: str) -> float:
    return float(text.replace(",", "."))
