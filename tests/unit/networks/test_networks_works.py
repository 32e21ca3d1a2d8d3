"""Fibre, street sections and the bill of the nine-plot pole; quotes in place of what they cover."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from fixtures.tiny import CRS, ORIGIN, tiny_plan, tiny_pole, tiny_site
from qutb import appraisal, capacity, networks, text
from qutb.networks import demand_of, lay_out
from qutb.networks.bill import bill_of, elements
from qutb.networks.fibre import design_fibre
from qutb.networks.streets import design_streets
from qutb.plan import fabric_run


def _at(x_m: float, y_m: float) -> Point:
    return Point(ORIGIN[0] + x_m, ORIGIN[1] + y_m)


def site_with(tie_ins: dict[str, Point], spots: dict[Point, float] | None = None):
    site = tiny_site()
    frame = gpd.GeoDataFrame(
        {
            "tie_in_id": [f"T-{k}" for k in tie_ins],
            "kind": list(tie_ins),
            "capacity": np.nan,
            "capacity_unit": None,
            "available_date": None,
            "owner": None,
            "letter": None,
            "geometry": list(tie_ins.values()),
        },
        crs=CRS,
    ).set_index("tie_in_id")
    object.__setattr__(site, "tie_ins", frame)
    if spots:
        heights = gpd.GeoDataFrame(
            {"point_id": [str(n) for n in range(len(spots))], "level_m": list(spots.values()), "geometry": list(spots)},
            crs=CRS,
        )
        object.__setattr__(site, "spot_heights", heights.set_index("point_id"))
    return site


CROSSING = {"fibre": _at(0, 70), "road": _at(0, 70)}
FALLING = {_at(x, y): 20.0 - x / 50.0 for x in (-500, 300) for y in (-200, 300)}


def drawn(site=None, plan=None):
    plan, site, pole = plan or tiny_plan(), site or site_with(CROSSING), tiny_pole()
    fabric = fabric_run(shapes=plan.shapes, site=site)
    held = capacity.run(plan=plan, fabric=fabric, brief=pole.brief, values=pole.values)
    layout = lay_out(plan=plan, fabric=fabric, site=site)
    return layout, demand_of(plan=plan, capacity=held, values=pole.values), fabric, site, pole.values


def fibre_of(site=None, values=None):
    layout, demand, _, _, own = drawn(site)
    return design_fibre(layout, demand, values or own, effort="draft"), layout, demand


def streets_of(site=None):
    layout, _, fabric, site, values = drawn(site)
    return design_streets(layout, fabric, site, values), layout


def with_value(values, key, number):
    from qutb.pack import read_overrides

    entry = {"value": number, "status": "assumed", "source": "test", "derivation": "none"}
    parameter = {"description": "d", "unit": values.get(key).unit, "values": {"2020-01-01": entry}}
    return values.with_overrides(read_overrides({key: parameter}, "pole"))


# fibre --------------------------------------------------------------------------------------------------


def test_ducts_reach_every_plot_with_a_port_and_hang_together():
    fibre, layout, demand = fibre_of()
    served = demand.plots.index[demand.plots["fibre_ports"] > 0.0]
    assert set(layout.connections.loc[served, "edge_id"]) <= set(fibre.ducts.index)
    ends = set(fibre.ducts["from_node"]) | set(fibre.ducts["to_node"])
    reached = {fibre.ducts["from_node"].iloc[0]}
    for _ in range(len(fibre.ducts)):
        for a, b in zip(fibre.ducts["from_node"], fibre.ducts["to_node"], strict=True):
            reached |= {a, b} if a in reached or b in reached else set()
    assert ends == reached


def test_a_duct_ends_at_the_last_plot_of_a_street():
    # by hand: on M the tie-in stands at x = 0; the plots of B and D join at x = 142 and 194, so the duct ends at 194;
    # A-16 and C-1 join it at x = 26; nothing with a port is joined on L beyond M
    fibre, _, _ = fibre_of()
    on_m = fibre.ducts[fibre.ducts["street_id"] == "M"]
    assert on_m["length_m"].sum() == pytest.approx(194.0, abs=0.5)
    assert fibre.lower_bound_m <= fibre.ducts["length_m"].sum() + 1e-6


def test_points_hold_every_port_and_none_holds_too_many():
    fibre, _, demand = fibre_of()
    holds = tiny_pole().values.number("networks.fibre_ports_per_point")
    assert fibre.points["fibre_ports"].sum() == pytest.approx(demand.plots["fibre_ports"].sum())
    assert (fibre.points["fill_ratio"] <= 1.0).all()
    assert (fibre.points["fibre_ports"] <= fibre.points["cabinets"] * holds).all()


def test_smaller_points_are_more_points():
    values = with_value(tiny_pole().values, "networks.fibre_ports_per_point", 16.0)
    many, _, _ = fibre_of(values=values)
    few, _, _ = fibre_of()
    assert many.points["cabinets"].sum() > few.points["cabinets"].sum()


def test_without_a_tie_in_the_ducts_are_drawn_and_it_is_said():
    fibre, _, _ = fibre_of(site_with({"road": _at(0, 70)}))
    assert [f.code for f in fibre.findings] == ["NET-FIBRE-NO-TIE-IN"]
    assert fibre.ducts["length_m"].sum() > 100.0


# streets ------------------------------------------------------------------------------------------------


def test_a_street_takes_the_widest_section_that_its_right_of_way_holds():
    streets, _ = streets_of()
    sections = dict(zip(streets.table["street_id"], streets.table["section"], strict=True))
    assert sections == {"L": "local-12", "M": "collector-18"}  # 12 m and 20 m wide
    row = streets.table[streets.table["street_id"] == "M"].iloc[0]
    widths = [row[f"{part}_m"] for part in ("carriageway", "parking", "cycle", "planting", "footway")]
    assert sum(widths) == pytest.approx(20.0)
    assert row["footway_m"] == pytest.approx(20.0 - 7.0 - 5.0 - 1.5)


def test_crossings_are_paved_once():
    # by hand: 220 x 20 + 140 x 12 - 20 x 12 where they cross = 5,840 m2
    streets, _ = streets_of()
    assert streets.table["area_m2"].sum() == pytest.approx(5_840.0, rel=1e-3)


def test_a_street_too_narrow_for_its_class_is_named():
    layout, _, fabric, site, values = drawn()
    object.__setattr__(layout, "edges", layout.edges.assign(width_m=layout.edges["width_m"].replace(12.0, 6.0)))
    streets = design_streets(layout, fabric, site, values)
    found = next(f for f in streets.findings if f.code == "NET-STREET-NARROW")
    assert found.where == ("street:L",)
    assert found.params["limit"] == 8.0
    row = streets.table[streets.table["street_id"] == "L"].iloc[0]
    assert row["carriageway_m"] + row["footway_m"] == pytest.approx(6.0)


def test_without_levels_earthworks_are_a_range_and_no_cost():
    streets, _ = streets_of()
    assert streets.table["cut_m3"].isna().all()
    assert (streets.table["cut_m3_low"] < streets.table["cut_m3_high"]).all()
    assert "earthworks" not in set(streets.elements["trade"])
    assert "NET-EARTHWORKS-RANGE" in {f.code for f in streets.findings}


def test_on_an_even_slope_only_the_roadbed_is_dug_out():
    # the ground is a plane: streets follow it, so cut = area x depth of the roadbed and nothing is filled
    streets, _ = streets_of(site_with(CROSSING, FALLING))
    depth = tiny_pole().values.number("networks.roadbed_depth")
    assert streets.table["cut_m3"].to_numpy() == pytest.approx(streets.table["area_m2"].to_numpy() * depth, rel=1e-6)
    assert streets.table["fill_m3"].to_numpy() == pytest.approx(0.0, abs=1e-6)
    assert "NET-EARTHWORKS-RANGE" not in {f.code for f in streets.findings}
    graded = streets.elements[streets.elements["item"] == "earthworks.grading"]
    assert graded["quantity"].sum() == pytest.approx(8 * 52 * 60, rel=1e-3)  # two of the nine are halves


# bill ---------------------------------------------------------------------------------------------------

PHASES = ("P1", "P2", "unphased")


def some(quantities, **more):
    given = {"trade": "fibre", "item": "fibre.duct", "unit": "m", "location": "onsite", "rank": 0, **more}
    return elements([f"e{n}" for n in range(len(quantities))], quantity=quantities, **given)


def quoted(*rows):
    keys = ("quote_id", "trade", "location", "phase", "amount", "price_date", "tax_basis", "source")
    return tiny_pole().values.with_overrides({}, {"quotes": [dict(zip(keys, row, strict=True)) for row in rows]})


def test_a_line_sums_its_elements_at_the_price_of_the_book():
    bill = bill_of([some([10.0, 32.0])], PHASES, tiny_pole().values)
    line = bill.lines.loc["P1-fibre-onsite/fibre.duct"]
    assert line["quantity"] == 42.0
    assert line["elements"] == 2
    assert line["cost_amount"] == pytest.approx(42.0 * 280.0)  # fibre.duct: 280 MAD a metre
    assert line["status"] == "assumed"
    assert line["basis"] == "designed"
    assert set(bill.elements.index) == {"e0", "e1"}


def test_a_row_without_price_is_named_and_its_cost_is_absent():
    bill = bill_of([some([5.0], item="fibre.gold")], PHASES, tiny_pole().values)
    assert [(f.code, f.where) for f in bill.findings] == [("NET-NO-PRICE", ("price:fibre.gold",))]
    assert bill.lines["cost_amount"].isna().all()
    assert bill.lines["status"].tolist() == ["missing"]


def test_a_price_in_another_unit_is_not_used():
    bill = bill_of([some([5.0], unit="m2")], PHASES, tiny_pole().values)
    assert bill.findings[0].params["unit_given"] == "m"
    assert bill.lines["cost_amount"].isna().all()


def test_a_cost_known_only_by_its_ends_stays_a_range():
    ends = some([5.0, 6.0]).assign(amount_low=1.0, amount=np.nan, amount_high=9.0)
    line = bill_of([ends], PHASES, tiny_pole().values).lines.iloc[0]
    assert (line["cost_amount_low"], line["cost_amount_high"]) == (2.0, 18.0)
    assert np.isnan(line["cost_amount"])


def test_a_quote_replaces_its_trade_and_place_and_is_shared_as_what_it_covers():
    parts = [some([30.0]), some([10.0], rank=1), some([7.0], location="offsite"), some([1.0], trade="water")]
    bill = bill_of(
        [p.set_axis([f"{n}{i}" for i in p.index]) for n, p in enumerate(parts)],
        PHASES,
        quoted(("Q-1", "fibre", "onsite", "", "4000", "2026-10-01", "excl_tax", "letter 12")),
    )
    mine = bill.lines[bill.lines["basis"] == "quoted"]
    assert mine["cost_amount"].to_dict() == {"P1-fibre-onsite/quote:Q-1": 3000.0, "P2-fibre-onsite/quote:Q-1": 1000.0}
    assert set(mine["status"]) == {"confirmed"}
    assert (mine["cost_amount_low"] == mine["cost_amount_high"]).all()
    rest = bill.lines[bill.lines["basis"] == "designed"]
    assert set(zip(rest["trade"], rest["location"], strict=True)) == {("fibre", "offsite"), ("water", "onsite")}
    assert len(bill.elements) == 4  # what is to be built stays listed


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("Q", "gold", "onsite", "", "1", "", "excl_tax", ""), "trade"),
        (("Q", "fibre", "moon", "", "1", "", "excl_tax", ""), "location"),
        (("Q", "fibre", "onsite", "P9", "1", "", "excl_tax", ""), "phase"),
        (("Q", "fibre", "onsite", "", "much", "", "excl_tax", ""), "amount"),
        (("Q", "fibre", "onsite", "", "-1", "", "excl_tax", ""), "amount"),
        (("Q", "fibre", "onsite", "", "1", "", "incl_tax", ""), "tax_basis"),
    ],
)
def test_a_quote_that_cannot_be_used_is_named_and_not_counted(row, fault):
    bill = bill_of([some([10.0])], PHASES, quoted(row))
    assert bill.lines["basis"].tolist() == ["designed"]
    found = next(f for f in bill.findings if f.code == "NET-QUOTE-UNREADABLE")
    assert found.params["fault"].startswith(fault)
    assert found.where == ("quote:Q",)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 500.0), st.integers(0, 2), st.booleans()), min_size=1, max_size=20))
def test_lines_add_up_to_their_elements(rows):
    quantity, rank, off = zip(*rows, strict=True)
    places = ["offsite" if o else "onsite" for o in off]
    bill = bill_of([some(list(quantity), rank=list(rank), location=places)], PHASES, tiny_pole().values)
    assert bill.lines["cost_amount"].sum() == pytest.approx(bill.elements["cost_amount"].sum())
    assert bill.lines["quantity"].sum() == pytest.approx(sum(quantity))


# the cost of a plan with its networks ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_networks():
    site = site_with({kind: _at(0, 70) for kind in ("water", "sewer", "power", "fibre", "road")}, FALLING)
    pole = replace(tiny_pole(), site=site)
    cache = appraisal.Cache()
    without = appraisal.appraise(pole, "plan", effort="draft", cache=cache)
    return without, appraisal.appraise(pole, "plan", effort="draft", also=("networks",), cache=cache)


def test_cost_takes_the_bill_in_place_of_ratios_and_says_so(with_networks):
    without, designed = with_networks
    assert set(without.cost.items["basis"]) == {"ratio"}
    items = designed.cost.items
    for trade in ("roads", "water", "fibre", "sewer", "power", "earthworks"):
        mine = items[(items["trade"] == trade) & (items["location"] == "onsite")]
        assert set(mine["basis"]) == {"designed"}, trade
    assert set(items.loc[items["trade"] == "green", "basis"]) == {"ratio"}
    assert items.index.is_unique
    assert items["cost_amount"].notna().all()


def test_the_substation_behind_the_tie_in_stays_by_ratio(with_networks):
    _, designed = with_networks
    items = designed.cost.items
    off = items[(items["trade"] == "power") & (items["location"] == "offsite")]
    assert "offsite.power" in set(off["price_key"])


def test_what_ratios_alone_give_stands_beside_each_trade(with_networks):
    without, designed = with_networks
    assert designed.cost.trades["ratio_cost_amount"]["water"] == pytest.approx(
        without.cost.trades["cost_amount"]["water"]
    )


def test_a_cost_known_by_its_ends_alone_leaves_the_ratio(with_networks):
    without, _ = with_networks
    bill = with_networks[1].networks.bill.copy()
    bill.loc[bill["trade"] == "sewer", "cost_amount"] = np.nan
    from qutb.cost.bill import with_bill

    items = with_bill(without.cost.items, bill)
    assert set(items.loc[items["trade"] == "sewer", "basis"]) == {"ratio"}
    assert items["cost_amount"].notna().all()


def test_every_column_and_finding_of_the_works_has_words(with_networks):
    for lang in ("en", "fr", "ar"):
        for name in ("fibre_ducts", "fibre_points", "streets", "elements", "bill", "connections"):
            table = networks.TABLES[name]
            for column in (table.key, *(c.name for c in table)):
                assert text.label(f"networks.{column}", lang)
    frames = with_networks[1].networks.tables()
    for name, table in networks.TABLES.items():
        assert list(pd.DataFrame(frames[name]).columns) == [c.name for c in table if c.name != table.key], name
