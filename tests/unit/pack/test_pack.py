"""Packs: dated values with their standing, and what was read of them."""

from __future__ import annotations

from datetime import date

import pytest

from qutb.core import PackError
from qutb.pack import Values, load_pack, read_overrides

AREA = {
    "plots.area_min": {
        "description": "Smallest plot",
        "unit": "m2",
        "kind": "threshold",
        "values": {
            "2010-01-01": {"value": 80, "status": "confirmed", "source": "old rule"},
            "2020-01-01": {"low": 90, "central": 100, "high": 120, "status": "assumed", "source": "new idea"},
        },
    },
    "people.pupils": {
        "description": "Pupils",
        "unit": "pupils/1000 people",
        "values": {"2024-01-01": {"value": 114, "status": "comparator", "source": "census"}},
    },
}


def values(when: date = date(2026, 1, 1)) -> Values:
    return Values(read_overrides(AREA, "here"), {"prices": ({"price_key": "kerb", "central": "100"},)}, when)


def test_a_value_is_the_one_in_force_at_the_date_and_in_si():
    assert values(date(2015, 6, 1)).number("plots.area_min") == 80.0
    assert values().get("people.pupils").central == pytest.approx(0.114)
    assert values().get("people.pupils").unit == "pupils/people"


def test_before_its_first_date_a_value_is_absent_and_asking_for_it_names_key_and_date():
    early = values(date(2001, 1, 1))
    assert early.find("plots.area_min") is None
    with pytest.raises(PackError, match=r"plots\.area_min.*2001-01-01"):
        early.get("plots.area_min")


def test_an_assumption_never_stands_for_a_threshold():
    assert values(date(2015, 6, 1)).limit("plots.area_min") is not None
    assert values().limit("plots.area_min") is None
    assert values().limit("nobody.wrote.it") is None


def test_what_was_read_is_remembered_only_inside_the_block():
    v = values()
    v.number("people.pupils")
    with v.recording() as read:
        v.number("plots.area_min")
        v.find("not.there")
        v.catalogue("prices")
    v.keys("plots.")
    assert read == {"plots.area_min", "not.there", "catalogue:prices"}


def test_the_digest_of_a_value_follows_the_value_and_nothing_else():
    other = values().with_overrides(
        read_overrides({"people.pupils": {**AREA["people.pupils"], "unit": "pupils/people"}}, "here")
    )
    assert values().digest_of("plots.area_min") == other.digest_of("plots.area_min")
    assert values().digest_of("people.pupils") != other.digest_of("people.pupils")
    assert values().digest != other.digest


def test_a_value_cites_pack_key_and_date():
    assert values().get("plots.area_min").reference == "here:plots.area_min@2020-01-01"
    assert values().get("plots.area_min").standing == "assumed"


@pytest.mark.parametrize(
    "entry",
    [
        {"value": 1, "source": "x"},
        {"value": "many", "status": "assumed", "source": "x"},
        {"value": 1, "status": "certain", "source": "x"},
        {"low": 3, "central": 2, "high": 4, "status": "assumed", "source": "x"},
        {"value": 1, "status": "assumed"},
    ],
)
def test_a_malformed_value_is_refused_by_name(entry):
    with pytest.raises(PackError, match=r"here:k"):
        read_overrides({"k": {"description": "d", "unit": "m", "values": {"2020-01-01": entry}}}, "here")


def test_an_unknown_pack_names_those_there_are():
    with pytest.raises(PackError, match="ma"):
        load_pack("atlantis")


@pytest.mark.parametrize("key", sorted(load_pack("ma").parameters))
def test_every_value_of_the_moroccan_pack_says_where_it_comes_from(key):
    for value in load_pack("ma").parameters[key].values:
        assert value.source
        assert value.low <= value.central <= value.high
        if value.status == "assumed":
            assert value.derivation, "an assumption says how it was derived"
            assert value.kind != "threshold", "an assumption never stands for a threshold"


def test_a_catalogue_row_with_a_cell_too_many_is_named(tmp_path):
    (tmp_path / "pack.toml").write_text('name = "x"\ntitle = {}\ncurrency = "X"\nminor_digits = 2\n', "utf-8")
    (tmp_path / "catalogues").mkdir()
    (tmp_path / "catalogues" / "prices.csv").write_text("a,b\n1,2,3\n", "utf-8")
    with pytest.raises(PackError, match=r"prices\.csv:2"):
        load_pack(tmp_path)
