"""Radial feeders: cables chosen at least cost so that no current and no fall of voltage is too much; the sweep.

Choice: the fall of voltage along a branch is ``(R P + X Q) / V^2`` (share of the voltage V); its sum from the source
to every node stays within a limit that is cut into equal steps, each branch's fall rounded up to them. Least cost by
dynamic programme over (branch, steps left): proven on that grid. Currents stay within what a cable may carry. Sweep:
loads of constant power, backward for currents and forward for voltages until they rest (Shirmohammadi 1988); where it
shows more fall than the limit (losses, low voltage), the limit of the choice is drawn in and the choice made again.

Nodes are indexed with every node after the one that feeds it; branch ``i`` feeds node ``i``, roots have feeder -1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Cables", "Feeders", "Sized", "coincident_w", "gather", "size_feeders", "sweep"]

_STEPS = 200
_ROUNDS = 6
_SWEEPS = 60
_RESTS = 1e-10


@dataclass(frozen=True, kw_only=True, eq=False)
class Cables:
    """Options for a branch, cheapest first: rows of a catalogue laid ``circuits`` times side by side.

    ``r_ohm_per_m``, ``x_ohm_per_m`` and ``current_a`` (what it may carry) of all circuits together.
    """

    row: np.ndarray
    circuits: np.ndarray
    r_ohm_per_m: np.ndarray
    x_ohm_per_m: np.ndarray
    current_a: np.ndarray
    amount_per_m: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Feeders:
    """``feeder`` node that feeds each node (-1 a root); by branch ``length_m`` and the power it carries
    ``power_w`` at a power factor ``factor``; ``voltage_v`` between phases.
    """

    feeder: np.ndarray
    length_m: np.ndarray
    power_w: np.ndarray
    factor: float
    voltage_v: float

    @property
    def reactive_var(self) -> np.ndarray:
        return self.power_w * np.tan(np.arccos(self.factor))

    @property
    def branches(self) -> np.ndarray:
        return np.flatnonzero(self.feeder >= 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sized:
    """By node: option of its branch (-1 a root), voltage as a share, current [A] of its branch, losses [W]; nodes
    whose branch no option serves (then nothing else holds).
    """

    option: np.ndarray
    voltage_ratio: np.ndarray
    current_a: np.ndarray
    losses_w: np.ndarray
    stuck: np.ndarray


def gather(feeder: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Sum of a measure over all that each node feeds, itself included."""
    total = np.asarray(own, float).copy()
    for i in range(len(feeder) - 1, -1, -1):
        if feeder[i] >= 0:
            total[feeder[i]] += total[i]
    return total


def coincident_w(power_w: np.ndarray, load_w: float, many: float) -> np.ndarray:
    """Power drawn together by loads of about ``load_w`` whose own peaks sum to ``power_w``."""
    loads = np.maximum(np.asarray(power_w) / load_w, 1.0)
    return np.asarray(power_w * (many + (1.0 - many) / np.sqrt(loads)))


def size_feeders(feeders: Feeders, cables: Cables, most_fall: float) -> Sized:
    """The cheapest cables whose voltages, by the sweep, fall by ``most_fall`` at most."""
    limit = most_fall
    for _ in range(_ROUNDS):
        option, stuck = _choose(feeders, cables, limit)
        if len(stuck):
            return _none(feeders, stuck)
        voltage, current, losses = sweep(feeders, cables, option)
        fall = 1.0 - float(voltage.min(initial=1.0))
        if fall <= most_fall + 1e-9:
            return Sized(option=option, voltage_ratio=voltage, current_a=current, losses_w=losses, stuck=stuck)
        limit *= 0.98 * most_fall / fall
    return _none(feeders, feeders.branches[[int(np.argmin(voltage[feeders.branches]))]])


def _none(feeders: Feeders, stuck: np.ndarray) -> Sized:
    none = np.full(len(feeders.feeder), np.nan)
    return Sized(option=np.full(len(none), -1), voltage_ratio=none, current_a=none, losses_w=none, stuck=stuck)


def _choose(feeders: Feeders, cables: Cables, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Option of each branch at least cost, and branches that none serves."""
    steps, possible = _steps(feeders, cables, limit)
    hopeless = feeders.branches[~possible[feeders.branches].any(axis=1)]
    if len(hopeless):
        return np.full(len(possible), -1), hopeless
    amount = feeders.length_m[:, None] * cables.amount_per_m
    below = np.zeros((len(possible), _STEPS + 1))  # least cost of what a node feeds, by steps left at it
    left = np.arange(_STEPS + 1)
    for i in feeders.branches[::-1]:
        below[feeders.feeder[i]] += _priced(below[i], steps[i], amount[i], possible[i], left).min(axis=0)
    option = np.full(len(possible), -1)
    rest = np.full(len(possible), _STEPS)
    for i in range(len(possible)):
        if feeders.feeder[i] < 0:
            continue
        given = rest[feeders.feeder[i]]
        price = _priced(below[i], steps[i], amount[i], possible[i], np.array([given]))[:, 0]
        if not np.isfinite(price.min()):
            return option, np.array([i])
        option[i] = int(np.argmin(price))
        rest[i] = given - steps[i, option[i]]
    return option, np.zeros(0, np.int64)


def _priced(
    below: np.ndarray, steps: np.ndarray, amount: np.ndarray, possible: np.ndarray, left: np.ndarray
) -> np.ndarray:
    """Cost of a branch by option and steps left above it, with all that it feeds."""
    after = left[None, :] - steps[:, None]
    cost = below[np.maximum(after, 0)] + amount[:, None]
    return np.where((after >= 0) & possible[:, None], cost, np.inf)


def _steps(feeders: Feeders, cables: Cables, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Fall of voltage of each branch by option, in steps rounded up; and whether its current may be carried."""
    drop = (
        feeders.length_m[:, None]
        * (feeders.power_w[:, None] * cables.r_ohm_per_m + feeders.reactive_var[:, None] * cables.x_ohm_per_m)
        / feeders.voltage_v**2
    )
    steps = np.ceil(np.minimum(drop / limit * _STEPS, 10.0 * _STEPS) - 1e-9).astype(np.int64)
    current = feeders.power_w / feeders.factor / (np.sqrt(3.0) * feeders.voltage_v)
    return steps, current[:, None] <= cables.current_a * (1.0 - limit)  # where the voltage has fallen most


def own_powers(feeders: Feeders) -> np.ndarray:
    """Load [W] of each node that gives every branch its power at once; peaks do not add up, so it can be negative."""
    own = np.where(feeders.feeder >= 0, feeders.power_w, 0.0)
    np.subtract.at(own, feeders.feeder[feeders.branches], feeders.power_w[feeders.branches])
    return np.where(feeders.feeder >= 0, own, 0.0)


def sweep(feeders: Feeders, cables: Cables, option: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voltage by node [share], current [A] and losses [W] by branch, of the loads that load every branch."""
    own = own_powers(feeders) * (1.0 + 1j * np.tan(np.arccos(feeders.factor)))
    impedance = np.zeros(len(own), complex)
    at = feeders.branches
    impedance[at] = feeders.length_m[at] * (cables.r_ohm_per_m + 1j * cables.x_ohm_per_m)[option[at]]
    nominal = feeders.voltage_v / np.sqrt(3.0)
    voltage = np.full(len(own), complex(nominal))
    for _ in range(_SWEEPS):
        current = np.conj(own / 3.0 / voltage)
        for i in at[::-1]:
            current[feeders.feeder[i]] += current[i]
        before = voltage.copy()
        for i in at:
            voltage[i] = voltage[feeders.feeder[i]] - impedance[i] * current[i]
        if np.abs(voltage - before).max(initial=0.0) < _RESTS * nominal:
            break
    amperes = np.where(feeders.feeder >= 0, np.abs(current), 0.0)
    return np.abs(voltage) / nominal, amperes, 3.0 * impedance.real * amperes**2
