"""What ``explain`` shows must exist: every column a column reads, every value it names."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from qutb import access, capacity, text, uptake
from qutb.pack import load_pack
from qutb.plan import PLAN_TABLES, Fabric

OWN_TERMS = {"capacity.household_size", "capacity.occupied_share", "uptake.household_growth_per_year"}
PRIORS = tomllib.loads(files("qutb.uptake").joinpath("reference/priors.toml").read_text("utf-8"))  # of silent packs
STEPS = {"fabric": Fabric, "capacity": capacity.Capacity, "access": access.Access, "uptake": uptake.Uptake}
PLAN = {t.name: t for t in PLAN_TABLES}
COLUMNS = [
    (step, table.name, column)
    for step in ("capacity", "uptake")
    for table in STEPS[step].TABLES.values()
    for column in table
]


@pytest.mark.parametrize(("step", "table", "column"), COLUMNS, ids=lambda x: getattr(x, "name", x))
def test_a_column_reads_only_what_exists(step, table, column):
    for read in column.reads:
        assert _exists(read), f"{step}.{table}.{column.name} reads {read}"


@pytest.mark.parametrize(("step", "table", "column"), COLUMNS, ids=lambda x: getattr(x, "name", x))
def test_a_column_has_a_name_in_three_languages(step, table, column):
    base = column.name.removesuffix("_low").removesuffix("_high")
    assert f"{step}.{base}" in text.all_labels()


def _exists(read: str) -> bool:
    if read.startswith("value:"):
        key = read.removeprefix("value:")
        known = {*load_pack("ma").parameters, *(f"uptake.{name}" for name in PRIORS)}
        return key in OWN_TERMS or key in known or any(k.startswith(key.partition("{")[0]) for k in known if "{" in key)
    step, *table, column = read.split(".")
    if not table:
        return column in PLAN[step]
    return column in STEPS[step].TABLES[table[0]]
