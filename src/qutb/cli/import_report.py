"""What ``qutb plan import`` did, for people: the layers, what was made, what was left out and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qutb import text
from qutb.cli.output import print_line, print_table

if TYPE_CHECKING:
    from qutb.text import Lang

__all__ = ["print_report"]

_COLUMNS = ("layer", "role", "use", "closed", "closed_area_m2", "open", "hatches", "texts")
_MATCHES_MOST = 12


def print_report(told: dict[str, Any], lang: Lang) -> None:
    """The parts of the published JSON that a person reads first."""
    if told.get("layers_found"):
        print_table(
            _layers(told, lang),
            aligned_right_from=3 if any(r.get("use") for r in told["layers_found"]) else 2,
            wrap=True,
        )
        print_line()
    for line in (*_counts(told, lang), *_dropped(told, lang), *_residuals(told, lang), *_ids(told, lang)):
        print_line(line)


def _layers(told: dict[str, Any], lang: Lang) -> list[list[str]]:
    """A row a layer; columns that no layer fills are left out."""
    found = told["layers_found"]
    shown = [name for name in _COLUMNS if any(row.get(name) for row in found)]
    heads = [text.label(f"drawing.{name}", lang) for name in shown]
    return [heads, *([_cell(name, row.get(name), lang) for name in shown] for row in found)]


def _cell(name: str, value: Any, lang: Lang) -> str:
    if name == "layer":
        return text.isolate(str(value), lang)
    if name in ("role", "use"):
        return text.label(f"{'drawing.role' if name == 'role' else 'use'}.{value}", lang) if value else ""
    return text.quantity(value, "m2", lang) if name.endswith("_m2") else text.number(value or 0, lang)


def _counts(told: dict[str, Any], lang: Lang) -> list[str]:
    counted: list[str] = [name for name in ("plots", "streets") if name in told]
    facts = [(name, text.number(told[name], lang)) for name in counted]
    if "plots_area_m2" in told:
        facts.append(("plots_area_m2", text.quantity(told["plots_area_m2"], "m2", lang)))
    if told.get("closures") is not None:
        facts.append(("closures", text.number(len(told["closures"]), lang)))
    if told.get("spot_heights"):
        facts.append(("spot_heights", text.number(told["spot_heights"], lang)))
    return [_line(name, value, lang) for name, value in facts]


def _dropped(told: dict[str, Any], lang: Lang) -> list[str]:
    if "dropped_m2" not in told:
        return []
    lines = []
    if "closed_area_in_m2" in told:
        lines.append(_line("area_in_m2", text.quantity(told["closed_area_in_m2"], "m2", lang), lang))
    lines.append(_line("dropped_m2", text.quantity(told["dropped_m2"], "m2", lang), lang))
    by_cause: dict[str, float] = {}
    for cause, area in told["dropped_m2_by_cause"].items():
        name = "role" if cause.startswith("role_") else cause
        by_cause[name] = by_cause.get(name, 0.0) + area
    return lines + [f"  {_line(f'cause.{name}', text.quantity(m2, 'm2', lang), lang)}" for name, m2 in by_cause.items()]


def _residuals(told: dict[str, Any], lang: Lang) -> list[str]:
    label = text.label("drawing.residual_m", lang)
    return [
        f"{label} {text.isolate(str(point['name']), lang)}: {text.number(point['residual_m'], lang, 3)} m"
        for point in told.get("control_residuals_m", ())
    ]


def _ids(told: dict[str, Any], lang: Lang) -> list[str]:
    """How many numbers were kept, and the first that were not: a person confirms them."""
    matched = told.get("ids_matched")
    if matched is None:
        return []
    share = text.quantity(told["ids_kept_share"], "ratio", lang)
    kept = f"{text.number(told['ids_kept'], lang)} / {text.number(told['ids_before'], lang)} ({share})"
    lines = [_line("ids_kept", kept, lang)]
    other = [row for row in matched if row["status"] != "same"]
    for row in other[:_MATCHES_MOST]:
        pair = " → ".join(text.isolate(str(row[side]) or "–", lang) for side in ("old_id", "new_id"))
        lines.append(f"  {text.label('match.' + row['status'], lang)}: {pair}")
    return lines + ([f"  … {text.number(len(other) - _MATCHES_MOST, lang)}"] if len(other) > _MATCHES_MOST else [])


def _line(name: str, value: str, lang: Lang) -> str:
    return f"{text.label(f'drawing.{name}', lang)}: {value}"
