"""A plan: ordered changes with what the model predicts of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.changes.change import ApiRequest, Change
    from pathmend.network.difference import Difference, Reach


class Risk(Enum):
    """How much a plan can hurt: low opens nothing beyond the repair and cuts nothing, high may cut many."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change as it was planned: the state of its slot, its undo and the calls that both make.

    `undo_requests` are those that undo it as the model sees the world after it; ids that AWS makes up may differ.
    """

    change: Change
    before: str
    undo: Change
    requests: tuple[ApiRequest, ...]
    undo_requests: tuple[ApiRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered changes, the findings they clear and leave, and their effect on who reaches what.

    `beyond` is the part of what it opens that the repaired flows do not need. `fingerprint` covers the changes and the
    state of every resource in `resources`, which the changes or their undos touch or rely on: an approval is for that
    and nothing else. `states` has a digest of each of these, to say which one drifted. `refusals` say why nothing safe
    clears what it leaves, and what is to decide. `grants` are sentences that say what policies and firewalls allow
    after it and did not before, `deferred` the findings that wait for a round, and an approval, of their own. `breaks`
    are findings that it brings: only an undo that a person asks for may have any.
    """

    steps: tuple[PlannedChange, ...]
    repairs: tuple[str, ...]
    leaves: tuple[str, ...]
    effect: Difference
    disrupts: tuple[str, ...]
    risk: Risk
    resources: tuple[str, ...]
    fingerprint: str
    beyond: tuple[Reach, ...] = ()
    grants: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes in the order of application."""
        return tuple(step.change for step in self.steps)
