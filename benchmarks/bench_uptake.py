"""Filling: 10,000 draws x 30 years x 6 phases x 4 segments, and a sweep of 40 delays.

Run with ``python benchmarks/bench_uptake.py``; compare ratios.
"""

from __future__ import annotations

import time
from datetime import date

import numpy as np

from qutb.pack import load_pack
from qutb.uptake import forecast, reference_curve
from qutb.uptake.calendar import YEARS, Calendar, Delays, Means
from qutb.uptake.inside import inside_of
from qutb.uptake.priors import draw_parameters

DRAWS, PHASES, SEGMENTS = 10_000, 6, ("high", "middle", "social", "resettlement")
MEANS = Means(
    extra_h_without_link=0.5,
    ordinary_service=0.5,
    ordinary_jobs_per_worker=0.4,
    workers_per_household=1.2,
    price_log={},
)


def calendar() -> Calendar:
    """Six phases over 15 years, four segments, each half by developers and half self-built."""
    homes = np.full((PHASES, 2 * len(SEGMENTS)), 250.0)
    users = np.cumsum(homes.sum(axis=1))[:, None] * np.ones((1, 3))
    return Calendar(
        phases=tuple(f"P{k}" for k in range(PHASES)),
        cells=tuple((segment, own) for segment in SEGMENTS for own in (False, True)),
        homes=homes,
        starts_year=np.arange(PHASES) * 2.5,
        lasts_years=2.5,
        services=("school", "health", "market"),
        served=users * 0.9,
        users=users,
        added=np.ones((PHASES, 3), dtype=bool),
        jobs=np.full(PHASES, 800.0),
        anchors=((4.0, 1000.0),),
        link_year=2.0,
    )


def main() -> None:
    values = load_pack("ma").at(date(2026, 11, 1))
    outside = forecast(reference_curve(), region="MENA", target_people=43_200.0, age_years=np.arange(1.0, YEARS + 1.0))
    draws = draw_parameters(values, count=DRAWS, seed=0)
    pool = np.full(YEARS, 1993.0)
    for word in ("first, compiling or loading", "then"):
        began = time.perf_counter()
        inside = inside_of(calendar(), MEANS, pool, draws, outside, homes_full=12_000.0, cap=2.0)
        print(f"held to the class, {word}: {time.perf_counter() - began:.2f} s, effective {inside.effective_share:.2f}")
    began = time.perf_counter()
    inside.run()
    print(f"one run of {DRAWS:,} draws x {YEARS} years x {PHASES} phases x {len(SEGMENTS)} segments:", end=" ")
    print(f"{time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    for number in range(40):
        inside.run(
            Delays(facilities={("school", f"P{number % PHASES}"): float(number // PHASES)}, link_years=number / 10)
        )
    print(f"40 delays swept: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
