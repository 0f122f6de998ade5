"""Time a thing often enough to say something about it."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CPU = "ms CPU"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: `value` in `unit`, and what sets it in proportion."""

    group: str
    what: str
    value: float
    unit: str
    proportion: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """The middle and the slowest twentieth of some runs, in milliseconds."""

    median_ms: float
    p95_ms: float
    runs: int

    @property
    def spread(self) -> str:
        """Say the tail and how often it was measured."""
        return f"p95 {self.p95_ms:.2f} ms, {self.runs} runs"


def timed(
    action: Callable[[], object], *, runs: int, warm_up: int = 2, clock: Callable[[], float] = time.process_time
) -> Timing:
    """Run `action` and return how long it takes once it is warm, by default in time of the processor.

    A busy machine stretches the time on the wall, and hardly that of the processor.
    """
    for _ in range(warm_up):
        action()
    spans = []
    for _ in range(runs):
        begun = clock()
        action()
        spans.append((clock() - begun) * 1000)
    spans.sort()
    return Timing(statistics.median(spans), spans[min(len(spans) - 1, int(len(spans) * 0.95))], runs)
