"""A candidate tried on the model: the world it leads to, and how much it opens, calls and cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pathmend.diagnosis.diagnose import diagnose
from pathmend.network.difference import difference
from pathmend.plans.bystanders import hurts_others
from pathmend.plans.candidates import candidates
from pathmend.plans.grants import grants_of
from pathmend.plans.intents import intent_against
from pathmend.plans.steps import apply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.diagnosis.finding import Cause, Finding
    from pathmend.network.difference import Reach
    from pathmend.plans.dependency_candidates import Candidate
    from pathmend.snapshot.world import Snapshot

Identity: TypeAlias = "tuple[str, str, Cause]"
"""What makes two findings the same: code, resource and cause; evidence may carry figures that change."""

_ALL_PORTS = 65_536


@dataclass(frozen=True, slots=True)
class Simulated:
    """A candidate for a finding, the world it leads to, what it grants, what it reveals, and how much it weighs.

    `against` says whose intents it may go against.
    """

    finding: Finding
    changes: Candidate
    after: Snapshot
    grants: tuple[str, ...]
    revealed: tuple[Finding, ...]
    against: tuple[str, ...]
    weight: tuple[int, ...]


def identity(finding: Finding) -> Identity:
    """Return what makes the finding the same in two diagnoses."""
    return (finding.code, finding.resource, finding.cause)


def best(finding: Finding, world: Snapshot, load_balancer_arn: str) -> Simulated | None:
    """Return the candidate that clears the finding and weighs least; None where none does, or it is cleared already.

    What opens least weighs least, then what takes the fewest calls, then what cuts the fewest connections.
    """
    present = diagnose(world, load_balancer_arn).findings
    if identity(finding) not in {identity(one) for one in present}:
        return None
    tried = (_simulate(one, finding, world, present, load_balancer_arn) for one in candidates(finding.cause, world))
    return min((one for one in tried if one), key=lambda one: one.weight, default=None)


def _simulate(
    changes: Candidate, finding: Finding, world: Snapshot, present: Sequence[Finding], load_balancer_arn: str
) -> Simulated | None:
    after = apply(changes, world)
    known = {identity(one) for one in present}
    left = diagnose(after, load_balancer_arn).findings
    fresh = tuple(one for one in left if identity(one) not in known)
    if identity(finding) in {identity(one) for one in left} or not all(_was_hidden(one, present) for one in fresh):
        return None
    effect = difference(world, after)
    if hurts_others(effect, world, load_balancer_arn):
        return None
    granted = tuple(text for change in changes for text in grants_of(change, finding.cause, world))
    against = tuple(dict.fromkeys(filter(None, (intent_against(change, world) for change in changes))))
    opens = sum(_size(reach) for reach in effect.opened)
    calls = sum(len(change.requests(world)) for change in changes)
    cuts = sum(len(change.disrupts(world)) for change in changes)
    entries = sum(len(acl.entries) for acl in after.network_acls.values())
    return Simulated(finding, changes, after, granted, fresh, against, (len(granted), opens, calls, cuts, entries))


def _was_hidden(fresh: Finding, present: Sequence[Finding]) -> bool:
    """Say whether a finding that was not there stands in the way of nothing but what something stood in the way of.

    A route that is missing hides the firewall behind it. What hinders a need that was met is harm.
    """
    hindered = {need for one in present for need in one.needs}
    return bool(fresh.needs) and set(fresh.needs) <= hindered


def _size(reach: Reach) -> int:
    return reach.peer.num_addresses * (_ALL_PORTS if reach.ports is None else reach.ports.count())
