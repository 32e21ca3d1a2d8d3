"""The drawings of a dossier: a plan and its site as layers, then as maps, sheets and charts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from qutb.appraisal import Appraisal
from qutb.dossier.edition import Edition, dossier_code
from qutb.draw import INK, PALETTE, Layer, Share, Sheet, donut_svg, map_svg, sheet_svg, use_layers
from qutb.text import day, isolate

__all__ = [
    "SHARE_CLASSES",
    "balance_donut",
    "land_use_map",
    "plan_outline",
    "plan_sheets",
    "share_classes",
    "site_extent",
    "small_map",
]

# Eight classes that a reader can hold, from the uses of the land balance; the colour is that of the first use.
SHARE_CLASSES: dict[str, tuple[str, ...]] = {
    "housing": (
        "housing_apartment",
        "housing_villa",
        "housing_row",
        "housing_social",
        "housing_resettlement",
        "self_build_row",
    ),
    "mixed": ("mixed",),
    "economy": ("hotel", "retail", "office", "industry", "logistics"),
    "public": ("facility", "worship", "utility", "parking"),
    "green": ("green", "sport"),
    "streets": ("right_of_way",),
    "reserve": ("land_reserve",),
    "unassigned": ("unassigned",),
}


def plan_layers(edition: Edition, appraisal: Appraisal, *, labels: bool = False, line_mm: float = 0.1) -> list[Layer]:
    """Site, right of way, plots by use, existing roads, what restricts building, outline: from below to above."""
    plan, site = appraisal.plan, appraisal.pole.site
    plots = plan.plots
    names = [str(p) for p in plots.index] if labels else ()
    over = [
        Layer(
            geometries=site.roads.geometry.to_numpy(),
            stroke=INK["existing_road"],
            stroke_width_mm=0.5,
            legend=edition.word("existing_roads"),
        ),
        Layer(
            geometries=site.constraints.geometry.to_numpy(),
            stroke=INK["constraint"],
            stroke_width_mm=0.35,
            dash_mm=(1.6, 1.0),
            legend=edition.word("constraints"),
        ),
        Layer(
            geometries=_one(site.boundary),
            stroke=INK["site"],
            stroke_width_mm=0.6,
            dash_mm=(4.0, 1.0, 0.8, 1.0),
            legend=edition.word("site"),
        ),
    ]
    uses = use_layers(
        plots.geometry.to_numpy(),
        plots["use"].fillna("unassigned").to_numpy(),
        lang=edition.lang,
        labels=names,
        stroke_width_mm=line_mm,
    )
    ground = Layer(geometries=_one(site.boundary), fill=PALETTE["right_of_way"], legend=edition.word("streets"))
    return [ground, *uses, *(o for o in over if len(o.shapes))]


def plan_outline(edition: Edition, appraisal: Appraisal) -> list[Layer]:
    """Outline of the site and centre lines of the streets: what maps of results stand on."""
    return [
        Layer(geometries=_one(appraisal.pole.site.boundary), fill="#ffffff", stroke=INK["site"], stroke_width_mm=0.4),
        Layer(geometries=appraisal.plan.streets.geometry.to_numpy(), stroke=INK["grid"], stroke_width_mm=0.25),
    ]


def site_extent(appraisal: Appraisal) -> tuple[float, float, float, float]:
    """Ground [m] that the site and every plot cover, the same for plans of one site so that maps compare."""
    xmin, ymin, xmax, ymax = shapely.bounds(appraisal.pole.site.boundary)
    return float(xmin), float(ymin), float(xmax), float(ymax)


def land_use_map(edition: Edition, plan: str, size_mm: tuple[float, float] = (186.0, 128.0)) -> str:
    """The plan by use, with legend and areas."""
    appraisal = edition.appraisals[plan]
    return map_svg(
        plan_layers(edition, appraisal),
        extent=site_extent(appraisal),
        size_mm=size_mm,
        lang=edition.lang,
        title="",
        description=edition.word("map_alt").format(plan=edition.title(plan)),
        legend_title=edition.word("land_use"),
    )


def small_map(edition: Edition, plan: str, size_mm: tuple[float, float]) -> str:
    """The plan by use, small, without legend: plans side by side at one scale."""
    appraisal = edition.appraisals[plan]
    bare = [_plain(layer) for layer in plan_layers(edition, appraisal, line_mm=0.04)]
    return map_svg(
        bare,
        extent=site_extent(appraisal),
        size_mm=size_mm,
        lang=edition.lang,
        description=edition.word("map_alt").format(plan=edition.title(plan)),
        north=False,
        scale_bar=False,
    )


def plan_sheets(edition: Edition, plan: str, paper: str = "A3") -> tuple[str, ...]:
    """The plan at a round scale with frame, title block, legend and digest code."""
    appraisal = edition.appraisals[plan]
    brief_notes = appraisal.pole.brief.notes
    words = Sheet(
        project=edition.pole_name,
        plan=edition.title(plan),
        date=day(edition.run_date, edition.lang),
        digest_code=edition.code(plan),
        drawing=edition.word("sheet_drawing"),
        crs=isolate(appraisal.plan.crs, edition.lang),
        stamp=brief_notes.get(edition.lang, ""),
        notes=(edition.word("dossier_code").format(code=isolate(dossier_code(edition), edition.lang)),),
    )
    layers = plan_layers(edition, appraisal, labels=True)
    return sheet_svg(layers, words, lang=edition.lang, paper=paper, extent=site_extent(appraisal))


def share_classes(balance: pd.DataFrame) -> pd.Series:
    """Area [m2] of each class of :data:`SHARE_CLASSES`; a use it does not name counts as unassigned."""
    known = {use: name for name, uses in SHARE_CLASSES.items() for use in uses}
    areas = balance["area_m2"].groupby(balance.index.map(lambda u: known.get(u, "unassigned"))).sum()
    return areas.reindex(list(SHARE_CLASSES)).fillna(0.0)


def balance_donut(edition: Edition, plan: str, size_mm: tuple[float, float] = (100.0, 52.0)) -> str:
    """Land by class, in hectares and percent."""
    areas = share_classes(edition.appraisals[plan].validity.balance)  # type: ignore[attr-defined]
    shares = [
        Share(label=edition.word(f"class.{name}"), value=float(area), key=SHARE_CLASSES[name][0])
        for name, area in areas.items()
        if area > 0
    ]
    return donut_svg(shares, lang=edition.lang, title=edition.title(plan), size_mm=size_mm)


def _plain(layer: Layer) -> Layer:
    """Without legend and hatch, which nobody can read at that size; the full map is some pages on."""
    return Layer(**{**vars(layer), "legend": "", "amount": "", "hatch": ""})


def _one(geometry: shapely.Geometry) -> np.ndarray:
    return np.array([geometry], dtype=object)
