"""Every measure that momepy 0.11 also has equals it to 1e-9 on its own small town, Bubeneč.

Fleischmann (2019), momepy: Urban Morphology Measuring Toolkit, doi 10.21105/joss.01807.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from qutb import form

momepy = pytest.importorskip("momepy", reason="momepy is the oracle of this test; make setup installs it")

TO = {"rtol": 0.0, "atol": 1e-9, "check_names": False, "check_dtype": False}
TOWN = momepy.datasets.get_path("bubenec")


@pytest.fixture(scope="module")
def layers() -> dict[str, gpd.GeoDataFrame]:
    return {name: gpd.read_file(TOWN, layer=name) for name in ("buildings", "plots", "tessellation", "streets")}


@pytest.fixture(scope="module")
def network(layers: dict[str, gpd.GeoDataFrame]):
    """momepy's graph of the streets, and the same as a table of edges."""
    graph = momepy.gdf_to_nx(layers["streets"], approach="primal", multigraph=True)
    ids = {node: number for number, node in enumerate(graph.nodes)}
    edges = pd.DataFrame([(ids[a], ids[b]) for a, b in graph.edges()], columns=["from_node", "to_node"])
    return graph, edges, ids


OF_SHAPES = [
    "circular_compactness",
    "square_compactness",
    "convexity",
    "rectangularity",
    "shape_index",
    "equivalent_rectangular_index",
    "elongation",
    "fractal_dimension",
    "facade_ratio",
    "courtyard_area",
    "courtyard_index",
    "longest_axis_length",
    "compactness_weighted_axis",
    "orientation",
    "squareness",
]


@pytest.mark.parametrize("layer", ["buildings", "plots", "tessellation"])
@pytest.mark.parametrize("measure", OF_SHAPES)
def test_a_measure_of_shapes_equals_momepy(layers, layer, measure):
    ours = getattr(form, measure)(layers[layer])
    with np.errstate(invalid="ignore"):  # a vertex drawn twice has no angle
        theirs = getattr(momepy, measure)(layers[layer])
    pd.testing.assert_series_equal(ours, theirs, **TO)


@pytest.mark.parametrize("layer", ["buildings", "plots", "tessellation"])
def test_corners_equal_momepy(layers, layer):
    with np.errstate(invalid="ignore"):
        theirs = momepy.corners(layers[layer])
    pd.testing.assert_series_equal(form.corner_count(layers[layer]), theirs, **TO)


def test_perimeter_equals_geopandas(layers):
    pd.testing.assert_series_equal(form.perimeter(layers["plots"]), layers["plots"].length, **TO)


def test_form_factor_and_floor_area_equal_momepy_on_invented_heights(layers):
    buildings = layers["buildings"]
    height = pd.Series(np.linspace(3.5, 24.0, len(buildings)), index=buildings.index)
    pd.testing.assert_series_equal(form.form_factor(buildings, height), momepy.form_factor(buildings, height), **TO)
    pd.testing.assert_series_equal(
        form.floor_area(buildings.area, height), momepy.floor_area(buildings.area, height), **TO
    )


@pytest.mark.parametrize("measure", ["linearity", "orientation"])
def test_a_measure_of_streets_equals_momepy(layers, measure):
    ours = getattr(form, measure)(layers["streets"])
    pd.testing.assert_series_equal(ours, getattr(momepy, measure)(layers["streets"]), **TO)


def test_node_degrees_equal_momepy(network):
    graph, edges, ids = network
    theirs = {ids[node]: degree for node, degree in momepy.node_degree(graph).nodes(data="degree")}
    assert form.node_degree(edges).to_dict() == theirs


def test_indices_of_the_whole_network_equal_momepy(network):
    graph, _, _ = network
    links, nodes = graph.number_of_edges(), graph.number_of_nodes()
    assert form.gamma(links, nodes) == pytest.approx(momepy.gamma(graph, radius=None), abs=1e-9)
    assert form.meshedness(links, nodes) == pytest.approx(momepy.meshedness(graph, radius=None), abs=1e-9)
    assert form.cyclomatic(links, nodes) == momepy.cyclomatic(graph, radius=None)
    assert form.link_node_ratio(links, nodes) == pytest.approx(momepy.edge_node_ratio(graph, radius=None), abs=1e-9)


def test_diversity_equals_momepy():
    uses = pd.Series(["housing"] * 7 + ["retail"] * 3 + ["office"] * 2)
    counts = uses.value_counts()
    categories = list(counts.index)
    theirs = momepy.shannon_diversity(uses, categorical=True, categories=categories)
    assert form.shannon(counts) == pytest.approx(theirs, abs=1e-9)
    assert form.simpson(counts) == pytest.approx(momepy.simpson_diversity(uses, categorical=True), abs=1e-9)
