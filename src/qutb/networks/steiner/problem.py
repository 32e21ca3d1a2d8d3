"""A Steiner problem: edges with lengths, nodes to be joined; read from SteinLib and PACE files."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qutb.core import FormatError, InputError

__all__ = ["SteinerProblem", "read_steiner"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SteinerProblem:
    """``tail``, ``head`` rows of nodes and ``length`` (any unit, not negative) by edge; ``terminals`` rows of nodes."""

    nodes: int
    tail: np.ndarray
    head: np.ndarray
    length: np.ndarray
    terminals: np.ndarray


def read_steiner(path: Path) -> SteinerProblem:
    """Read a ``.gr`` or ``.stp`` file: sections Graph (Nodes, Edges, E or A lines) and Terminals (T lines).

    Raises
    ------
    FormatError : a line that cannot be read, a node out of range, a length that is negative or no number.
    InputError : no terminal.
    """
    edges: list[tuple[int, int, float]] = []
    terminals: list[int] = []
    nodes = 0
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            if words[0] in ("E", "A"):
                edges.append(_edge(words, nodes))
            elif words[0] == "T":
                terminals.append(_node(words[1], nodes))
            elif words[0].lower() == "nodes":
                nodes = int(words[1])
        except (ValueError, IndexError) as fault:
            raise FormatError("NET-STP-FORMAT", str(path), line=number, fault=str(fault)) from fault
    if not nodes or not terminals:
        raise InputError("NET-STP-FORMAT", str(path), line=0, fault="Nodes, Terminals")
    columns = list(zip(*edges, strict=True)) if edges else [(), (), ()]
    return SteinerProblem(
        nodes=nodes,
        tail=np.array(columns[0], np.int64),
        head=np.array(columns[1], np.int64),
        length=np.array(columns[2], float),
        terminals=np.unique(np.array(terminals, np.int64)),
    )


def _edge(words: list[str], nodes: int) -> tuple[int, int, float]:
    length = float(words[3])
    if not math.isfinite(length) or length < 0.0:
        raise ValueError(words[3])
    return _node(words[1], nodes), _node(words[2], nodes), length


def _node(word: str, nodes: int) -> int:
    node = int(word)
    if not 1 <= node <= nodes:
        raise ValueError(word)
    return node - 1
