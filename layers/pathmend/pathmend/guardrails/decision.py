"""The decision about a plan, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What may be done with a plan; REPORT is the strictest, ACT the loosest."""

    REPORT = "report"
    ASK = "ask"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Decision:
    """A mode and the sentences that led to it, in the order in which they were found."""

    mode: Mode
    reasons: tuple[str, ...]
