"""What a utility gets to check and stamp: per network a calculation note, tables, a drawing and its solver's file.

::

    utilities.json
    water/  note.fr.pdf  note.fr.docx  tables.fr.xlsx  network.fr.dxf  water.inp
    sewer/ storm/ power/ fibre/ streets/  likewise (SWMM, pandapower)

Everything is cut by phase: each line says by when it must stand, and the tables hold what phase n needs that no
earlier phase has built. Every paper bears the short code of the appraisal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.compare import compare
from qutb.core import QUIET, Context, Table, UsageError
from qutb.dossier.content import Block, DossierContent, Head, Page, TableBlock, Text, cell
from qutb.dossier.content import Cell as TableCell
from qutb.dossier.docx import render_docx
from qutb.dossier.edition import Edition, results_table
from qutb.dossier.folders import FileWriter, write_folder
from qutb.dossier.network_bill import BILL_TRADES
from qutb.dossier.network_drawing import DRAWN, write_network_drawing
from qutb.dossier.pages.networks import network_blocks, networks_shown
from qutb.dossier.pages.shared import phase_keys
from qutb.dossier.pdf import render_pdf
from qutb.dossier.workbook import result_sheet
from qutb.dossier.xlsx import SheetTable, write_xlsx
from qutb.pack import Value
from qutb.text import LANGUAGES, Lang, day, direction, isolate, label

__all__ = ["write_utilities"]

_MARK = "utilities.json"
_SOLVER_FILES = {"water": ("water.inp",), "sewer": ("sewer.inp",), "storm": ("storm.inp",), "power": ("power.json",)}
_DEMAND = {  # network -> what a plot draws from it
    "water": ("water_m3_per_s", "water_peak_day_m3_per_s", "water_peak_hour_m3_per_s"),
    "sewer": ("wastewater_m3_per_s",),
    "storm": (),
    "power": ("power_w",),
    "fibre": ("fibre_ports",),
    "streets": (),
}
_ABOUT = {  # words in a value's key -> network whose note holds it; a key with none of them stands in every note
    "water": ("networks.water", "peak_", "mean_bed", "fire_", "hydrant", "storage", "source_head", "pipe_roughness"),
    "sewer": ("wastewater", "sewer", "manhole", "drain", "pump", "trench"),
    "storm": ("storm", "runoff", "rain", "manhole", "drain", "trench"),
    "power": ("power", "voltage", "light", "substation", "cable", "transformer"),
    "fibre": ("fibre",),
    "streets": ("road", "earthworks"),
}
_NOTE_COLUMNS = {  # columns of lines and places in the note; the workbook holds all
    "water_mains": ("length_m", "diameter_m", "flow_m3_per_s", "velocity_m_per_s"),
    "water_nodes": ("level_m", "peak_hour_m3_per_s", "head_m", "pressure_head_m"),
    "sewer_pipes": ("length_m", "diameter_m", "slope_ratio", "flow_m3_per_s", "velocity_m_per_s", "fill_ratio"),
    "sewer_nodes": ("level_m", "invert_m", "depth_m"),
    "storm_pipes": ("length_m", "diameter_m", "slope_ratio", "flow_m3_per_s", "velocity_m_per_s", "fill_ratio"),
    "storm_nodes": ("level_m", "invert_m", "depth_m"),
    "power_lines": ("length_m", "current_a", "loading_ratio"),
    "power_substations": ("rated_va", "load_va"),
    "fibre_ducts": ("length_m", "fibre_ports"),
    "fibre_points": ("fibre_ports", "cabinets", "fill_ratio"),
    "streets": ("length_m", "width_m", "carriageway_m", "footway_m", "area_m2"),
}


def write_utilities(
    appraisal: Appraisal,
    out_dir: Path | str,
    *,
    run_date: date,
    networks: Sequence[str] = tuple(DRAWN),
    languages: Sequence[Lang] = ("ar", "fr"),
    ctx: Context = QUIET,
) -> dict[str, Path]:
    """Write a folder for each network that was designed; its files by name, such as ``"water.note.pdf.fr"``.

    An earlier bundle is replaced as a whole. Raises ``UsageError`` where the networks did not run, or on an unknown
    network or language; ``InputError`` where the folder cannot be written.
    """
    _check(appraisal, networks, languages)
    plan = appraisal.plan.name
    comparison = compare({plan: appraisal})
    files: dict[str, tuple[str, FileWriter]] = {}
    for lang in (x for x in LANGUAGES if x in languages):
        edition = Edition(lang=lang, appraisals={plan: appraisal}, comparison=comparison, run_date=run_date)
        for network in networks_shown(edition, plan):
            if network in networks:
                files |= _papers(edition, plan, network)
    for network in dict.fromkeys(name.partition(".")[0] for name in files):
        files |= _solver_files(appraisal, network)
    files["json"] = (_MARK, partial(_record, appraisal, run_date, tuple(files)))
    return write_folder(Path(out_dir), files, mark=_MARK, ctx=ctx)


def _check(appraisal: Appraisal, networks: Sequence[str], languages: Sequence[str]) -> None:
    for asked, known, code in ((networks, tuple(DRAWN), "DOSSIER-NETWORK"), (languages, LANGUAGES, "DOSSIER-LANGUAGE")):
        for name in asked:
            if name not in known:
                raise UsageError(code, name, known=", ".join(known))
    if "networks" not in appraisal.results:
        raise UsageError("DOSSIER-NO-NETWORKS", appraisal.plan.name)


def _papers(edition: Edition, plan: str, network: str) -> dict[str, tuple[str, FileWriter]]:
    lang, note = edition.lang, _Note(edition, plan, network)
    return {
        f"{network}.note.pdf.{lang}": (f"{network}/note.{lang}.pdf", note.pdf),
        f"{network}.note.docx.{lang}": (f"{network}/note.{lang}.docx", note.docx),
        f"{network}.tables.{lang}": (f"{network}/tables.{lang}.xlsx", partial(_workbook, edition, plan, network)),
        f"{network}.drawing.{lang}": (
            f"{network}/network.{lang}.dxf",
            partial(write_network_drawing, edition, plan, network),
        ),
    }


def _solver_files(appraisal: Appraisal, network: str) -> dict[str, tuple[str, FileWriter]]:
    made = getattr(appraisal.results["networks"], "files", {})
    return {
        f"{network}.{name}": (f"{network}/{name}", partial(_write, made[name]))
        for name in _SOLVER_FILES.get(network, ())
        if name in made
    }


def _write(text: str, path: Path) -> None:
    path.write_text(text, "utf-8", newline="\n")


# the note -----------------------------------------------------------------------------------------------


class _Note:
    """A network's calculation note, made when first written, in two formats."""

    def __init__(self, edition: Edition, plan: str, network: str) -> None:
        self.edition, self.plan, self.network = edition, plan, network
        self._content: DossierContent | None = None

    def content(self) -> DossierContent:
        if self._content is None:
            self._content = _content(self.edition, self.plan, self.network)
        return self._content

    def pdf(self, path: Path) -> None:
        path.write_bytes(render_pdf(self.content()))

    def docx(self, path: Path) -> None:
        path.write_bytes(render_docx(self.content()))


def _content(edition: Edition, plan: str, network: str) -> DossierContent:
    name, code = label(f"net.{network}", edition.lang), edition.code(plan)
    when, line = day(edition.run_date, edition.lang), edition.word("digest").format(code=code)
    note = edition.word("net_note")
    pages = (
        Page(key=f"{network}-note", title=f"{note} · {name}", blocks=network_blocks(edition, plan, network)),
        Page(key=f"{network}-phases", title=edition.word("net_by_phase"), blocks=(_by_phase(edition, plan, network),)),
        Page(key=f"{network}-values", title=edition.word("net_hypotheses"), blocks=_hypotheses(edition, plan, network)),
        *_listings(edition, plan, network),
    )
    return DossierContent(
        lang=edition.lang,
        direction=direction(edition.lang),
        title=edition.pole_name,
        subtitle=f"{edition.title(plan)} · {note} · {name} · {when} · {line}",
        date=when,
        code=code,
        iso_date=edition.run_date.isoformat(),
        pages=pages,
        words={k: edition.word(k) for k in ("contents", "page", "as_table")} | {"code-line": line},
    )


def _by_phase(edition: Edition, plan: str, network: str) -> TableBlock:
    """What must be built before each phase is served, beyond what earlier phases have."""
    bill = edition.appraisals[plan].results["networks"].tables()["bill"]
    mine = bill[bill["trade"].isin(BILL_TRADES[network])]
    demand = _demand_by_phase(edition, plan, network)
    others = {str(p): isolate(str(p), edition.lang) for p in (*demand.index, *mine["phase"])}
    names = {**phase_keys(edition, plan), **others, "unphased": edition.word("unphased")}
    heads = [Head(text=edition.word("phase"), width=0.9), Head(text=edition.word("plots"), align="end", width=0.8)]
    heads += [Head(text=label(f"networks.{c}", edition.lang), align="end") for c in _DEMAND[network]]
    heads += [Head(text=edition.word(f"net_{place}"), align="end", width=1.2) for place in ("onsite", "offsite")]
    rows = [_phase_row(edition, plan, network, mine, demand, phase, names) for phase in names]
    return TableBlock(
        caption=edition.word("net_by_phase"),
        heads=tuple(heads),
        rows=tuple(row for row in rows if row is not None),
        note=edition.word("net_by_phase_note"),
    )


def _phase_row(
    edition: Edition,
    plan: str,
    network: str,
    bill: pd.DataFrame,
    demand: pd.DataFrame,
    phase: str,
    names: Mapping[str, str],
) -> tuple[TableCell, ...] | None:
    """Plots, demand and works of one phase; none where it has neither plots nor works."""
    works = bill[bill["phase"] == phase]
    if phase not in demand.index and not len(works):
        return None
    drawn = demand.reindex([phase]).fillna(0.0).iloc[0]
    costs = works.groupby("location")["cost_amount"].sum()
    return (
        cell(names[phase], tone="strong"),
        cell(edition.count(int(drawn["plots"]))),
        *(cell(edition.value(float(drawn[c]), _unit(edition, plan, c))) for c in _DEMAND[network]),
        *(cell(edition.value(float(costs.get(place, 0.0)), "currency")) for place in ("onsite", "offsite")),
    )


def _demand_by_phase(edition: Edition, plan: str, network: str) -> pd.DataFrame:
    tables = edition.appraisals[plan].results["networks"].tables()
    joined = tables["connections"][["phase"]].join(tables["plots"][list(_DEMAND[network])])
    sums = joined.groupby("phase", sort=False).sum()
    return sums.assign(plots=joined.groupby("phase", sort=False).size())


def _unit(edition: Edition, plan: str, column: str) -> str:
    return edition.appraisals[plan].results["networks"].TABLES["plots"][column].unit


def _hypotheses(edition: Edition, plan: str, network: str) -> tuple[Block, ...]:
    """Every value the network was designed with, its standing and its source."""
    rows = tuple(
        (
            cell(isolate(v.key, edition.lang), tone="code"),
            cell(edition.value(v.central, v.unit), sub=edition.spread(v.low, v.high, v.unit)),
            cell(label(f"standing.{v.status}", edition.lang)),
            cell(isolate(v.source, edition.lang), sub=isolate(v.derivation, edition.lang) if v.derivation else ""),
        )
        for v in _values(edition.appraisals[plan], network)
    )
    heads = (
        Head(text=edition.word("value_key"), width=1.7),
        Head(text=edition.word("value"), align="end"),
        Head(text=edition.word("standing"), width=0.8),
        Head(text=edition.word("source"), width=2.8),
    )
    table = TableBlock(caption=edition.word("net_hypotheses"), heads=heads, rows=rows, dense=True)
    return (Text(text=edition.word("net_hypotheses_intro"), tone="muted"), table)


def _values(appraisal: Appraisal, network: str) -> list[Value]:
    read = appraisal.results["networks"].provenance.values_read
    keys = sorted(k for k in read if not k.endswith("*") and not k.startswith("catalogue:"))
    every = [word for words in _ABOUT.values() for word in words]
    mine = [k for k in keys if any(w in k for w in _ABOUT[network]) or not any(w in k for w in every)]
    found = (appraisal.pole.values.find(key) for key in mine)
    return [v for v in found if v is not None]


def _listings(edition: Edition, plan: str, network: str) -> tuple[Page, ...]:
    """Lines and places, one row each."""
    result = edition.appraisals[plan].results["networks"]
    lines, size, places = DRAWN[network]
    pages = []
    for name in (lines, *places):
        frame, schema = result.tables()[name], result.TABLES[name]
        words = {
            c: label(f"networks.{c}", edition.lang)
            for c in (*((size,) if name == lines and size else ()), *_NOTE_COLUMNS[name])
        }
        if "phase" in frame:
            words["phase"] = edition.word("phase")
        title = edition.word(f"net_list_{name}")
        ids = {str(i): isolate(str(i), edition.lang) for i in frame.index}
        shown = frame.reset_index(names=schema.key).set_index(schema.key)
        table = results_table(
            edition, shown, schema, words, caption=title, first=label(f"networks.{schema.key}", edition.lang), names=ids
        )
        pages.append(Page(key=f"{network}-{name}", title=title, blocks=(table,)))
    return tuple(pages)


# tables and record --------------------------------------------------------------------------------------


def _workbook(edition: Edition, plan: str, network: str, path: Path) -> None:
    result = edition.appraisals[plan].results["networks"]
    tables, schemas = result.tables(), result.TABLES
    lines, _, places = DRAWN[network]
    bill = tables["bill"][tables["bill"]["trade"].isin(BILL_TRADES[network])]
    parts = tables["elements"][tables["elements"]["trade"].isin(BILL_TRADES[network])]
    joined = tables["connections"].join(tables["plots"][list(_DEMAND[network])])
    sheets: list[SheetTable] = [
        _sheet(edition, schemas["bill"], bill, "net_bill"),
        *(_sheet(edition, schemas[name], tables[name], f"net_list_{name}") for name in (lines, *places)),
        _sheet(edition, schemas["elements"], parts, "net_elements"),
        _sheet(edition, _with_demand(schemas, network), joined, "net_connections"),
    ]
    code = edition.appraisals[plan].code
    write_xlsx(path, sheets, lang=edition.lang, run_date=edition.run_date, title=edition.pole_name, code=code)


def _sheet(edition: Edition, schema: Table, frame: pd.DataFrame, title: str) -> SheetTable:
    return result_sheet(edition, "networks", schema, frame.reset_index(names=schema.key), edition.word(title))


def _with_demand(schemas: Mapping[str, Table], network: str) -> Table:
    """Connections with what each plot draws from one network."""
    drawn = tuple(schemas["plots"][name] for name in _DEMAND[network])
    return replace(schemas["connections"], columns=(*schemas["connections"].columns, *drawn))


def _record(appraisal: Appraisal, run_date: date, names: tuple[str, ...], path: Path) -> None:
    """Which plan and terms the bundle is of, in full: the printed code is short."""
    data = {
        "form": "qutb-utilities/1",
        "run_date": run_date.isoformat(),
        "plan": appraisal.plan.name,
        "plan_digest": appraisal.plan.digest,
        "digest": appraisal.digest,
        "code": appraisal.code,
        "terms": dict(appraisal.terms),
        "files": list(names),
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8", newline="\n")
