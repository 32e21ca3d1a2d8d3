"""TNTP files, whole and broken: every fault is named with file and line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from qutb import text
from qutb.cli.traffic import traffic_app
from qutb.core import QutbError
from qutb.mobility import read_network, read_trips

NETWORKS = Path(__file__).parents[2] / "fixtures" / "networks"
SCHEMA = Path(__file__).parents[3] / "src" / "qutb" / "cli" / "schema" / "traffic-assign.json"
NET = """<NUMBER OF ZONES>\t2\t\n<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 3
<END OF METADATA>\t\t

~ \tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t100\t2.5\t1.0E+00\t0.15\t4\t0\t0\t1\t;
\t3\t2\t100\t2.5\t1\t0.15\t4\t0\t7\t1\t;  ~ a toll
3 1 100 1 1 .15 4
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 30.0
<END OF METADATA>

Origin \t1
    1 :   0.0;   2 :  20.0;
Origin 2
1:10;
"""


def _file(tmp_path, name, words):
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    return path


def test_metadata_comments_tabs_and_short_rows_are_read(tmp_path):
    read = read_network(_file(tmp_path, "net.tntp", NET))
    assert (read.zones, read.nodes, read.first_through_node) == (2, 3, 3)
    assert read.network.tail.tolist() == [0, 2, 2]
    assert read.network.through.tolist() == [False, False, True]
    assert read.network.fixed.tolist() == [0, 0, 0]
    demand, remarks = read_trips(_file(tmp_path, "trips.tntp", TRIPS), zones=2)
    assert demand.trips.tolist() == [0, 20, 10] and not remarks


def test_toll_and_length_count_by_their_factors(tmp_path):
    words = NET.replace("<END", "<TOLL FACTOR> 0.5\n<DISTANCE FACTOR> 0.04\n<END")
    path = _file(tmp_path, "net.tntp", words)
    assert read_network(path).network.fixed.tolist() == pytest.approx([0.1, 3.6, 0.04])
    assert read_network(path, toll_factor=0, length_factor=0).network.fixed.tolist() == [0, 0, 0]


BROKEN_NETS = {
    "cut short": (NET.rsplit("3 1 100", 1)[0], "TRAFFIC-COUNT", "net.tntp"),
    "no metadata end": (NET.replace("<END OF METADATA>", ""), "TRAFFIC-NO-METADATA", "net.tntp"),
    "no nodes": (NET.replace("<NUMBER OF NODES> 3", ""), "TRAFFIC-NO-KEY", "net.tntp"),
    "node too high": (NET.replace("3 1 100", "9 1 100"), "TRAFFIC-NODE", "net.tntp:10"),
    "half a node": (NET.replace("3 1 100", "1.5 1 100"), "TRAFFIC-NODE", "net.tntp:10"),
    "a word": (NET.replace("3 1 100", "3 1 wide"), "TRAFFIC-NUMBER", "net.tntp:10"),
    "negative": (NET.replace("3 1 100", "3 1 -100"), "TRAFFIC-NEGATIVE", "net.tntp:10"),
    "not a number": (NET.replace("3 1 100", "3 1 nan"), "TRAFFIC-NEGATIVE", "net.tntp:10"),
    "short row": (NET.replace("3 1 100 1 1 .15 4", "3 1 100"), "TRAFFIC-SHORT-ROW", "net.tntp:10"),
    "more zones than nodes": (NET.replace("ZONES>\t2", "ZONES>\t8"), "TRAFFIC-ZONES", "net.tntp"),
    "no links": (NET.split("~ ")[0].replace("<NUMBER OF LINKS> 3", ""), "TRAFFIC-NO-LINKS", "net.tntp"),
    "a picture": ("\x89PNG\r\n\x1a\n\0\0", "TRAFFIC-NO-METADATA", "net.tntp"),
    "empty": ("", "TRAFFIC-NO-METADATA", "net.tntp"),
}
BROKEN_TRIPS = {
    "unknown zone": (TRIPS.replace("2 :  20", "7 :  20"), "TRAFFIC-ZONE", "trips.tntp:6"),
    "unknown origin": (TRIPS.replace("Origin 2", "Origin 5"), "TRAFFIC-ZONE", "trips.tntp:7"),
    "origin without number": (TRIPS.replace("Origin 2", "Origin"), "TRAFFIC-ZONE", "trips.tntp:7"),
    "no origin": (TRIPS.replace("Origin \t1", ""), "TRAFFIC-CELL", "trips.tntp:6"),
    "a word": (TRIPS.replace("20.0", "many"), "TRAFFIC-CELL", "trips.tntp:6"),
    "negative": (TRIPS.replace("20.0", "-20"), "TRAFFIC-NEGATIVE", "trips.tntp:6"),
    "twice": (TRIPS + "1:4;\n", "TRAFFIC-PAIR-TWICE", "trips.tntp:9"),
    "another network": (TRIPS.replace("ZONES> 2", "ZONES> 9"), "TRAFFIC-OTHER-ZONES", "trips.tntp"),
}


@pytest.mark.parametrize(("words", "code", "where"), BROKEN_NETS.values(), ids=BROKEN_NETS)
def test_a_broken_network_is_refused_where_it_is_broken(tmp_path, words, code, where):
    with pytest.raises(QutbError) as refused:
        read_network(_file(tmp_path, "net.tntp", words))
    assert (refused.value.code, refused.value.where) == (code, where)
    assert all("{" not in text.error_text(refused.value, lang) for lang in text.LANGUAGES)


@pytest.mark.parametrize(("words", "code", "where"), BROKEN_TRIPS.values(), ids=BROKEN_TRIPS)
def test_a_broken_trip_table_is_refused_where_it_is_broken(tmp_path, words, code, where):
    with pytest.raises(QutbError) as refused:
        read_trips(_file(tmp_path, "trips.tntp", words), zones=2)
    assert (refused.value.code, refused.value.where) == (code, where)
    assert all("{" not in text.error_text(refused.value, lang) for lang in text.LANGUAGES)


def test_what_is_odd_but_usable_is_remarked(tmp_path):
    words = NET.replace("3 1 100", "3 1 0").replace("\t3\t2\t100", "\t1\t3\t100")
    codes = {f.code: f.where for f in read_network(_file(tmp_path, "net.tntp", words)).remarks}
    assert codes == {"TRAFFIC-CLOSED": ("net.tntp:10",), "TRAFFIC-PARALLEL": ("net.tntp:9",)}
    _, remarks = read_trips(_file(tmp_path, "trips.tntp", TRIPS.replace("30.0", "99")), zones=2)
    assert [f.code for f in remarks] == ["TRAFFIC-TOTAL"]


def _run(*args):
    return CliRunner().invoke(traffic_app, ["assign", *map(str, args)])


def test_the_command_prints_objective_gap_and_seconds_and_writes_flows(tmp_path):
    out = tmp_path / "flows.csv"
    net, trips = NETWORKS / "sioux_falls_net.tntp", NETWORKS / "sioux_falls_trips.tntp"
    done = _run(net, trips, "--gap", "1e-8", "--json", "--out", out)
    figures = json.loads(done.stdout)
    jsonschema.validate(figures, json.loads(SCHEMA.read_text("utf-8")))
    assert done.exit_code == 0
    assert figures["objective"] == pytest.approx(4_231_335.287, rel=1e-9)
    assert figures["gap"] <= 1e-8 and figures["seconds"] <= 2.0 and figures["converged"] is True
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert len(rows) == 76 and float(rows[0]["flow"]) == pytest.approx(4494.6576, rel=1e-4)


def test_the_command_says_in_words_what_it_found():
    net, trips = NETWORKS / "sioux_falls_net.tntp", NETWORKS / "sioux_falls_trips.tntp"
    done = _run(net, trips)
    assert done.exit_code == 0 and "4,231,335" in done.stdout


def test_a_gap_not_reached_ends_with_4_and_bad_input_with_3(tmp_path):
    net, trips = NETWORKS / "sioux_falls_net.tntp", NETWORKS / "sioux_falls_trips.tntp"
    short = _run(net, trips, "--gap", "1e-12", "--iterations", "2", "--json")
    assert short.exit_code == 4 and json.loads(short.stdout)["converged"] is False
    assert _run(tmp_path / "none.tntp", trips).exit_code == 3
