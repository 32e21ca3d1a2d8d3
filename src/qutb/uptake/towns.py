"""Reading a list of towns: what was promised and counted, row by row, with what is wrong named by line.

A row is one count of one town. Needed: ``town``, ``year_founded``, ``target_population``, ``year``,
``population``. Read where there: ``country``, ``macro_region``, ``baseline_population`` (nobody before, where
empty), ``target_year``, ``population_quality``, ``use_in_fit`` (rows marked 0 are left out).
A census is preferred to what an agency or a developer says of itself: theirs ran up to five times higher.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from qutb.core import Finding, FormatError, InputError, LimitError, Severity, digest_bytes
from qutb.uptake.curve import FLOOR

__all__ = ["UNKNOWN_REGION", "Towns", "read_towns"]

_NEEDED = ("town", "year_founded", "target_population", "year", "population")
_NUMBERS = ("year_founded", "target_population", "baseline_population", "target_year", "year", "population")
_OWN_WORD = ("agency", "developer", "rhetorical")
_LARGEST_BYTES = 20_000_000
UNKNOWN_REGION = "UNKNOWN"


@dataclass(frozen=True, eq=False, kw_only=True)
class Towns:
    """Observations fit to be used, one row each, and what was said about the others.

    Columns of ``rows``: town, country, region, year_founded, target_people [people], baseline_people [people],
    horizon_years [year, NaN where no target date], year, age_years [year], people [people], share [ratio].
    """

    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    digest: str


def read_towns(path: Path | str) -> Towns:
    """The observations in a CSV (UTF-8; comma, semicolon or tab).

    Raises ``FormatError`` where it is no table or a needed column is missing, ``InputError`` where no row is left.
    """
    file = Path(path)
    content = _bytes(file)
    frame = _table(content, file.name)
    findings: list[Finding] = []
    for sift in (_marked, _numbered, _possible, _single, _preferred, _settled):
        frame = sift(frame, findings)
    if frame.empty:
        raise InputError("UPT-EMPTY-CLASS", file.name, faults=len(findings))
    rows = _observations(frame, findings)
    return Towns(rows=rows, findings=tuple(findings), digest=digest_bytes(content))


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > _LARGEST_BYTES:
        raise LimitError("UPT-TOWNS-LARGE", file.name, limit=_LARGEST_BYTES // 1_000_000)
    return file.read_bytes()


def _table(content: bytes, name: str) -> pd.DataFrame:
    """The cells as text, indexed by line of the file."""
    try:
        words = content.decode("utf-8-sig")
        head = words.split("\n", 1)[0]
        delimiter = max(",;\t", key=head.count)
        lines = list(csv.DictReader(io.StringIO(words), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise FormatError("UPT-TOWNS-UNREADABLE", name, fault=str(fault)) from fault
    columns = [str(c).strip() for c in (lines[0] if lines else head.split(delimiter)) if c is not None]
    missing = [c for c in _NEEDED if c not in columns]
    if missing:
        raise FormatError("UPT-TOWNS-COLUMNS", name, missing=", ".join(missing), known=", ".join(_NEEDED))
    cells = [
        {str(k).strip(): (v or "").strip() for k, v in line.items() if isinstance(v, str | None)} for line in lines
    ]
    return pd.DataFrame(cells, index=range(2, len(cells) + 2), columns=list(dict.fromkeys(columns)), dtype=object)


def _marked(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Rows whose maker did not set them aside."""
    if "use_in_fit" not in frame:
        return frame
    aside = frame["use_in_fit"].isin(["0", "0.0", "no", "false"])
    if aside.any():
        findings.append(Finding(code="UPT-ROWS-ASIDE", severity="note", params={"count": int(aside.sum())}))
    return frame[~aside]


def _numbered(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Rows whose figures can be read; an empty needed one drops the row."""
    frame = frame.copy()
    for name in _NUMBERS:
        frame[name] = frame[name].map(_number) if name in frame else math.nan
    for name in _NUMBERS:
        for line in frame.index[frame[name].map(lambda v: isinstance(v, str))]:
            findings.append(_at(frame, line, "UPT-NOT-NUMBER", column=name, value=frame.at[line, name]))
    unread = frame[list(_NUMBERS)].map(lambda v: isinstance(v, str)).any(axis=1)
    empty = frame[list(_NEEDED)].isna().any(axis=1) | (frame["town"] == "")
    for line in frame.index[empty & ~unread]:
        names = [n for n in _NEEDED if frame.at[line, n] == "" or frame.at[line, n] != frame.at[line, n]]
        findings.append(_at(frame, line, "UPT-ROW-EMPTY", "note", columns=", ".join(names)))
    kept = frame[~(unread | empty)].copy()
    kept[list(_NUMBERS)] = kept[list(_NUMBERS)].astype(float)
    return kept


def _number(cell: str) -> float | str:
    """The figure, NaN where empty, the cell itself where it is none."""
    plain = cell.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if not plain:
        return math.nan
    try:
        value = float(plain)
    except ValueError:
        return cell
    return value if math.isfinite(value) else cell


def _possible(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Rows that contradict neither time nor arithmetic."""
    before = frame["baseline_population"].fillna(0.0)
    target = frame["target_population"]
    faults = (
        ("UPT-TARGET-BELOW", target <= before, target, before),
        ("UPT-BEFORE-FOUNDING", frame["year"] <= frame["year_founded"], frame["year"], frame["year_founded"]),
        ("UPT-NEGATIVE", (frame["population"] < 0) | (before < 0), frame["population"], before),
    )
    for code, wrong, value, limit in faults:
        for line in frame.index[wrong]:
            findings.append(_at(frame, line, code, value=int(value[line]), limit=int(limit[line])))
    return frame[~np.logical_or.reduce([wrong for _, wrong, _, _ in faults])]


def _single(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """One row a town, year and kind of count; of two that differ none can be trusted."""
    quality = frame["population_quality"] if "population_quality" in frame else pd.Series("", index=frame.index)
    key = [frame["town"], frame["year"], quality.isin(_OWN_WORD)]
    count = frame.groupby(key)["population"].transform("nunique")
    repeated = frame.assign(own=key[2]).duplicated(["town", "year", "own"], keep=False)
    differ = repeated & (count > 1)
    for line in frame.index[differ]:
        findings.append(_at(frame, line, "UPT-DUPLICATE-DIFFERS", year=f"{frame.at[line, 'year']:.0f}"))
    again = frame.assign(own=key[2]).duplicated(["town", "year", "own"]) & ~differ
    for line in frame.index[again]:
        findings.append(_at(frame, line, "UPT-DUPLICATE", "note", year=f"{frame.at[line, 'year']:.0f}"))
    return frame[~(differ | again)]


def _preferred(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Of a town counted by a census, what its agency or developer says is set aside."""
    if "population_quality" not in frame:
        return frame
    own = frame["population_quality"].isin(_OWN_WORD)
    counted = frame["population_quality"].str.startswith("census").groupby(frame["town"]).transform("any")
    for line in frame.index[own]:
        code = "UPT-CENSUS-PREFERRED" if counted[line] else "UPT-AGENCY-ONLY"
        findings.append(_at(frame, line, code, "note", year=f"{frame.at[line, 'year']:.0f}"))
    return frame[~(own & counted)]


def _settled(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Promise and founding of a town are those of its first row; a row that says otherwise is named."""
    frame = frame.copy()
    for name in ("year_founded", "target_population", "baseline_population", "target_year", "macro_region", "country"):
        if name not in frame:
            continue
        first = frame.groupby("town")[name].transform(lambda values: values.iloc[0])
        other = (frame[name] != first) & ~(frame[name].isna() & first.isna())
        for line in frame.index[other]:
            findings.append(_at(frame, line, "UPT-TOWN-DIFFERS", "warning", column=name))
        frame[name] = first
    return frame


def _observations(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    baseline = frame["baseline_population"]
    unknown = sorted(set(frame["town"][baseline.isna()]))
    if unknown:
        params = {"count": len(unknown), "towns": ", ".join(unknown)}
        findings.append(Finding(code="UPT-BASELINE-UNKNOWN", severity="note", params=params))
    target, before = frame["target_population"], baseline.fillna(0.0)
    rows = pd.DataFrame(
        {
            "town": frame["town"],
            "country": _words(frame, "country", lambda: frame["town"]),
            "region": _words(frame, "macro_region", lambda: pd.Series(UNKNOWN_REGION, index=frame.index)),
            "year_founded": frame["year_founded"],
            "target_people": target - before,
            "baseline_people": before,
            "horizon_years": frame["target_year"] - frame["year_founded"],
            "year": frame["year"],
            "age_years": frame["year"] - frame["year_founded"],
            "people": frame["population"],
            "share": ((frame["population"] - before) / (target - before)).clip(lower=FLOOR),
        }
    )
    return rows.sort_values(["town", "year"], kind="stable").reset_index(drop=True)


def _words(frame: pd.DataFrame, name: str, otherwise: Callable[[], pd.Series]) -> pd.Series:
    """The column, with ``otherwise`` where it is missing or a cell is empty."""
    if name not in frame:
        return otherwise()
    return frame[name].where(frame[name] != "", otherwise())


def _at(frame: pd.DataFrame, line: int, code: str, severity: Severity = "warning", **params: object) -> Finding:
    named = {"line": line, "town": frame.at[line, "town"], **params}
    return Finding(code=code, severity=severity, where=(f"line:{line}",), params=named)
