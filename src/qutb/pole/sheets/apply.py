"""The pole's files written anew from sheets that changed: all of them or none.

The files are made in a folder beside the pole, opened as a pole to prove that they can be, and only then moved
over the old ones; if a move fails, those moved already are moved back. Each change is a line of ``entries.csv``.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from qutb.core import Table
from qutb.files import write_plan
from qutb.plan import ZONES, Plan, empty_table
from qutb.pole.brief_file import brief_text
from qutb.pole.folder import open_pole, write_site
from qutb.pole.model import Brief, Criterion, Pole, Target
from qutb.pole.sheets.cells import read_cell
from qutb.pole.sheets.current import CALENDAR_FILE, CATALOGUES, ENTRIES_FILE, State
from qutb.pole.sheets.differ import Difference
from qutb.pole.sheets.grid import Cell
from qutb.pole.sheets.model import DENSITY_COLUMNS, PROVENANCE, Rows
from qutb.pole.sheets.specs import column
from qutb.pole.tables import ACTORS, COMMITMENTS
from qutb.text import LANGUAGES

__all__ = ["JOURNAL", "append_rows", "apply_difference", "installed"]

JOURNAL = (
    "sheet",
    "row",
    "field",
    "old",
    "new",
    "source",
    "entered_by",
    "entered_date",
    "second_person",
    "recorded",
    "file",
)
_OF_BRIEF = ("brief", "targets", "criteria", "facilities")
_ENDS = ("low", "central", "high")
_FACILITY_VALUES = ("population_per_unit", "site_area_m2", "service_radius_m")


def apply_difference(state: State, difference: Difference, *, file: str, today: date) -> tuple[str, ...]:
    """Write ``difference`` into the pole's folder; the names of the files written."""
    after = {**{name: state.book[name] for name in _OF_BRIEF}, **difference.after}
    changed = set(difference.after)
    writers: list[Callable[[Path], None]] = []
    brief = _brief(state.pole.brief, after)
    if brief != state.pole.brief:
        writers.append(lambda folder: _text(folder / "brief.toml", brief_text(brief)))
    if "prices" in changed:
        writers.append(lambda folder: _rows(folder / "prices.csv", _own_prices(state, after["prices"])))
    if "facilities" in changed:
        path = f"{CATALOGUES}/facilities.csv"
        writers.append(lambda folder: _rows(folder / path, _own_facilities(state, after["facilities"])))
    if "values" in changed:
        writers.append(lambda folder: _values(folder / "values.yaml", state, difference.after["values"]))
    for name, table in (("actors", ACTORS), ("commitments", COMMITMENTS)):
        if name in changed:
            frame = _frame(getattr(state.pole, name), table, after[name])
            writers.append(lambda folder, n=name, f=frame: _frame_csv(folder / f"{n}.csv", f))  # type: ignore[misc]
    if "calendar" in changed:
        writers.append(lambda folder: _calendar(folder / CALENDAR_FILE, after["calendar"]))
    if "land" in changed:
        writers.append(lambda folder: _land(folder / "site.gpkg", state.pole, after["land"]))
    if changed & {"zones", "densities"}:
        writers.append(lambda folder: _plans(folder / "plans", state, difference.after))
    for name in sorted(changed & set(state.pack_rows) - {"prices", "facilities"}):
        rows = _own_catalogue(state, name, after[name])
        path = f"{CATALOGUES}/{name}.csv"
        writers.append(lambda folder, p=path, r=rows: _rows(folder / p, r))  # type: ignore[misc]
    entries = _journal(difference, file, today)
    writers.append(lambda folder: append_rows(folder / ENTRIES_FILE, JOURNAL, entries))
    return installed(state.folder, writers)


# all or nothing --------------------------------------------------------------------------------------------


def installed(folder: Path, writers: Sequence[Callable[[Path], None]]) -> tuple[str, ...]:
    """Run ``writers`` on a copy of the pole, open the copy, and move what changed into ``folder``."""
    draft = Path(tempfile.mkdtemp(prefix=".qutb-", dir=folder.resolve().parent))
    try:
        copy = draft / "new"
        for name, file in _own_files(folder).items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy / name)
        for write in writers:
            write(copy)
        open_pole(copy)
        return _moved(copy, folder, draft / "old")
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _own_files(folder: Path) -> dict[str, Path]:
    """The files of the pole itself by name; results, scans and whatever else lies in the folder stay out of it."""
    found = [*folder.glob("*"), *(p for part in ("plans", CATALOGUES) for p in (folder / part).glob("*"))]
    return {p.relative_to(folder).as_posix(): p for p in sorted(found) if p.is_file()}


def _moved(copy: Path, folder: Path, old: Path) -> tuple[str, ...]:
    made, there = _own_files(copy), _own_files(folder)
    changed = [n for n, p in made.items() if n not in there or p.read_bytes() != there[n].read_bytes()]
    gone = [n for n in there if n not in made]
    done: list[str] = []
    try:
        for name in (*changed, *gone):
            if name in there:
                (old / name).parent.mkdir(parents=True, exist_ok=True)
                there[name].replace(old / name)
            done.append(name)
            if name in made:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                made[name].replace(folder / name)
    except OSError:
        for name in done:
            (folder / name).unlink(missing_ok=True)
            if (old / name).exists():
                (old / name).replace(folder / name)
        raise
    return tuple(sorted((*changed, *gone)))


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")


def _rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """A CSV of those rows; no file where there is none."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({n: _written(v) for n, v in row.items()} for row in rows)
    _text(path, buffer.getvalue())


def append_rows(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Lines added below those of a CSV, which is begun with ``names`` where there is none."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    if not path.is_file():
        writer.writeheader()
    writer.writerows({n: _written(row.get(n)) for n in names} for row in rows)
    before = path.read_text("utf-8-sig") if path.is_file() else ""
    _text(path, before + ("" if not before or before.endswith("\n") else "\n") + buffer.getvalue())


def _written(value: Any) -> str:
    """A number as short as it is exact, absent as nothing."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


# each file -------------------------------------------------------------------------------------------------


def _brief(old: Brief, book: Mapping[str, Rows]) -> Brief:
    cells = {item: record.get("value") for item, record in book["brief"].items()}
    adopted = read_cell(Cell(ref="", value=cells.get("weights_adopted")), column("value", "boolean")).value
    asked = {f: int(r["units_asked"]) for f, r in book["facilities"].items() if r.get("units_asked") is not None}
    unlisted = {f: n for f, n in old.facilities.items() if f not in book["facilities"]}
    return Brief(
        title=_by_language(cells, "title"),
        town=cells.get("town") or "",
        targets=tuple(
            Target(measure=m, low=r.get("low"), high=r.get("high"), source=r.get("source") or "")
            for m, r in book["targets"].items()
        ),
        facilities={**asked, **unlisted},
        criteria=tuple(
            Criterion(measure=m, better=r["better"], weight=r.get("weight")) for m, r in book["criteria"].items()
        ),
        weights_adopted=bool(adopted),
        notes=_by_language(cells, "notes"),
    )


def _by_language(cells: Mapping[str, Any], name: str) -> dict[str, str]:
    return {str(lang): str(cells[f"{name}.{lang}"]) for lang in LANGUAGES if cells.get(f"{name}.{lang}")}


def _signed(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record.get(name) for name in (*PROVENANCE, "source")}


def _own_prices(state: State, rows: Rows) -> list[dict[str, Any]]:
    pack = {row["price_key"]: row for row in state.pack_rows["prices"]}
    own = []
    for key, record in rows.items():
        central = record.get("central")
        if central is None:
            continue
        given = {n: record[n] if record.get(n) is not None else central for n in _ENDS}
        fixed = {"price_date": record.get("price_date"), "status": record.get("status"), "derivation": ""}
        own.append({**pack[key], **given, **fixed, **_signed(record)})
    others = [dict(row) for key, row in state.own_rows["prices"].items() if key not in pack]
    return [*own, *others]


def _own_facilities(state: State, rows: Rows) -> list[dict[str, Any]]:
    """Rows that say something of their own; ``confirmed`` is the only status a pole may give."""
    own = []
    for row in state.pack_rows["facilities"]:
        record = rows[row["facility_type"]]
        given = {n: record.get(n) for n in _FACILITY_VALUES}
        cited = any(record.get(n) != (row[n] or None) for n in ("document", "page"))
        if cited or any(v is not None for v in given.values()):
            status = record.get("status") or row["status"]
            papers = {n: record.get(n) for n in ("document", "page")}
            own.append({**row, **given, **papers, "status": status, **_signed(record)})
    return own


def _own_catalogue(state: State, name: str, rows: Rows) -> list[dict[str, Any]]:
    """Rows that differ from the pack's, in the text of the pack where a cell does not."""
    sheet = state.sheet(name)
    pack = {row[sheet.key[0]]: row for row in state.pack_rows[name]}
    own = []
    for key, record in rows.items():
        base = pack.get(key)
        before = state.book[name].get(key)
        mine = state.own_rows[name].get(key)
        if before is not None and record == before:
            if mine is not None:
                own.append(dict(mine))
            continue
        given = {n: _written(record.get(n)) for n in (*sheet.key, *sheet.content)}
        own.append({**(base or {}), **given, **_signed(record)})
    return own


def _values(path: Path, state: State, rows: Rows) -> None:
    """``values.yaml`` with the rows that changed; other keys stay as they were written."""
    import yaml

    data = {k: dict(v) for k, v in state.own_values.items()}
    for key, record in rows.items():
        if record == state.book["values"].get(key):
            continue
        if record.get("central") is None:
            data.pop(key, None)
        else:
            data[key] = _parameter(state, key, record)
    if not data:
        path.unlink(missing_ok=True)
        return
    _text(path, yaml.safe_dump(data, allow_unicode=True, sort_keys=True, width=110))


def _parameter(state: State, key: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter as the pole gives it, in force from the day the pack's own is, or the pole's date."""
    parameter = state.pole.values.parameters[key]
    value = parameter.at(state.pole.pack_date)
    since = value.valid_from if value else state.pole.pack_date
    entry: dict[str, Any] = {n: record[n] for n in _ENDS if record.get(n) is not None}
    entry |= {n: record[n] for n in ("status", "source", "derivation", *PROVENANCE) if record.get(n)}
    entry["last_checked"] = record.get("entered_date") or ""
    others = (state.own_values.get(key) or {}).get("values", {})
    return {
        "description": parameter.description,
        "unit": parameter.unit,
        "kind": parameter.kind,
        "values": {**{d: v for d, v in others.items() if str(d) != since.isoformat()}, since: entry},
    }


def _frame(old: pd.DataFrame, table: Table, rows: Rows) -> pd.DataFrame:
    """The table with those rows; columns the sheet does not have stay with their rows."""
    names = [c.name for c in table if c.name != table.key]
    kept = [c for c in old.columns if c not in names]
    records = [{n: record.get(n) for n in names} for record in rows.values()]
    frame = pd.DataFrame(records, columns=names, index=pd.Index(list(rows), name=table.key))
    return frame.join(old[kept]) if kept else frame


def _frame_csv(path: Path, frame: pd.DataFrame) -> None:
    buffer = io.StringIO()
    frame.to_csv(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    _text(path, buffer.getvalue())


def _calendar(path: Path, rows: Rows) -> None:
    """``calendar.toml``: one ``[[days]]`` a holiday, closure or milestone."""
    names = ("day_id", "kind", "start_date", "end_date", "name")
    days = ["\n".join(["[[days]]", *(f"{n} = {_toml(n, r[n])}" for n in names if r.get(n)), ""]) for r in rows.values()]
    _text(path, "\n".join(days))


def _toml(name: str, value: Any) -> str:
    return str(value) if name.endswith("_date") else json.dumps(str(value), ensure_ascii=False)


def _land(path: Path, pole: Pole, rows: Rows) -> None:
    land = pole.site.land.copy()
    for name in ("regime", "owner", "status", "release_date"):
        land[name] = [rows[str(parcel)].get(name) for parcel in land.index]
    write_site(path, replace(pole.site, land=land), pole.start_date)


def _plans(folder: Path, state: State, after: Mapping[str, Rows]) -> None:
    """Every plan whose zone rules or densities changed, written anew."""
    for name in state.pole.plans:
        plan: Plan = state.pole.plan(name)
        new = plan
        for sheet, changed in (("zones", _with_zones), ("densities", _with_densities)):
            before = _of_plan(state.book[sheet], name) if sheet in after else {}
            rows = _of_plan(after.get(sheet, {}), name)
            new = new if rows == before else changed(new, rows)
        if new is not plan:
            write_plan(new, folder / f"{name}.gpkg", when=state.pole.start_date)


def _of_plan(rows: Rows, name: str) -> Rows:
    return {key: row for key, row in rows.items() if row.get("plan") == name}


def _with_zones(plan: Plan, rows: Rows) -> Plan:
    names = [c.name for c in ZONES if c.name != ZONES.key]
    records = [{n: r.get(n) for n in names} for r in rows.values()]
    index = pd.Index([r["zone_code"] for r in rows.values()], name=ZONES.key)
    frame = pd.DataFrame(records, columns=names, index=index) if rows else empty_table(ZONES)
    numbers = {n: "float64" for n in names if ZONES[n].kind == "number"}
    return replace(plan, zones=frame.astype(numbers))


def _with_densities(plan: Plan, rows: Rows) -> Plan:
    """Each figure for the lots of its use: for all that shared one before, else for those that have none."""
    plots = plan.plots.copy()
    for row in rows.values():
        mine = plots["use"] == row["use"]
        for name in DENSITY_COLUMNS:
            own = plots.loc[mine, name]
            shared = own.notna().all() and own.nunique() == 1
            if row.get(name) is not None or shared:
                plots.loc[mine if shared else mine & plots[name].isna(), name] = row.get(name)
    return replace(plan, plots=plots)


def _journal(difference: Difference, file: str, today: date) -> list[dict[str, Any]]:
    lines = []
    for change in difference.changes:
        record = difference.after[change.sheet].get(change.row, {})
        lines.append(
            {
                "sheet": change.sheet,
                "row": change.row,
                "field": change.field or change.kind,
                "old": change.old,
                "new": change.new,
                **{n: record.get(n) for n in (*PROVENANCE, "source")},
                "recorded": today.isoformat(),
                "file": file,
            }
        )
    return lines
