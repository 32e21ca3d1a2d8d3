"""Every step runs on zones, blocks and lots, and says what the grain hides."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from fixtures.coarser import coarser
from fixtures.defects import plan_of_zones
from fixtures.tiny import tiny_plan, tiny_pole
from qutb import open_pole
from qutb.appraisal import STEPS, appraise
from qutb.core import Finding
from qutb.dossier import write_dossier
from qutb.pack import load_pack
from qutb.text import LANGUAGES, hint, message

SAMPLE = load_pack("ma").folder / "samples" / "dakhla"
BY = {"block": ("block_id", "use", "facility_type"), "zone": ("phase", "use", "facility_type")}


@pytest.fixture(scope="module")
def sample():
    """The first sample entry at its three grains, appraised on one pole."""
    pole = open_pole(SAMPLE)
    lots = pole.plan("bay")
    plans = {"lot": lots, **{detail: coarser(lots, detail, by=by) for detail, by in BY.items()}}
    return {detail: appraise(pole, plan) for detail, plan in plans.items()}


@pytest.mark.parametrize("detail", ["block", "zone"])
def test_every_step_runs_and_says_what_it_cannot_see(sample, detail):
    found = sample[detail]
    assert list(found.results) == [s.name for s in STEPS if not s.on_request]
    assert {"PLAN-NO-LOTS", "CAP-NS-NET-PLOTS", "FORM-UNSEEN-LOTS", "COST-UNSEEN-LOTS"} <= set(found.not_seen)
    assert not set(found.not_seen) & set(sample["lot"].not_seen) & {"PLAN-NO-LOTS", "FORM-UNSEEN-LOTS"}
    for lang in LANGUAGES:
        for code in found.not_seen:
            note = Finding(code=code, severity="note")
            assert message(note, lang)
            assert hint(note, lang)


@pytest.mark.parametrize("detail", ["block", "zone"])
def test_sums_do_not_hang_on_the_grain(sample, detail):
    fine, coarse = (sample[d].capacity.pole.iloc[0] for d in ("lot", detail))
    for column in ("area_m2", "floor_area_m2", "economic_floor_area_m2", "beds", "jobs"):
        assert coarse[column] == pytest.approx(fine[column], rel=1e-9), column
    share = coarse["dwellings"] / fine["dwellings"]
    assert share == pytest.approx(1.0, rel=1e-9) if detail == "block" else 0.9 < share < 1.1
    land = [sample[d].validity.balance["area_m2"] for d in ("lot", detail)]
    assert land[1].sub(land[0], fill_value=0.0).abs().max() < 1.0


def test_measures_of_lots_and_blocks_are_absent_where_there_are_none(sample):
    lot, block, zone = (sample[d].form.pole.iloc[0] for d in ("lot", "block", "zone"))
    for name in ("plot_area_median_m2", "frontage_median_m"):
        assert np.isfinite(lot[name])
        assert np.isnan([block[name], zone[name]]).all()
    for name in ("block_area_median_m2", "single_function_block_share"):
        assert block[name] == pytest.approx(lot[name], rel=1e-6)
        assert np.isnan(zone[name])
    assert "FORM-UNSEEN-BLOCKS" in sample["zone"].not_seen


def test_a_facility_zone_that_may_hold_several_is_a_note_and_not_a_warning(sample):
    severities = {f.severity for f in sample["zone"].findings if f.code == "CAP-FACILITY-NOT-PLANNED"}
    assert severities == {"note"}
    assert "CAP-NS-FACILITY-UNITS" in sample["zone"].not_seen


def test_zones_without_streets_blocks_or_phases_are_appraised_too():
    found = appraise(tiny_pole(), plan_of_zones())
    assert list(found.results) == [s.name for s in STEPS if not s.on_request]
    assert {"PLAN-NO-STREETS", "PLAN-NO-LOTS", "FORM-UNSEEN-STREETS", "FORM-UNSEEN-BLOCKS"} <= set(found.not_seen)


def test_one_plan_may_mix_its_grains():
    mixed = coarser(tiny_plan()).with_plot("A/housing_villa", detail="lot")
    found = appraise(tiny_pole(), mixed)
    assert list(found.results) == [s.name for s in STEPS if not s.on_request]
    assert "CAP-NS-NET-PLOTS" in found.not_seen


@pytest.mark.parametrize("detail", ["block", "zone"])
def test_a_number_of_a_block_or_zone_can_be_explained(detail):
    plan = coarser(tiny_plan(), detail, by=BY[detail])
    row = next(p for p in plan.plots.index if "housing_apartment" in p)
    assert appraise(tiny_pole(), plan).explain("capacity.dwellings", where=f"plot:{row}").value > 0


def test_the_dossier_of_a_block_version_says_what_it_does_not_show(tmp_path):
    appraisal = appraise(tiny_pole(), coarser(tiny_plan()))
    written = write_dossier(appraisal, None, tmp_path / "out", run_date=date(2026, 11, 23), formats=["html"])
    page = written["html.fr"].read_text("utf-8")
    assert "Ce que ce plan ne montre pas" in page
    assert message(Finding(code="COST-UNSEEN-LOTS", severity="note"), "fr")[:40] in page
