"""The rules a user sets: what may be done with which kind of change."""

from __future__ import annotations

from dataclasses import dataclass

from pathmend.guardrails.decision import Mode


@dataclass(frozen=True, slots=True)
class Rules:
    """`ceiling` is the account-wide mode, which nothing exceeds; `by_kind` is the mode of each kind of change.

    A kind that is not listed is asked about: nothing acts by itself out of the box. `kill_switch` stops every change.
    """

    ceiling: Mode = Mode.ASK
    by_kind: tuple[tuple[str, Mode], ...] = ()
    kill_switch: bool = False

    def mode_of(self, kind: str) -> Mode:
        """Return the mode of a kind of change, before the ceiling."""
        return dict(self.by_kind).get(kind, Mode.ASK)
