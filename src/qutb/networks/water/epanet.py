"""EPANET in process: reads a network, judges designs. Its unit systems end here; metres and m3/s leave."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from qutb.core import FormatError, SolverError

__all__ = ["CLOSED_DIAMETER", "Judge", "Network", "State"]

CLOSED_DIAMETER = 0.0001  # in the file's unit: a pipe that is not laid is closed, and as good as nothing
_FOOT_M = 0.3048
_FLOWS_PER_CFS = {  # EPANET's own factors (types.h), by number of its flow unit
    0: 1.0,
    1: 448.831,
    2: 0.64632,
    3: 0.5382,
    4: 1.9837,
    5: 28.317,
    6: 1699.0,
    7: 2.4466,
    8: 101.94,
    9: 2446.6,
    10: 0.028317,
}
_CFS_M3_PER_S = 0.028317


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """What an EPANET file says, in metres and m3/s.

    Nodes: ``node_ids``, ``elevation_m``, ``demand_m3_per_s``, ``fixed`` (reservoirs and tanks), ``head_m`` of
    fixed ones. Links: ``link_ids``, ``tail``, ``head`` (rows of nodes), ``length_m``, ``diameter_m``,
    ``roughness`` (as the law reads it: a coefficient, or metres), ``minor``, ``pipe`` (a plain open pipe),
    ``laid`` False where closed. ``law``: 0 Hazen-Williams, 1 Darcy-Weisbach, 2 Chezy-Manning. ``plain``:
    pipes, junctions and fixed heads only, with demands that do not depend on pressure.
    """

    node_ids: tuple[str, ...]
    elevation_m: np.ndarray
    demand_m3_per_s: np.ndarray
    fixed: np.ndarray
    head_m: np.ndarray
    link_ids: tuple[str, ...]
    tail: np.ndarray
    head: np.ndarray
    length_m: np.ndarray
    diameter_m: np.ndarray
    roughness: np.ndarray
    minor: np.ndarray
    pipe: np.ndarray
    laid: np.ndarray
    law: int
    viscosity_m2_per_s: float
    length_unit_m: float
    diameter_unit_m: float
    plain: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """What EPANET computed: by node in metres, by link in m/s and m3/s; ``balanced`` whether it converged."""

    head_m: np.ndarray
    pressure_m: np.ndarray
    demand_m3_per_s: np.ndarray
    velocity_m_per_s: np.ndarray
    flow_m3_per_s: np.ndarray
    balanced: bool


class Judge:
    """One network open in EPANET, to be closed after use (``with``)."""

    def __init__(self, inp: Path, *, accuracy: float | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wrapper warns where it is loaded, and again of each code
            toolkit: Any = import_module("epanet.toolkit")
        self._en = toolkit
        self._folder = tempfile.TemporaryDirectory()
        self._ph = toolkit.createproject()
        try:
            toolkit.open(self._ph, str(inp), str(Path(self._folder.name) / "epanet.rpt"), "")
            self._quiet(toolkit.openH, self._ph)
        except Exception as fault:
            toolkit.deleteproject(self._ph)
            words = self._errors(inp) or str(fault).removeprefix("Error: ")
            self._folder.cleanup()
            raise FormatError("NET-INP", str(inp), fault=words) from fault
        if accuracy is not None:
            toolkit.setoption(self._ph, toolkit.ACCURACY, accuracy)
        self._inp = inp
        units = int(toolkit.getflowunits(self._ph))
        self._foot = units <= toolkit.AFD
        self._length_m = _FOOT_M if self._foot else 1.0
        self._flow = _CFS_M3_PER_S / _FLOWS_PER_CFS.get(units, 1.0)
        self.network = self._network()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let EPANET go and remove its report."""
        en = self._en
        self._quiet(en.closeH, self._ph)
        self._quiet(en.close, self._ph)
        en.deleteproject(self._ph)
        self._folder.cleanup()

    def lay(self, diameters: Mapping[int, float], roughness: Mapping[int, float] | None = None) -> None:
        """Give links (rows) diameters in the file's unit, 0 for a pipe not laid; roughness in the file's unit."""
        en, ph = self._en, self._ph
        for row, diameter in diameters.items():
            en.setlinkvalue(ph, row + 1, en.INITSTATUS, 1.0 if diameter > 0.0 else 0.0)
            en.setlinkvalue(ph, row + 1, en.DIAMETER, diameter if diameter > 0.0 else CLOSED_DIAMETER)
        for row, value in (roughness or {}).items():
            en.setlinkvalue(ph, row + 1, en.ROUGHNESS, value)

    def draw(self, demand_m3_per_s: np.ndarray) -> None:
        """Let every junction draw so much, in place of what the file says."""
        for row in np.flatnonzero(~self.network.fixed).tolist():
            self._en.setnodevalue(self._ph, row + 1, self._en.BASEDEMAND, float(demand_m3_per_s[row] / self._flow))

    def run(self, *, cold: bool = True) -> State:
        """Solve the design laid; ``cold`` from EPANET's own first guess of flows.

        Raises
        ------
        SolverError : EPANET gave up (a code above 100); codes below are warnings and are read as results.
        """
        en, ph = self._en, self._ph
        try:
            self._quiet(en.initH, ph, en.INITFLOW if cold else en.NOSAVE)
            self._quiet(en.runH, ph)
        except Exception as fault:
            raise SolverError("NET-EPANET", str(self._inp), fault=str(fault)) from fault
        nodes, links = len(self.network.node_ids), len(self.network.link_ids)
        error = float(en.getstatistic(ph, en.RELATIVEERROR))
        return State(
            head_m=self._nodes(en.HEAD, nodes) * self._length_m,
            pressure_m=self._nodes(en.HEAD, nodes) * self._length_m - self.network.elevation_m,
            demand_m3_per_s=self._nodes(en.DEMAND, nodes) * self._flow,
            velocity_m_per_s=self._links(en.VELOCITY, links) * self._length_m,
            flow_m3_per_s=self._links(en.FLOW, links) * self._flow,
            balanced=error <= max(1.001 * float(en.getoption(ph, en.ACCURACY)), 1e-3),
        )

    def write(self, path: Path) -> None:
        """Save the network with the design laid."""
        self._en.saveinpfile(self._ph, str(path))

    def _quiet(self, call: Any, *args: Any) -> Any:
        """Call EPANET with its warnings off: it warns of every negative pressure of a trial design."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*args)

    def _errors(self, inp: Path) -> str:
        """What is wrong with a file, by line: told only in the report of a reading that passes errors over."""
        en, report = self._en, Path(self._folder.name) / "errors.rpt"
        project = en.createproject()
        for call in (lambda: en.openX(project, str(inp), str(report), ""), lambda: en.close(project)):
            with suppress(Exception):
                self._quiet(call)
        en.deleteproject(project)
        if not report.is_file():
            return ""
        lines = [line.strip() for line in report.read_text(encoding="utf-8", errors="replace").splitlines()]
        told = [
            f"{line} {after}".strip()
            for line, after in pairwise([*lines, ""])
            if line.startswith("Error") and not line.startswith("Error 200")
        ]
        return "; ".join(told[:3])

    def _nodes(self, quantity: int, count: int) -> np.ndarray:
        return self._read(self._en.getnodevalues, quantity, count)

    def _links(self, quantity: int, count: int) -> np.ndarray:
        return self._read(self._en.getlinkvalues, quantity, count)

    def _read(self, call: Any, quantity: int, count: int) -> np.ndarray:
        """One quantity of all nodes or links, in one call."""
        room = self._en.doubleArray(max(count, 1))
        call(self._ph, quantity, room)
        return np.array([room[i] for i in range(count)])

    def _network(self) -> Network:
        en, ph = self._en, self._ph
        nodes, links = int(en.getcount(ph, en.NODECOUNT)), int(en.getcount(ph, en.LINKCOUNT))
        self._quiet(en.initH, ph, en.INITFLOW)
        with suppress(Exception):  # a part without a source cannot be solved; its demands are known all the same
            self._quiet(en.runH, ph)
        kinds = np.array([en.getlinktype(ph, i + 1) for i in range(links)])
        ends = np.array([en.getlinknodes(ph, i + 1) for i in range(links)]).reshape(-1, 2) - 1
        fixed = np.array([en.getnodetype(ph, i + 1) != en.JUNCTION for i in range(nodes)])
        law = int(en.getoption(ph, en.HEADLOSSFORM))
        rough = self._links(en.ROUGHNESS, links)
        diameter_unit_m = 0.0254 if self._foot else 1e-3
        emitters = self._quiet(self._nodes, en.EMITTER, nodes)
        return Network(
            node_ids=tuple(en.getnodeid(ph, i + 1) for i in range(nodes)),
            elevation_m=self._nodes(en.ELEVATION, nodes) * self._length_m,
            demand_m3_per_s=np.where(fixed, 0.0, self._nodes(en.DEMAND, nodes) * self._flow),
            fixed=fixed,
            head_m=self._nodes(en.HEAD, nodes) * self._length_m,
            link_ids=tuple(en.getlinkid(ph, i + 1) for i in range(links)),
            tail=ends[:, 0],
            head=ends[:, 1],
            length_m=self._links(en.LENGTH, links) * self._length_m,
            diameter_m=self._links(en.DIAMETER, links) * diameter_unit_m,
            roughness=rough * (_FOOT_M * 1e-3 if self._foot else 1e-3) if law == 1 else rough,
            minor=self._links(en.MINORLOSS, links),
            pipe=kinds == en.PIPE,
            laid=self._links(en.INITSTATUS, links) > 0,
            law=law,
            viscosity_m2_per_s=float(en.getoption(ph, en.SP_VISCOS)) * 1.1e-5 * _FOOT_M**2,
            length_unit_m=self._length_m,
            diameter_unit_m=diameter_unit_m,
            plain=bool((kinds == en.PIPE).all())
            and not emitters.any()
            and int(en.getdemandmodel(ph)[0]) == en.DDA
            and int(en.getcount(ph, en.CONTROLCOUNT)) == 0
            and int(en.getcount(ph, en.RULECOUNT)) == 0,
        )
