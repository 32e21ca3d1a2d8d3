"""What must hold of every filling, whatever the draws: stocks in order, households in balance, no one before a home."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qutb.kernels import COMPILED_UPTAKE, PARAMETERS, STAGES, Setting, fill
from qutb.pack import load_pack
from qutb.uptake.calendar import YEARS, Calendar, Delays, Means
from qutb.uptake.priors import draw_parameters

MEANS = Means(
    extra_h_without_link=0.5,
    ordinary_service=0.5,
    ordinary_jobs_per_worker=0.4,
    workers_per_household=1.2,
    price_log={},
)
SERVICES = ("school", "health")


def draws(count, seed):
    return draw_parameters(load_pack("ma").at(date(2026, 11, 1)), count=count, seed=seed)


def filled(setting: Setting, table):
    count, (years, cells) = len(table), setting.delivered.shape
    stages, homes = np.zeros((count, years, len(STAGES))), np.zeros((count, years, cells))
    bound, arrivals = np.zeros((count, years), dtype=np.int8), np.zeros((count, years))
    fill(table, setting, stages, homes, bound, arrivals)
    return stages, homes, bound, arrivals


@st.composite
def calendars(draw):
    phases = draw(st.integers(1, 4))
    homes = np.array(draw(st.lists(st.floats(0, 3000), min_size=phases * 3, max_size=phases * 3))).reshape(phases, 3)
    homes[0, 0] += 10.0
    users = np.cumsum(homes.sum(axis=1))[:, None] * np.array([[0.8, 3.6]])
    shares = np.array(draw(st.lists(st.floats(0, 1), min_size=phases * 2, max_size=phases * 2))).reshape(phases, 2)
    lasts = draw(st.floats(1, 8))
    return Calendar(
        phases=tuple(f"P{k}" for k in range(phases)),
        cells=(("social", False), ("middle", False), ("middle", True)),
        homes=homes,
        starts_year=np.arange(phases) * lasts,
        lasts_years=lasts,
        services=SERVICES,
        served=shares * users,
        users=users,
        added=np.ones((phases, 2), dtype=bool),
        jobs=homes.sum(axis=1) * 0.5,
        anchors=((3.0, draw(st.floats(0, 2000))),),
        link_year=draw(st.floats(0, 5)),
    )


seeds = st.integers(0, 10_000)
pools = st.floats(0, 5000)


@settings(max_examples=25, deadline=None)
@given(calendars(), pools, seeds)
def test_lived_in_at_most_built_at_most_sold_at_most_delivered(calendar, pool, seed):
    setting = calendar.setting(np.full(YEARS, pool), MEANS)
    stages, homes, _, _ = filled(setting, draws(16, seed))
    reserved, sold, permitted, built, occupied = np.moveaxis(stages, 2, 0)
    for less, more in ((occupied, built), (built, permitted), (permitted, sold), (sold, reserved)):
        assert (less <= more + 1e-6).all()
    assert (reserved <= setting.delivered.sum(axis=1) + 1e-6).all()
    assert homes.sum(axis=2) == pytest.approx(occupied)


@settings(max_examples=25, deadline=None)
@given(calendars(), pools, seeds)
def test_households_balance_and_none_arrives_before_a_home_is_delivered(calendar, pool, seed):
    setting = calendar.setting(np.full(YEARS, pool), MEANS, Delays(roads={"P0": 4.0}))
    stages, _, _, arrivals = filled(setting, draws(16, seed))
    occupied = stages[:, :, -1]
    left = arrivals - np.diff(occupied, axis=1, prepend=0.0)
    assert (left >= -1e-6).all()
    assert (left[:, 1:] <= occupied[:, :-1] + arrivals[:, 1:] + 1e-6).all()
    nothing = setting.delivered.sum(axis=1) == 0
    assert (arrivals[:, nothing] == 0).all()


@settings(max_examples=10, deadline=None)
@given(calendars(), seeds)
def test_where_nobody_looks_for_a_home_nobody_comes(calendar, seed):
    stages, _, _, arrivals = filled(calendar.setting(np.zeros(YEARS), MEANS), draws(8, seed))
    assert stages.max() == arrivals.max() == 0


@settings(max_examples=30, deadline=None)
@given(calendars(), pools, seeds, st.floats(0, 10), st.sampled_from(SERVICES))
def test_a_later_facility_never_brings_more_people(calendar, pool, seed, years, service):
    late = Delays(facilities={(service, calendar.phases[-1]): years, (service, calendar.phases[0]): years / 2})
    table = draws(16, seed)
    planned, delayed = (
        filled(calendar.setting(np.full(YEARS, pool), MEANS, d), table)[0][:, :, -1] for d in (Delays(), late)
    )
    assert (delayed <= planned + 1e-6).all()


@settings(max_examples=10, deadline=None)
@given(calendars(), pools, seeds, st.floats(0, 10))
def test_a_later_road_to_the_city_or_employer_never_brings_more_people(calendar, pool, seed, years):
    table = draws(16, seed)
    late = Delays(link_years=years, anchors_years=years)
    planned, delayed = (
        filled(calendar.setting(np.full(YEARS, pool), MEANS, d), table)[0][:, :, -1] for d in (Delays(), late)
    )
    assert (delayed <= planned + 1e-6).all()


def test_a_year_by_hand():
    """Pool 100, wish 1/2, absent 0.2, all sold at once: 100 x 0.5 / 0.8 = 62.5 homes, 50 of them lived in."""
    row = np.zeros((1, len(PARAMETERS)))
    for name, value in {"absent_share": 0.2, "sale_rate": 1.0, "pool_factor": 1.0}.items():
        row[0, PARAMETERS.index(name)] = value
    setting = Setting(
        delivered=np.full((1, 1), 1000.0),
        segment=np.zeros(1, dtype=int),
        self_build=np.array([False]),
        pool=np.full((1, 1), 100.0),
        price_log=np.zeros(1),
        service=np.ones(1),
        service_zero=0.5,
        extra_h=np.zeros(1),
        anchor_jobs=np.zeros(1),
        job_floor=np.zeros(1),
        workforce=1.0,
        jobs_zero=0.0,
        plan_homes=1000.0,
    )
    stages, _, bound, arrivals = filled(setting, row)
    assert stages[0, 0].tolist() == pytest.approx([62.5, 62.5, 62.5, 62.5, 50.0])
    assert (arrivals[0, 0], bound[0, 0]) == (pytest.approx(50.0), 1)


def test_compiled_and_plain_code_agree():
    """The fallback on a machine without numba is the same function."""
    if not COMPILED_UPTAKE:
        pytest.skip("nothing is compiled here")
    row = draws(3, 1)
    setting = Setting(
        delivered=np.linspace(100, 900, 9)[:, None] * np.ones(2),
        segment=np.arange(2),
        self_build=np.array([False, True]),
        pool=np.full((9, 2), 80.0),
        price_log=np.zeros(2),
        service=np.linspace(0, 1, 9),
        service_zero=0.5,
        extra_h=np.zeros(9),
        anchor_jobs=np.full(9, 50.0),
        job_floor=np.full(9, 500.0),
        workforce=1000.0,
        jobs_zero=0.4,
        plan_homes=1800.0,
    )
    empty = [np.zeros((3, 9, len(STAGES))), np.zeros((3, 9, 2)), np.zeros((3, 9), dtype=np.int8), np.zeros((3, 9))]
    fill.py_func(row, setting, *empty)
    for plain, compiled in zip(empty, filled(setting, row), strict=True):
        assert plain == pytest.approx(compiled)
