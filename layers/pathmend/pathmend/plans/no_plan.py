"""No plan: nothing is proposed, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No change is proposed, and why."""

    reason: str
