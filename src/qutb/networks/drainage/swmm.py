"""SWMM has the last word: the sewers written as its input file, run in process by dynamic wave at the design flows.

Each manhole lets in what its pipe carries more than those that arrive: peak factors fall as sewers gather, so this can
be below nothing, and every pipe then runs at its own design flow at once. Flows begin at their design value, and
after some minutes what is read is the steady state. A manhole with a pump is a wet well and, above it, the start of
the next pipe, joined by an ideal pump.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qutb.core import SolverError
from qutb.networks.drainage.hydraulics import area_m2
from qutb.networks.drainage.sizing import SewerSizing, SewerTree

__all__ = ["SwmmState", "run_swmm", "swmm_text"]

_NODE, _LINK = 2, 3  # numbers of SWMM's interface
_LINK_FLOW, _LINK_DEPTH, _NODE_FLOODING = 0, 1, 4
_WELL_M = 0.5  # below what arrives at a pump
_BEYOND_M = 20.0  # length of the pipe by which the file ends beyond each tie-in
_HEAD = """[TITLE]
Qutb: every pipe at its design flow at once (inflows are differences of peaks, which do not add up)

[OPTIONS]
FLOW_UNITS LPS
FLOW_ROUTING DYNWAVE
LINK_OFFSETS ELEVATION
START_DATE 01/01/2020
START_TIME 00:00:00
REPORT_START_DATE 01/01/2020
REPORT_START_TIME 00:00:00
END_DATE 01/01/2020
END_TIME 00:{minutes:02d}:00
REPORT_STEP 00:01:00
ROUTING_STEP 2
VARIABLE_STEP 0.75
INERTIAL_DAMPING PARTIAL
NORMAL_FLOW_LIMITED BOTH
MIN_SURFAREA 1.0
THREADS 1
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class SwmmState:
    """By pipe, in the tree's order of manholes (NaN where none leaves): flow, fill, velocity; flooding by manhole."""

    flow_m3_per_s: np.ndarray
    fill_ratio: np.ndarray
    velocity_m_per_s: np.ndarray
    flooding_m3_per_s: np.ndarray
    continuity_error: float


def swmm_text(
    tree: SewerTree,
    sizing: SewerSizing,
    inner_m: np.ndarray,
    fill: np.ndarray,
    names: list[str],
    places: np.ndarray,
    manning: float,
    minutes: int = 30,
) -> str:
    """The input file. ``inner_m`` and ``fill`` by manhole for the pipe that leaves it; ``places`` x, y [m]."""
    pumped = np.isfinite(sizing.lifted_from_m)
    start = [f"{n}.up" if lifted else n for n, lifted in zip(names, pumped, strict=True)]
    bottom = _bottoms(tree, sizing)
    depth = np.nan_to_num(fill * inner_m)
    filled = np.where(pumped, 0.0, np.nan_to_num(sizing.start_m) + depth - bottom) * (tree.parent >= 0)
    inflow = tree.flow_m3_per_s * (tree.parent >= 0)
    np.subtract.at(inflow, tree.parent[tree.pipes], tree.flow_m3_per_s[tree.pipes])
    nodes, conduits, sections, pumps, outfalls, laterals, marks = [], [], [], [], [], [], []
    for i, name in enumerate(names):
        x, y = places[i]
        marks.append(f"{name} {x:.2f} {y:.2f}")
        nodes.append(f"{name} {bottom[i]:.3f} {max(tree.ground_m[i] - bottom[i], 0.5):.3f} {filled[i]:.3f} 0 0")
        if abs(inflow[i]) > 1e-9 and tree.parent[i] >= 0:
            laterals.append(f'{name} FLOW "" FLOW 1.0 1.0 {1000 * inflow[i]:.6f}')
        if pumped[i]:
            begin = sizing.start_m[i]
            nodes.append(f"{start[i]} {begin:.3f} {max(tree.ground_m[i] - begin, 0.5):.3f} {depth[i]:.3f} 0 0")
            marks.append(f"{start[i]} {x:.2f} {y:.2f}")
            pumps.append(f"P.{name} {name} {start[i]} * ON")
        if tree.parent[i] >= 0:
            down = names[tree.parent[i]]
            conduits.append(
                f"C.{name} {start[i]} {down} {tree.length_m[i]:.3f} {manning:g} "
                f"{sizing.start_m[i]:.3f} {sizing.end_m[i]:.3f} {1000 * tree.flow_m3_per_s[i]:.6f}"
            )
            sections.append(f"C.{name} CIRCULAR {inner_m[i]:.4f} 0 0 0 1")
        else:
            widest = 1.5 * float(np.nanmax(inner_m[tree.parent == i], initial=0.2))
            level = min(bottom[i], float(sizing.start_m[i]) if np.isfinite(sizing.start_m[i]) else np.inf)
            outfalls.append(f"OUT.{name} {level - 0.02 * _BEYOND_M:.3f} FREE NO")
            conduits.append(f"C.{name} {start[i]} OUT.{name} {_BEYOND_M} {manning:g} * * 0")
            sections.append(f"C.{name} CIRCULAR {widest:.4f} 0 0 0 1")
            marks.append(f"OUT.{name} {x + _BEYOND_M:.2f} {y:.2f}")
    parts = {
        "JUNCTIONS": nodes,
        "OUTFALLS": outfalls,
        "CONDUITS": conduits,
        "PUMPS": pumps,
        "XSECTIONS": sections,
        "INFLOWS": laterals,
        "COORDINATES": marks,
    }
    body = "".join(f"\n[{title}]\n" + "\n".join(lines) + "\n" for title, lines in parts.items() if lines)
    return _HEAD.format(minutes=minutes) + body


def _bottoms(tree: SewerTree, sizing: SewerSizing) -> np.ndarray:
    """Lowest invert of each manhole; at a pump, that of the wet well."""
    lowest = np.where(tree.parent >= 0, sizing.start_m, np.inf)
    np.minimum.at(lowest, tree.parent[tree.pipes], sizing.end_m[tree.pipes])
    return np.where(np.isfinite(sizing.lifted_from_m), sizing.lifted_from_m - _WELL_M, lowest)


def run_swmm(text: str, names: list[str], parent: np.ndarray, inner_m: np.ndarray) -> SwmmState:
    """Run a file of :func:`swmm_text`; raises ``SolverError`` where SWMM gives up."""
    from swmm.toolkit import solver  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("s.inp", "s.rpt", "s.out")]
        files[0].write_text(text, encoding="utf-8")
        try:
            solver.swmm_open(*map(str, files))
            try:
                return _steady(solver, names, parent, inner_m)
            finally:
                solver.swmm_close()
        except Exception as fault:  # the toolkit raises plain Exception
            raise SolverError("NET-SWMM", "sewer", fault=str(fault).strip()) from fault


def _steady(solver, names: list[str], parent: np.ndarray, inner_m: np.ndarray) -> SwmmState:  # type: ignore[no-untyped-def]
    """Step to the end and read the last state."""
    links = [solver.project_get_index(_LINK, f"C.{n}") for n in names]
    nodes = [solver.project_get_index(_NODE, n) for n in names]
    solver.swmm_start(False)
    read = None
    while solver.swmm_stride(60) > 0:
        read = [[solver.link_get_result(k, what) for k in links] for what in (_LINK_FLOW, _LINK_DEPTH)]
    flooding = [solver.node_get_result(k, _NODE_FLOODING) for k in nodes]
    solver.swmm_end()
    _, error, _ = solver.swmm_get_mass_balance()
    flow, depth = np.array(read)
    fill = np.clip(depth / inner_m, 1e-6, 1.0)
    laid = parent >= 0
    return SwmmState(
        flow_m3_per_s=np.where(laid, flow / 1000.0, np.nan),
        fill_ratio=np.where(laid, fill, np.nan),
        velocity_m_per_s=np.where(laid, flow / 1000.0 / area_m2(inner_m, fill), np.nan),
        flooding_m3_per_s=np.array(flooding) / 1000.0,
        continuity_error=float(error) / 100.0,
    )
