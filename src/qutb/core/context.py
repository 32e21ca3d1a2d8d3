"""How a run is carried out: progress, cancelling, workers. It never changes an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from qutb.core.errors import Cancelled

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["EFFORTS", "QUIET", "Context", "Effort"]

Effort = Literal["draft", "standard", "full"]
EFFORTS: tuple[Effort, ...] = ("draft", "standard", "full")


def _silent(stage: str, share: float) -> None:
    """Progress that nobody watches."""


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Context:
    """``progress(stage, share)`` is told 0..1, ``cancelled()`` is asked, ``executor`` runs independent work."""

    progress: Callable[[str, float], None] = _silent
    cancelled: Callable[[], bool] = _never
    executor: Executor | None = None
    cores: int = 1

    def report(self, stage: str, share: float) -> None:
        """Tell how far ``stage`` is and stop here if the user asked to."""
        if self.cancelled():
            raise Cancelled("RUN-CANCELLED", stage)
        self.progress(stage, share)


QUIET = Context()
