"""Changes one after the other: the steps of a plan, the world that they lead to, and what they cut on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.plans.outdated_health import judged_anew
from pathmend.plans.plan import PlannedChange, Risk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Snapshot


def apply(changes: Iterable[Change], world: Snapshot) -> Snapshot:
    """Return the world that the changes lead to, one after the other, without health that they make out of date."""
    for change in changes:
        world = judged_anew(change, world)
    return world


def steps_of(changes: Iterable[Change], world: Snapshot) -> Iterator[PlannedChange]:
    """Yield the steps, each seen from the world that the steps before it leave."""
    for change in changes:
        after, undo = change.after(world), change.inverse(world)
        yield PlannedChange(change, change.before(world), undo, change.requests(world), undo.requests(after))
        world = after


def disrupted(changes: Iterable[Change], world: Snapshot) -> tuple[str, ...]:
    """Name the open connections that the changes cut, each as they are when its turn comes."""
    found: list[str] = []
    for change in changes:
        found += change.disrupts(world)
        world = change.after(world)
    return tuple(dict.fromkeys(found))


def risk(*, beyond: bool, moves: bool) -> Risk:
    """Return how much a plan can hurt that opens something beyond the need, or else closes, moves or grants any."""
    if beyond:
        return Risk.HIGH
    return Risk.MEDIUM if moves else Risk.LOW
