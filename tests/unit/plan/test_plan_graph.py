"""The street graph: noded where lines meet, level by level, with existing roads."""

import pytest

from fixtures import defects
from fixtures.tiny import tiny_plan, tiny_site
from qutb.plan import fabric_run


def graph(plan=None):
    result = fabric_run(shapes=(plan or tiny_plan()).shapes, site=tiny_site())
    return result.nodes, result.edges, result


def test_two_streets_that_cross_meet_at_a_node_nobody_drew():
    nodes, edges, _ = graph()
    crossing = nodes[(nodes["x_m"] == 414_110.0) & (nodes["y_m"] == 2_613_070.0)]
    assert crossing["degree"].tolist() == [4]
    assert edges["length_m"].round(6).tolist() == [70.0, 70.0, 110.0, 110.0, 400.0]


def test_the_existing_road_ties_the_network():
    nodes, edges, _ = graph()
    assert nodes.loc[nodes["tied"], "x_m"].tolist() == [414_000.0]
    assert edges.index[edges["existing"]].tolist() == ["road:R-1/1"]
    assert nodes["component"].unique().tolist() == [1]


def test_ends_at_the_boundary_are_not_dead_ends():
    pole = graph()[2].pole.loc["pole"]
    assert (pole["intersections"], pole["dead_ends"]) == (1, 0)


def test_a_bridge_meets_nothing_it_crosses():
    nodes, _, result = graph(defects.plan_with_bridge())
    assert not ((nodes["x_m"] == 414_060.0) & (nodes["y_m"] == 2_613_070.0)).any()
    assert result.pole.loc["pole", "components"] == 2


def test_a_ramp_joins_end_to_end_whatever_the_level():
    plan = defects._with_streets(("V", defects.LineString([(220, 70), (260, 70)])), level=1.0)
    assert graph(plan)[2].pole.loc["pole", "components"] == 1


def test_streets_in_two_pieces_are_two_components():
    assert graph(defects.plan_with_streets_in_two_pieces())[2].pole.loc["pole", "components"] == 2


def test_an_end_short_of_another_street_is_a_fault_with_its_distance():
    faults = graph(defects.plan_with_street_short())[2].street_faults
    row = faults[faults["fault"] == "near_miss"].iloc[0]
    assert (row["street_id"], row["other_id"]) == ("L", "M")
    assert row["distance_m"] == pytest.approx(2.0)


def test_a_street_drawn_twice_is_named_even_when_turned_round():
    faults = graph(defects.plan_with_street_twice())[2].street_faults
    assert set(faults["fault"]) == {"duplicate"}
    assert {tuple(sorted(p)) for p in faults[["street_id", "other_id"]].to_numpy()} == {("M", "M2")}


def test_a_street_without_length_is_no_edge():
    _, edges, result = graph(defects.plan_with_street_without_length())
    assert "Z" not in set(edges["street_id"])
    assert result.street_faults["street_id"].tolist() == ["Z"]
    assert result.streets.loc["Z", "component"] == 0


def test_edges_of_a_street_add_up_to_it():
    _, edges, result = graph(defects.plan_with_bridge())
    planned = edges[~edges["existing"]].groupby("street_id")["length_m"].sum()
    assert planned.to_dict() == pytest.approx(result.streets["length_m"].to_dict())


def test_edges_start_and_end_at_their_nodes():
    nodes, edges, _ = graph()
    for column, at in (("from_node", 0), ("to_node", -1)):
        xy = edges.geometry.map(lambda line, at=at: line.coords[at])
        assert xy.tolist() == [tuple(nodes.loc[n, ["x_m", "y_m"]]) for n in edges[column]]
