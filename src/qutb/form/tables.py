"""The tables of ``qutb.form``: every column with its unit, formula and what it reads."""

from __future__ import annotations

from typing import Any

from qutb.core import Column, Table
from qutb.plan import HOUSING_USES

__all__ = [
    "BLOCKS",
    "COMPARATORS",
    "ECONOMIC_USES",
    "FLOOR_GROUPS",
    "LOW_COST_SEGMENTS",
    "LOW_COST_USES",
    "PLOTS",
    "POLE",
    "PUBLIC_USES",
    "SALEABLE_USES",
]

LOW_COST_SEGMENTS = ("social", "resettlement")
LOW_COST_USES = ("housing_social", "housing_resettlement")
ECONOMIC_USES = ("retail", "office", "hotel", "industry", "logistics")
PUBLIC_USES = ("facility", "worship", "sport", "green", "utility", "parking")
SALEABLE_USES = (*HOUSING_USES, "mixed", *ECONOMIC_USES)
FLOOR_GROUPS = {
    "housing": (*HOUSING_USES, "mixed"),
    "retail": ("retail",),
    "office": ("office",),
    "hotel": ("hotel",),
    "industry": ("industry", "logistics"),
}  # all else is public


def _number(name: str, unit: str, description: str, formula: str, *reads: str, **more: Any) -> Column:
    return Column(
        name=name,
        kind="number",
        unit=unit,
        description=description,
        formula=formula,
        reads=reads,
        nullable=True,
        **more,
    )


def _text(name: str, description: str, **more: Any) -> Column:
    return Column(name=name, kind="text", unit="", description=description, **more)


def _densities(level: str) -> tuple[Column, ...]:
    """Coverage and floor measures of a plot or block, after Spacematrix."""
    return (
        _number(
            "floor_area_ratio",
            "index",
            "Gross floor area over plot land (FSI)",
            "floor area / area",
            "capacity.plots.floor_area_m2",
            f"fabric.{level}.area_m2",
        ),
        _number(
            "ground_coverage_ratio",
            "ratio",
            "Footprint over plot land (GSI)",
            "given coverage, else floor area ratio / storeys, weighted by area; open land counts as not built",
            *(("plots.ground_coverage_ratio", "plots.storeys") if level == "plots" else ()),
        ),
        _number("mean_storeys", "storeys", "Mean storeys of what is built", "L = FSI / GSI"),
        _number("open_space_ratio", "index", "Open land per floor area", "OSR = (1 - GSI) / FSI"),
    )


PLOTS = Table(
    name="plots",
    key="plot_id",
    description="Form of each plot.",
    columns=(
        _text("plot_id", "Plot"),
        *_densities("plots"),
        _number(
            "dwelling_density_net_dwellings_per_m2",
            "dwellings/m2",
            "Dwellings on the plot's own land",
            "dwellings / area",
            "capacity.plots.dwellings",
            "fabric.plots.area_m2",
        ),
        _number("frontage_m", "m", "Street front", "length of edge on a right of way", "fabric.plots.frontage_m"),
        _number(
            "frontage_share",
            "ratio",
            "Street front over perimeter",
            "frontage / perimeter",
            "fabric.plots.frontage_m",
            "fabric.plots.perimeter_m",
        ),
        _number(
            "depth_m",
            "m",
            "Mean depth behind the front",
            "area / frontage",
            "fabric.plots.area_m2",
            "fabric.plots.frontage_m",
        ),
        _number(
            "aspect_ratio",
            "index",
            "Long over short side of the smallest rotated rectangle",
            "length / width",
            "fabric.plots.length_m",
            "fabric.plots.width_m",
        ),
        _number(
            "rectangularity",
            "index",
            "Area over that of the smallest rotated rectangle",
            "area / rectangle",
            "fabric.plots.rectangularity",
        ),
        _number("compactness", "index", "1 for a circle", "4 pi area / perimeter^2", "fabric.plots.compactness"),
        _number(
            "equivalent_rectangular_index",
            "index",
            "Likeness to a rectangle",
            "sqrt(rectangularity) x rectangle perimeter / perimeter",
            "fabric.plots.rectangularity",
            "fabric.plots.length_m",
            "fabric.plots.width_m",
            "fabric.plots.perimeter_m",
        ),
        _number(
            "greens_within_reach",
            "greens",
            "Greens of the size asked within reach of the plot's centre in a straight line, the plot itself included",
            "count of green plots with area >= size and distance <= reach",
            "plots.use",
            "fabric.plots.area_m2",
            "value:form.green_reach",
            "value:form.green_area_counted",
        ),
    ),
)

BLOCKS = Table(
    name="blocks",
    key="block_id",
    description="Form of each block.",
    columns=(
        _text("block_id", "Block"),
        _number("area_m2", "m2", "Land of the block", "sum of its plots", "fabric.blocks.area_m2"),
        _number("perimeter_m", "m", "Way around the block", "length of its outline", "fabric.blocks.perimeter_m"),
        _number(
            "longest_side_m", "m", "Long side", "long side of the smallest rectangle", "fabric.blocks.longest_side_m"
        ),
        _number("plots", "plots", "Plots in the block", "count", "fabric.blocks.plots"),
        *_densities("blocks"),
        _number(
            "dwelling_density_net_dwellings_per_m2",
            "dwellings/m2",
            "Dwellings on the block's land",
            "dwellings / area",
            "capacity.plots.dwellings",
            "fabric.blocks.area_m2",
        ),
        _number(
            "population_density_people_per_m2",
            "people/m2",
            "Inhabitants on the block's land",
            "population / area",
            "capacity.plots.population",
            "fabric.blocks.area_m2",
        ),
        _number(
            "economic_floor_share",
            "ratio",
            "Floor area for work and trade",
            "economic floor area / floor area",
            "capacity.plots.economic_floor_area_m2",
            "capacity.plots.floor_area_m2",
        ),
        _number(
            "function_balance",
            "index",
            "Evenness of housing, economy and public functions",
            "-sum p ln p / ln 3 over floor area",
            "capacity.plots.residential_floor_area_m2",
            "capacity.plots.economic_floor_area_m2",
            "capacity.plots.floor_area_m2",
        ),
        _number(
            "largest_function_share",
            "ratio",
            "Share of the largest of the three functions",
            "largest / floor area",
            "capacity.plots.residential_floor_area_m2",
            "capacity.plots.economic_floor_area_m2",
            "capacity.plots.floor_area_m2",
        ),
        Column(
            name="single_function",
            kind="boolean",
            unit="",
            description="One function has nearly all floor area; blocks without floor area are not counted",
            formula="largest function share >= the share that counts",
            reads=("value:form.single_function_share",),
        ),
    ),
)

COMPARATORS = Table(
    name="comparators",
    key="comparator",
    description="The plan's land balance beside plans that are known.",
    columns=(
        _text("comparator", "Measure and case"),
        _text("measure", "Column of the pole's row"),
        _number("value", "by row", "In this plan", ""),
        _number("reference", "by row", "In the case", "", standing="given"),
        _text("unit", "Unit of both"),
        _text("status", "Standing of the reference"),
        _text("source", "Source of the reference"),
    ),
)

_SITE = "fabric.pole.site_area_m2"


def _range(name: str, unit: str, description: str, formula: str, numerator: str, *reads: str) -> tuple[Column, ...]:
    return (
        _number(f"{name}_low", unit, f"{description}, low", formula, f"{numerator}_low", *reads),
        _number(name, unit, description, formula, numerator, *reads),
        _number(f"{name}_high", unit, f"{description}, high", formula, f"{numerator}_high", *reads),
    )


_LAND_SHARES = tuple(
    _number(name, "ratio", description, "plots of these uses / site", "fabric.plots.area_m2", "plots.use", _SITE)
    for name, description in (
        ("housing_land_share", "Land of housing and mixed plots"),
        ("economic_land_share", "Land of retail, offices, hotels, industry and logistics"),
        ("facility_land_share", "Land of public facilities, worship, sport, green and utilities"),
        ("saleable_share", "Land of housing, mixed and economic plots, which can be sold"),
    )
)

_DENSITY = (
    *_range(
        "population_density_people_per_m2",
        "people/m2",
        "Inhabitants on the whole site",
        "population / site area",
        "capacity.pole.population",
        _SITE,
    ),
    *_range(
        "dwelling_density_gross_dwellings_per_m2",
        "dwellings/m2",
        "Dwellings on the whole site",
        "dwellings / site area",
        "capacity.pole.dwellings",
        _SITE,
    ),
    _number(
        "dwelling_density_net_dwellings_per_m2",
        "dwellings/m2",
        "Dwellings on the land of plots that hold dwellings",
        "dwellings / area of these plots",
        "capacity.pole.dwellings",
        "fabric.plots.area_m2",
    ),
    _number(
        "plot_density_plots_per_m2", "plots/m2", "Plots on the whole site", "plots / site area", "fabric.plots.area_m2"
    ),
    _number(
        "floor_area_ratio_gross",
        "index",
        "Floor area over the whole site (FSI)",
        "floor area / site area",
        "capacity.pole.floor_area_m2",
        _SITE,
    ),
    _number(
        "floor_area_ratio_net",
        "index",
        "Floor area over the land of plots built on",
        "floor area / area of plots with floor area",
        "capacity.pole.floor_area_m2",
        "fabric.plots.area_m2",
    ),
    _number(
        "ground_coverage_ratio",
        "ratio",
        "Footprint over the whole site (GSI)",
        "footprint / site area",
        "plots.ground_coverage_ratio",
        "fabric.plots.area_m2",
        _SITE,
    ),
    _number("mean_storeys", "storeys", "Mean storeys of what is built", "L = FSI / GSI"),
    _number("open_space_ratio", "index", "Open land per floor area", "OSR = (1 - GSI) / FSI"),
)

_NETWORK = (
    _number(
        "street_share",
        "ratio",
        "Right of way over site",
        "right of way / site",
        "fabric.pole.right_of_way_area_m2",
        _SITE,
    ),
    _number(
        "street_density_m_per_m2",
        "m/m2",
        "Street length over site",
        "length / site",
        "fabric.pole.street_length_m",
        _SITE,
    ),
    _number(
        "street_length_per_dwelling_m",
        "m/dwelling",
        "Street to build and keep for each dwelling",
        "street length / dwellings",
        "fabric.pole.street_length_m",
        "capacity.pole.dwellings",
    ),
    _number(
        "intersection_density_per_m2",
        "1/m2",
        "Street nodes of degree 3 or more; dead ends are not counted (LEED ND)",
        "nodes of degree >= 3 / site",
        "fabric.pole.intersections",
        _SITE,
    ),
    _number("link_node_ratio", "index", "Links over nodes, joins of degree 2 left out", "e / v", "fabric.nodes.degree"),
    _number("gamma", "index", "Links over the most there can be", "e / (3 (v - 2))", "fabric.nodes.degree"),
    _number("alpha", "index", "Circuits over the most there can be", "(e - v + p) / (2 v - 5)", "fabric.nodes.degree"),
    _number("meshedness", "index", "Alpha of a network in one piece", "(e - v + 1) / (2 v - 5)", "fabric.nodes.degree"),
    _number("dead_end_share", "ratio", "Dead ends over nodes", "dead ends / v", "fabric.pole.dead_ends"),
    _number(
        "boundary_connection_spacing_m",
        "m",
        "Mean way along the site's outline from one street through it to the next",
        "outline length / connections",
        "fabric.nodes.on_boundary",
    ),
    _number(
        "boundary_connection_gap_max_m",
        "m",
        "Longest stretch of the site's outline without a street through it, coast included",
        "largest distance between neighbours along the outline",
        "fabric.nodes.on_boundary",
    ),
    _number(
        "orientation_entropy",
        "index",
        "Disorder of street directions: 1.39 for one grid, 3.58 for all directions",
        "-sum p ln p over 36 bins of length by bearing (Boeing 2019)",
        "streets.geometry",
    ),
    _number(
        "orientation_order",
        "index",
        "1 for one grid, 0 for all directions",
        "1 - ((H - ln 4) / (ln 36 - ln 4))^2",
        "form.pole.orientation_entropy",
    ),
    _number(
        "wind_exposed_street_share",
        "ratio",
        "Street length along the prevailing wind",
        "length within the angle of the wind's axis / length",
        "streets.geometry",
        "value:form.prevailing_wind_from",
        "value:form.wind_exposure_angle",
    ),
)

_FABRIC = (
    _number("block_area_median_m2", "m2", "Median block", "median", "fabric.blocks.area_m2"),
    _number("block_perimeter_median_m", "m", "Median way around a block", "median", "fabric.blocks.perimeter_m"),
    _number("block_longest_side_median_m", "m", "Median longest side", "median", "fabric.blocks.longest_side_m"),
    _number("block_longest_side_max_m", "m", "Longest side of any block", "maximum", "fabric.blocks.longest_side_m"),
    _number("plot_area_median_m2", "m2", "Median plot", "median", "fabric.plots.area_m2"),
    _number("plot_aspect_ratio_median", "index", "Median long over short side", "median", "form.plots.aspect_ratio"),
    _number("plot_rectangularity_median", "index", "Median rectangularity", "median", "fabric.plots.rectangularity"),
    _number("frontage_median_m", "m", "Median street front of plots", "median", "fabric.plots.frontage_m"),
    _number(
        "frontage_density_m_per_m2",
        "m/m2",
        "Plot fronts on streets over site",
        "sum of fronts / site",
        "fabric.plots.frontage_m",
        _SITE,
    ),
)

_MIX = (
    _number(
        "economic_floor_share",
        "ratio",
        "Floor area for work and trade",
        "economic floor area / floor area",
        "capacity.pole.economic_floor_area_m2",
        "capacity.pole.floor_area_m2",
    ),
    _number(
        "use_entropy",
        "index",
        "Entropy of floor area over uses",
        "-sum p ln p",
        "capacity.plots.floor_area_m2",
        "plot_floors.floor_area_m2",
        "plots.use",
    ),
    _number(
        "use_balance",
        "index",
        "Evenness of housing, retail, offices, hotels, industry and public floor area",
        "-sum p ln p / ln 6",
        "capacity.plots.floor_area_m2",
        "plot_floors.floor_area_m2",
        "plots.use",
    ),
    _number(
        "single_function_block_share",
        "ratio",
        "Area of blocks given to one function over area of blocks that are built on",
        "area of single-function blocks / area of blocks with floor area",
        "form.blocks.single_function",
        "fabric.blocks.area_m2",
    ),
    _number(
        "low_cost_floor_share",
        "ratio",
        "Residential floor area of the social and resettlement segments",
        "low-cost / residential floor area",
        "plots.segment",
        "plots.use",
        "capacity.plots.residential_floor_area_m2",
    ),
    _number(
        "largest_tenure_share",
        "ratio",
        "Residential floor area of the most frequent tenure, where tenure is given",
        "largest / residential floor area with a tenure",
        "plots.tenure",
        "capacity.plots.residential_floor_area_m2",
    ),
    _number(
        "tenure_known_share",
        "ratio",
        "Residential floor area whose tenure the plan gives",
        "with a tenure / residential floor area",
        "plots.tenure",
        "capacity.plots.residential_floor_area_m2",
    ),
)

_GREEN = (
    _number("green_area_m2", "m2", "Land of green plots", "sum", "fabric.plots.area_m2", "plots.use"),
    _number("green_share", "ratio", "Land of green plots over site", "green / site", "fabric.plots.area_m2", _SITE),
    _number(
        "green_per_inhabitant_m2_per_people",
        "m2/people",
        "Green for each inhabitant",
        "green area / population",
        "fabric.plots.area_m2",
        "capacity.pole.population",
    ),
    _number(
        "residents_near_green_share",
        "ratio",
        "Inhabitants within reach of a green of the size asked, straight line from the plot's centre",
        "population within reach / population",
        "form.plots.greens_within_reach",
        "capacity.plots.population",
        "value:form.green_reach",
        "value:form.green_area_counted",
    ),
)

SHAPE_MEASURES = (  # of the pole's row: what a plan without drawing cannot show
    *(c.name for c in (*_NETWORK, *_FABRIC) if c.name != "street_share"),
    "single_function_block_share",
    "residents_near_green_share",
)

POLE = Table(
    name="pole",
    key="pole",
    description="Form of the whole plan.",
    columns=(_text("pole", "pole"), *_DENSITY, *_LAND_SHARES, *_NETWORK, *_FABRIC, *_MIX, *_GREEN),
)
