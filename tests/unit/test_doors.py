"""A room is entered by its door: no module imports from the inside of another room."""

from __future__ import annotations

import grimp
import pytest

PACKAGES = ("qutb", "qutb_ma")
# Doors inside a room: what stands behind them loads heavy libraries, only for those who come for it.
INNER_DOORS = {"qutb.files.drawing", "qutb.finance.workbook", "qutb.pole.sheets", "qutb.pole.takeover"}


def _room(module: str) -> str:
    """``qutb.plan`` for ``qutb.plan.checks``."""
    return ".".join(module.split(".")[:2])


def inner_entries(graph: grimp.ImportGraph) -> list[str]:
    """Imports that go past a door, as ``importer:line -> imported``."""
    return [
        f"{importer}:{found['line_number']} -> {imported}"
        for importer in sorted(graph.modules)
        for imported in sorted(graph.find_modules_directly_imported_by(importer))
        if _room(imported) not in (_room(importer), imported) and imported not in INNER_DOORS
        for found in graph.get_import_details(importer=importer, imported=imported)
    ]


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)


def test_no_room_is_entered_past_its_door(graph):
    assert inner_entries(graph) == []


def test_an_entry_past_the_door_is_seen():
    graph = grimp.ImportGraph()
    graph.add_import(importer="qutb.form.run", imported="qutb.plan.checks", line_number=3, line_contents="")
    graph.add_import(importer="qutb.form.run", imported="qutb.plan", line_number=4, line_contents="")
    graph.add_import(importer="qutb.form.run", imported="qutb.form.tables", line_number=5, line_contents="")
    assert inner_entries(graph) == ["qutb.form.run:3 -> qutb.plan.checks"]
