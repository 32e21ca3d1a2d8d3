"""Writes the pages that are made from the code: the flow, the reference, the README's picture.

Run by ``make docs``; a test compares what it would write with what is committed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import qutb
from qutb import text
from qutb.appraisal import INPUTS, ON_REQUEST, STEPS, Appraisal, Cache, Step
from qutb.core import StepResult, Table
from qutb.dossier import comparison_picture
from qutb.pack import load_pack
from qutb.plan import PLAN_TABLES
from qutb.pole import ACTORS, COMMITMENTS, SITE_TABLES

ROOT = Path(__file__).parents[1]
PLOT = "A-17"
HEADLINES = 6


def flow_page() -> str:
    """The steps in order, with what plot A-17 of ``pole_tiny`` becomes in each."""
    appraisal = _every_step()
    return "\n".join([*_flow_head(), *(line for step in STEPS for line in _flow_step(step, appraisal))]) + "\n"


def _every_step() -> Appraisal:
    """The nine plots through every step, those on request too."""
    return qutb.appraise(qutb.open_pole(ROOT / "examples" / "pole_tiny"), "plan", also=ON_REQUEST)


def _flow_head() -> Iterator[str]:
    yield "# The flow, followed by one plot"
    yield ""
    yield "Made from `qutb.appraisal.STEPS` by `make docs`; a test keeps it true. The plot is A-17 of `pole_tiny`:"
    yield "52 m by 60 m, apartments on four storeys, floor area ratio 2 ([the nine plots](../tests/fixtures/tiny.py))."
    yield "Numbers are those of the Moroccan pack; each says whether it is given, assumed or computed."
    yield ""
    yield "```mermaid"
    yield "flowchart LR"
    for name in sorted({name for step in STEPS for name in step.reads} & set(INPUTS)):
        yield f"  {name}([{name}])"
    for step in STEPS:
        for read in step.reads:
            yield f"  {read} --> {step.name}"
    yield "```"
    yield ""
    yield "| input | what it is |"
    yield "| --- | --- |"
    for name, meaning in INPUTS.items():
        yield f"| `{name}` | {meaning} |"


def _flow_step(step: Step, appraisal: Appraisal) -> Iterator[str]:
    result = appraisal.results[step.name]
    folder = step.run.__module__.split(".")[1]
    yield ""
    yield f"## {step.name}"
    yield ""
    yield _first_paragraph(step)
    yield ""
    yield f"Reads: {', '.join(f'`{name}`' for name in step.reads)}. Code: [`qutb.{folder}`](../src/qutb/{folder})."
    yield ""
    where, table = _place(result, appraisal)
    yield f"At `{where}`:"
    yield ""
    yield "```text"
    for column in _headlines(table):
        yield str(appraisal.explain(f"{step.name}.{column}", where))
    yield "```"
    for finding in result.findings:
        yield f"- {finding.severity}: {text.message(finding, 'en')} *{text.hint(finding, 'en')}*"


def _first_paragraph(step: Step) -> str:
    module = sys.modules[step.run.__module__]
    return " ".join((module.__doc__ or "").strip().split("\n\n")[0].split())


def _place(result: StepResult, appraisal: Appraisal) -> tuple[str, Table]:
    """Where the step's numbers are nearest to the plot: the plot, else its use, else the pole."""
    use = appraisal.plan.plots.loc[PLOT, "use"]
    for where, name, row in ((f"plot:{PLOT}", "plots", PLOT), (f"use:{use}", "balance", use)):
        if name in result.TABLES and row in result.tables()[name].index:
            return where, result.TABLES[name]
    return "pole", result.TABLES["pole"]


def _headlines(table: Table) -> list[str]:
    names = [c.name for c in table if c.kind in ("number", "integer") and not c.name.endswith(("_low", "_high"))]
    return names[:HEADLINES]


def reference_page() -> str:
    """Every table of the input and of the results, column by column."""
    lines = ["# Reference: tables", "", "Made from the table descriptions by `make docs`.", ""]
    lines += ["## The tables of a master plan", ""]
    for table in PLAN_TABLES:
        lines += _table_lines(table)
    lines += ["## The tables of a site and of a pole folder", ""]
    for table in (*SITE_TABLES, ACTORS, COMMITMENTS):
        lines += _table_lines(table)
    appraisal = _every_step()
    for name, result in appraisal.results.items():
        lines += [f"## Results of `{name}`", ""]
        for table in result.TABLES.values():
            lines += _table_lines(table)
    return "\n".join(lines).rstrip() + "\n"


def _table_lines(table: Table) -> list[str]:
    head = [f"### `{table.name}`", "", f"{table.description} Key: `{table.key or 'none'}`.", ""]
    rows = ["| column | kind | unit | description | formula | reads |", "| --- | --- | --- | --- | --- | --- |"]
    for c in table:
        described = c.description + (f" ({', '.join(c.choices)})" if c.choices else "")
        reads = ", ".join(f"`{name}`" for name in c.reads)
        cells = (f"`{c.name}`", c.kind, c.unit, described, c.formula, reads)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*head, *rows, ""]


def values_page() -> str:
    """Every value of the Moroccan pack with its standing and source."""
    lines = ["# Values of the pack `ma`", "", "Made from `src/qutb_ma/parameters` by `make docs`.", ""]
    lines += [
        "| key | value | kind | status | from | source | derivation |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key, parameter in sorted(load_pack("ma").parameters.items()):
        for v in parameter.values:
            band = f" ({v.low:g} to {v.high:g} {v.unit})" if v.low != v.high else ""
            cells = (f"`{key}`", v.given_as + band, v.kind, v.status, v.valid_from.isoformat(), v.source, v.derivation)
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def picture() -> str:
    """The sample pole's entries side by side, for the README."""
    pole = qutb.open_pole(load_pack("ma").folder / "samples" / "dakhla")
    cache = Cache()
    appraisals = {name: qutb.appraise(pole, name, cache=cache) for name in pole.plans}
    return comparison_picture(appraisals, qutb.compare_plans(appraisals), "en")


PAGES = {
    "docs/comparison.svg": picture,
    "docs/flow.md": flow_page,
    "docs/reference.md": reference_page,
    "docs/values.md": values_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), "utf-8")
        print(name)


if __name__ == "__main__":
    main()
