"""What a choice of changes weighs: the lightest that repairs is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pathmend.plans.bystanders import leads_somewhere
from pathmend.plans.needed import beyond_need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Cause
    from pathmend.network.difference import Difference, Reach
    from pathmend.snapshot.world import Snapshot

_ALL_PORTS = 65_536


class Weight(NamedTuple):
    """What is compared, the gravest first: lower is better.

    Findings that are left, sentences about what policies grant, what is opened beyond the need (addresses times ports,
    exactly), calls to AWS, interfaces whose way to somewhere changes, other kinds of connections that are cut, and ACL
    entries, of which fewer are easier to read and leave room.

    How many connections are open, no model knows. An interface in a subnet that had a way to a destination and gets
    another is one whose connections to there are cut, however many these are: so interfaces are counted. What a plan
    closes counts nothing: it closes only what no flow that works uses.
    """

    left: int
    grants: int
    beyond: int
    calls: int
    moved: int
    cut: int
    entries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where changes lead to: the world before and after, what differs, the findings left, and grants in sentences."""

    before: Snapshot
    after: Snapshot
    effect: Difference
    left: int = 0
    grants: int = 0


def weight_of(changes: Sequence[Change], outcome: Outcome, causes: Sequence[Cause]) -> Weight:
    """Return what the changes weigh that have this outcome, where these causes say what flows need."""
    before, effect = outcome.before, outcome.effect
    calls, cut, world = 0, 0, before
    for change in changes:
        calls += len(change.requests(world))
        cut += len(change.disrupts(world))
        world = change.after(world)
    return Weight(
        left=outcome.left,
        grants=outcome.grants,
        beyond=sum(size(reach) for reach in beyond_need(effect.opened, causes, before)),
        calls=calls,
        moved=moved_interfaces(effect, before),
        cut=cut,
        entries=sum(len(acl.entries) for acl in outcome.after.network_acls.values()),
    )


def size(reach: Reach) -> int:
    """Return how much a reach is: addresses times ports."""
    return reach.peer.num_addresses * (_ALL_PORTS if reach.ports is None else reach.ports.count())


def moved_interfaces(effect: Difference, world: Snapshot) -> int:
    """Return how many interfaces had a way to somewhere that goes elsewhere from now on."""
    subnets = {one.subnet_id for one in effect.rerouted if leads_somewhere(one.before)}
    return sum(interface.subnet_id in subnets for interface in world.interfaces.values())
