"""Reading a list of towns: what was promised and counted, row by row, with what is wrong named by line.

A row is one count of one town. Needed: ``town``, ``year_founded``, ``target_population``, ``year``,
``population``. Read where there: ``country``, ``macro_region``, ``baseline_population`` (nobody before, where
empty), ``target_year``, ``population_quality``, ``use_in_fit`` (rows marked 0 are left out). Names of columns and
regions in capitals or not, with spaces or not; figures as 60000, 60 000, 60.000, 60,000.0 or 60000,0: a mark before
each three digits parts thousands, since all figures are people or years.
A census is preferred to what an agency or a developer says of itself: theirs ran up to five times higher.
"""

from __future__ import annotations

import csv
import io
import math
import re
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
_SPILT = "beyond the last column"
_SPACES = str.maketrans("", "", " \u00a0\u2009\u202f\u200e\u200f\u066c'\u2019")
_NOTHING = {"", "-", "\u2013", "?", "na", "n/a", "nan", "none", "null"}
_THOUSANDS = re.compile(r"([1-9]\d{0,2}(?:([,.])\d{3})(?:\2\d{3})*)(?:[,.](\d+))?")


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
    for sift in (_marked, _whole, _numbered, _possible, _single, _preferred, _settled):
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
        words = _decoded(content)
        head = words.split("\n", 1)[0]
        delimiter = max(",;\t", key=head.count)
        reader = csv.DictReader(io.StringIO(words), delimiter=delimiter, strict=True)
        lines = [(reader.line_num, line) for line in reader]
    except (UnicodeDecodeError, csv.Error) as fault:
        raise FormatError("UPT-TOWNS-UNREADABLE", name, fault=str(fault)) from fault
    columns = [_plain(c) for c in (lines[0][1] if lines else head.split(delimiter)) if c is not None]
    missing = [c for c in _NEEDED if c not in columns]
    if missing:
        raise FormatError("UPT-TOWNS-COLUMNS", name, missing=", ".join(missing), known=", ".join(_NEEDED))
    cells = [
        {_plain(k): (v or "").strip() for k, v in line.items() if k is not None}
        | {_SPILT: "".join(line.get(None) or [])}
        for _, line in lines
    ]
    known = [*dict.fromkeys(columns), _SPILT]
    return pd.DataFrame(cells, index=[number for number, _ in lines], columns=known, dtype=object)


def _decoded(content: bytes) -> str:
    """UTF-8, or what older office programs write; with a mark of UTF-16, that."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _plain(name: str) -> str:
    """A name as written here: small letters, one low line for a space or hyphen."""
    return "_".join(name.lower().replace("-", " ").replace("_", " ").split())


def _marked(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Rows whose maker did not set them aside."""
    if "use_in_fit" not in frame:
        return frame
    aside = frame["use_in_fit"].str.lower().isin(["0", "0.0", "no", "false"])
    if aside.any():
        findings.append(Finding(code="UPT-ROWS-ASIDE", severity="note", params={"count": int(aside.sum())}))
    return frame[~aside]


def _whole(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Rows with no more cells than the file has columns; an unquoted 60,000 makes two of one."""
    wide = frame[_SPILT].str.strip() != ""
    for line in frame.index[wide]:
        findings.append(_at(frame, line, "UPT-ROW-WIDE"))
    return frame[~wide]


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
    plain = cell.translate(_SPACES).replace("\u066b", ".")
    if plain.lower() in _NOTHING:
        return math.nan
    if parted := _THOUSANDS.fullmatch(plain):
        plain = re.sub("[,.]", "", parted[1]) + "." + (parted[3] or "0")
    try:
        value = float(plain.replace(",", ".") if plain.count(",") == 1 else plain)
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
    kinds = frame.assign(kind=_kind(frame))
    key = ["town", "year", "kind"]
    count = kinds.groupby(key)["population"].transform("nunique")
    differ = kinds.duplicated(key, keep=False) & (count > 1)
    for line in frame.index[differ]:
        findings.append(_at(frame, line, "UPT-DUPLICATE-DIFFERS", year=f"{frame.at[line, 'year']:.0f}"))
    again = kinds.duplicated(key) & ~differ
    for line in frame.index[again]:
        findings.append(_at(frame, line, "UPT-DUPLICATE", "note", year=f"{frame.at[line, 'year']:.0f}"))
    return frame[~(differ | again)]


def _preferred(frame: pd.DataFrame, findings: list[Finding]) -> pd.DataFrame:
    """Of a town counted by a census, what its agency or developer says is set aside; of the same year, all else."""
    kind = _kind(frame)
    own, census = kind == "own", kind == "census"
    counted = census.groupby(frame["town"]).transform("any")
    same_year = census.groupby([frame["town"], frame["year"]]).transform("any")
    beaten = (own & counted) | (~census & same_year)
    for line in frame.index[beaten | own]:
        code = "UPT-CENSUS-PREFERRED" if beaten[line] else "UPT-AGENCY-ONLY"
        findings.append(_at(frame, line, code, "note", year=f"{frame.at[line, 'year']:.0f}"))
    return frame[~beaten]


def _kind(frame: pd.DataFrame) -> pd.Series:
    """Whose word a count is: ``census``, the agency's or developer's ``own``, or ``other``."""
    if "population_quality" not in frame:
        return pd.Series("other", index=frame.index)
    quality = frame["population_quality"].str.lower()
    named = pd.Series("other", index=frame.index).mask(quality.isin(_OWN_WORD), "own")
    return named.mask(quality.str.startswith("census"), "census")


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
            "region": _words(frame, "macro_region", lambda: pd.Series(UNKNOWN_REGION, index=frame.index)).map(_region),
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


def _region(name: str) -> str:
    """``East Asia`` and ``EAST_ASIA`` are one region."""
    return _plain(name).upper()


def _at(frame: pd.DataFrame, line: int, code: str, severity: Severity = "warning", **params: object) -> Finding:
    named = {"line": line, "town": frame.at[line, "town"], **params}
    return Finding(code=code, severity=severity, where=(f"line:{line}",), params=named)
