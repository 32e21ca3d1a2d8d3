"""The ground: errors, findings, units, money, digests."""

from __future__ import annotations

import pickle
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qutb.core import (
    Check,
    Context,
    CrsError,
    Finding,
    InputError,
    QutbError,
    SolverError,
    UsageError,
    blocking,
    by_severity,
    digest_bytes,
    digest_json,
    from_si,
    short_code,
    si_unit,
    split_by_largest_remainder,
    to_ledger,
    to_si,
    work_package_name,
    years_between,
)


def test_exit_codes_are_those_the_command_line_promises():
    assert (UsageError.exit_code, InputError.exit_code, CrsError.exit_code, SolverError.exit_code) == (2, 3, 3, 4)


def test_an_error_survives_the_way_back_from_another_process():
    error = CrsError("FILE-CRS-MISSING", "plan.gpkg", layer="plots")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is CrsError
    assert (again.code, again.where, dict(again.params)) == ("FILE-CRS-MISSING", "plan.gpkg", {"layer": "plots"})


def test_an_error_without_words_still_says_its_code_and_place():
    assert str(QutbError("X-UNKNOWN", "here", n=3)) == "X-UNKNOWN: here {'n': 3}"


def test_a_finding_and_a_check_come_back_from_json():
    finding = Finding(code="A-1", severity="warning", where=("plot:A-17",), params={"value": 1.5, "unit": "m"})
    check = Check(code="B-1", verdict="comparator_met", value=0.3, unit="ratio", limit_low=0.3, status="comparator")
    assert Finding.from_json(finding.to_json()) == finding
    assert Check.from_json(check.to_json()) == check


def test_findings_are_read_worst_first_and_in_the_same_order_every_time():
    note, warning, stop = (Finding(code="Z", severity=s) for s in ("note", "warning", "blocking"))
    assert by_severity([note, stop, warning]) == (stop, warning, note)
    assert blocking([note, stop]) == (stop,)


@pytest.mark.parametrize(
    ("value", "unit", "si", "name"),
    [
        (275.0, "ha", 2_750_000.0, "m2"),
        (30.0, "%", 0.3, "ratio"),
        (45.0, "dwellings/ha", 0.0045, "dwellings/m2"),
        (18.0, "km/km2", 0.018, "m/m2"),
        (2.57, "M MAD/ha", 257.0, "MAD/m2"),
        (114.0, "pupils/1000 people", 0.114, "pupils/people"),
        (3.6, "people/dwelling", 3.6, "people/dwelling"),
    ],
)
def test_a_unit_is_turned_into_si_part_by_part(value, unit, si, name):
    assert to_si(value, unit) == pytest.approx(si, rel=1e-12)
    assert si_unit(unit) == name
    assert from_si(si, unit) == pytest.approx(value, rel=1e-12)


def test_years_between_two_dates():
    assert years_between(date(2014, 9, 1), date(2024, 9, 1)) == pytest.approx(10.0, abs=0.002)


def test_money_is_rounded_half_to_even_once():
    assert to_ledger(2.675, 2) == Decimal("2.68")  # the shortest decimal of the float, not its binary expansion
    assert to_ledger(0.125, 2) == Decimal("0.12")
    assert to_ledger(-1.005, 2) == Decimal("-1.00")


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=12).filter(lambda w: sum(w) > 1e-6),
)
def test_a_split_adds_up_to_the_last_centime(total, weights):
    parts = split_by_largest_remainder(total, weights)
    assert sum(parts) == total
    assert all(p * total >= 0 for p in parts)


def test_a_split_by_nothing_is_refused():
    with pytest.raises(ValueError, match="more than zero"):
        split_by_largest_remainder(Decimal("1.00"), [0.0, 0.0])


def test_a_digest_does_not_depend_on_the_order_of_keys_nor_on_the_form_of_accents():
    assert digest_json({"a": 1, "é": 2}) == digest_json({"e\u0301": 2, "a": 1})
    assert digest_json({"a": 1}) != digest_json({"a": 2})


def test_chunks_cannot_be_joined_to_the_same_digest():
    assert digest_bytes(b"ab", b"c") != digest_bytes(b"a", b"bc")


@given(st.binary())
def test_a_short_code_has_no_letter_that_can_be_misread(data):
    code = short_code(digest_bytes(data))
    assert len(code) == 9
    assert not set(code) & set("ILOU")


def test_a_work_package_is_named_not_counted():
    assert work_package_name("P2", "water", "offsite") == "P2-water-offsite"


def test_a_cancelled_run_stops_where_it_is():
    with pytest.raises(QutbError) as stopped:
        Context(cancelled=lambda: True).report("cost", 0.5)
    assert stopped.value.where == "cost"
