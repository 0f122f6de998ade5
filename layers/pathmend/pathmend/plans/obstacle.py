"""Why a change that might help cannot be made, or is not safe, and what a person would have to decide."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands against a change: `because` goes on a sentence that begins with the change, `decide` is one."""

    because: str
    decide: str
    what: str = "a change"

    def __str__(self) -> str:
        return f"{self.what}: {self.because}"
