"""Where every square metre of closed shapes went: into plots, other tables, or out by a named cause."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Entry", "Ledger"]


@dataclass
class Entry:
    """Shapes of one layer that went one way."""

    count: int = 0
    area_m2: float = 0.0


@dataclass
class Ledger:
    """``came``: closed shapes by layer; ``went``: by cause and layer. Areas in m2."""

    came: dict[str, Entry] = field(default_factory=dict)
    went: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def take(self, layer: str, area_m2: float, count: int = 1) -> None:
        entry = self.came.setdefault(layer, Entry())
        entry.count += count
        entry.area_m2 += area_m2

    def drop(self, cause: str, layer: str, area_m2: float, count: int = 1) -> None:
        entry = self.went.setdefault((cause, layer), Entry())
        entry.count += count
        entry.area_m2 += area_m2

    @property
    def came_m2(self) -> float:
        return sum(e.area_m2 for e in self.came.values())

    @property
    def went_m2(self) -> float:
        return sum(e.area_m2 for e in self.went.values())
