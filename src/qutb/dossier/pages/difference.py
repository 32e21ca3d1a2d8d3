"""What a new version of a plan changes: a map, the figures before and after, and every change by layer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qutb.dossier.content import Cell as TableCell
from qutb.dossier.content import Facts, Figure, Head, Item, Page, TableBlock, Text, cell
from qutb.dossier.maps import site_extent
from qutb.dossier.pages.difference_tables import change_tables, figure_tables
from qutb.dossier.pages.difference_view import KINDS, LAYERS, REDRAWN_M, Revision
from qutb.dossier.pages.shared import terms_text
from qutb.draw import INK, Layer, map_svg
from qutb.text import label

__all__ = ["difference_pages"]

_LABELS_SHOWN = 80
_MAP_MM = (186.0, 132.0)


def difference_pages(revision: Revision) -> tuple[Page, ...]:
    """The map and what it says, the figures before and after, then the changes one by one."""
    edition = revision.edition
    first = Page(
        key="difference",
        title=revision.word("title"),
        blocks=(
            Text(text=_versions(revision)),
            Text(text=terms_text(edition), tone="muted"),
            _facts(revision),
            _map(revision),
        ),
    )
    figures = Page(key="figures", title=revision.word("figures"), blocks=figure_tables(revision))
    details = change_tables(revision)
    one_by_one = Page(key="changes", title=revision.word("changes"), blocks=details, follow=True)
    return (first, figures, one_by_one) if details else (first, figures)


def _versions(revision: Revision) -> str:
    edition = revision.edition
    before, after = edition.comparison.plans
    return revision.word("versions").format(
        old=edition.title(before), old_code=edition.code(before), new=edition.title(after), new_code=edition.code(after)
    )


# facts --------------------------------------------------------------------------------------------------


def _facts(revision: Revision) -> Facts:
    rows = revision.rows[revision.rows["layer"] == "plots"]
    touched = rows[~rows["change"].isin(["shifted", "renamed"])]
    now, then = len(revision.new.plan.plots), len(revision.old.plan.plots)
    kept = len(revision.old.plan.plots.index.intersection(revision.new.plan.plots.index))
    count = revision.edition.count
    dwellings = _pole(revision, "capacity", "dwellings")
    cost = _pole(revision, "cost", "cost_amount")
    items = (
        (count(now), revision.word("fact.plots"), revision.signed(then, now, "plots")),
        (count(touched["new_id"].replace("", np.nan).nunique()), revision.word("fact.touched"), ""),
        (revision.edition.value(kept / max(then, 1), "ratio"), revision.word("fact.ids_kept"), ""),
        (revision.signed(*dwellings, "dwellings"), revision.word("fact.dwellings"), ""),
        (revision.signed(*cost, "currency"), revision.word("fact.cost"), ""),
    )
    return Facts(items=tuple(Item(text=t, sub=s if not n or n == "–" else f"{s} ({n})") for t, s, n in items))


def _pole(revision: Revision, step: str, column: str) -> tuple[float, float]:
    """A figure of the pole, before and after; not a number where the step did not run."""
    found = [a.results.get(step) for a in (revision.old, revision.new)]
    before, after = (np.nan if r is None else float(r.tables()["pole"][column].iloc[0]) for r in found)
    return before, after


# map ----------------------------------------------------------------------------------------------------


def _map(revision: Revision) -> Figure:
    svg = map_svg(
        _layers(revision),
        extent=site_extent(revision.new),
        size_mm=_MAP_MM,
        lang=revision.edition.lang,
        description=revision.word("map_alt"),
        legend_title=revision.word("plots_by_change"),
    )
    return Figure(svg=svg, alt=revision.word("map_alt"), twin=_by_layer(revision), width_mm=_MAP_MM[0])


def _layers(revision: Revision) -> list[Layer]:
    """The plots of the new version in grey, what changed over them; removed plots from the old version."""
    new, old = revision.new.plan, revision.old.plan
    boundary = np.array([revision.new.pole.site.boundary], dtype=object)
    layers = [
        Layer(geometries=new.plots.geometry.to_numpy(), fill=INK["kept"], stroke="#c3c9d0", stroke_width_mm=0.06),
        _plots(revision, "attributes", "new", fill=INK["valued"], stroke="#b98900", stroke_width_mm=0.15),
        _plots(revision, "geometry", "new", fill="#fff1e3", stroke=INK["redrawn"], stroke_width_mm=0.3),
        _plots(revision, "renamed", "new", stroke=INK["renamed"], stroke_width_mm=0.25, dash_mm=(0.8, 0.5)),
        _plots(revision, "split", "new", fill="#efe8fb", stroke=INK["renamed"], stroke_width_mm=0.35),
        _plots(revision, "merged", "new", fill="#e2d7f7", stroke=INK["renamed"], stroke_width_mm=0.35),
        _plots(revision, "removed", "old", fill="#f6c9c6", hatch="removed", stroke=INK["removed"], dash_mm=(1.0, 0.5)),
        _plots(revision, "added", "new", fill="#bfe5c8", hatch="added", stroke=INK["added"], stroke_width_mm=0.3),
        *_street_layers(revision, old.streets, new.streets),
        Layer(
            geometries=boundary,
            stroke=INK["site"],
            stroke_width_mm=0.5,
            dash_mm=(4.0, 1.0, 0.8, 1.0),
            legend=revision.edition.word("site"),
        ),
    ]
    return [layer for layer in layers if len(layer.shapes)]


def _plots(revision: Revision, change: str, side: str, **style: object) -> Layer:
    plan = revision.new.plan if side == "new" else revision.old.plan
    ids = revision.ids(change, side)
    names = plan.plots.index.astype(str)
    shapes = plan.plots.geometry.to_numpy()[names.isin(ids)]
    few = len(ids) <= _LABELS_SHOWN
    return Layer(
        geometries=shapes,
        labels=[str(i) for i in names[names.isin(ids)]] if few else (),
        legend=revision.kind(change),
        amount=revision.edition.count(len(shapes)),
        **style,  # type: ignore[arg-type]
    )


def _street_layers(revision: Revision, old: pd.DataFrame, new: pd.DataFrame) -> list[Layer]:
    cases = (("removed", "old", old, (1.2, 0.8)), ("geometry", "new", new, ()), ("added", "new", new, ()))
    layers = []
    for change, side, streets, dash in cases:
        shapes = streets.geometry.to_numpy()[streets.index.astype(str).isin(revision.ids(change, side, "streets"))]
        ink = INK["redrawn" if change == "geometry" else change]
        said = f"{label('layer.streets', revision.edition.lang)}: {revision.kind(change)}"
        amount = revision.edition.count(len(shapes))
        layers.append(
            Layer(geometries=shapes, stroke=ink, stroke_width_mm=0.6, dash_mm=dash, legend=said, amount=amount)
        )
    return layers


def _by_layer(revision: Revision) -> TableBlock:
    """Layer by layer and change by change: how many rows, area or length before and after, which."""
    rows: list[tuple[TableCell, ...]] = []
    for layer in LAYERS:
        mine = revision.rows[revision.rows["layer"] == layer]
        if mine.empty:
            continue
        rows.append((cell(label(f"layer.{layer}", revision.edition.lang), tone="group"),))
        for change in KINDS:
            some = mine[mine["change"] == change]
            if len(some):
                rows.append(_change_row(revision, change, some))
    if not rows:
        rows.append((cell(revision.word("nothing"), tone="group"),))
    word, slight = revision.word, bool((revision.rows["change"] == "shifted").any())
    return TableBlock(
        caption=word("by_layer"),
        heads=(
            Head(text=word("change"), width=1.3),
            Head(text=word("rows"), align="end", width=0.6),
            Head(text=word("before"), align="end"),
            Head(text=word("after"), align="end"),
            Head(text=word("which"), width=2.6),
        ),
        rows=tuple(rows),
        note=word("shifted_note").format(distance=revision.edition.count(100 * REDRAWN_M)) if slight else "",
        dense=True,
    )


def _change_row(revision: Revision, change: str, rows: pd.DataFrame) -> tuple[TableCell, ...]:
    one = rows["new_id"].where(rows["new_id"] != "", rows["old_id"])
    return (
        cell(revision.kind(change)),
        cell(revision.edition.count(one.nunique())),
        cell(revision.extent(rows, "old")),
        cell(revision.extent(rows, "new")),
        cell(revision.names(one)),
    )
