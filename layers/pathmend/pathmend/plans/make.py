"""Make the plan of a diagnosis: for each finding the candidate that clears it and opens least, proven on the model."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import collapse_addresses
from typing import TYPE_CHECKING, TypeAlias

from pathmend.diagnosis.diagnose import diagnose
from pathmend.diagnosis.finding import AclGap, NoMechanicalRepair, WrongRouteTable
from pathmend.network.difference import Difference, difference
from pathmend.plans.bystanders import hurts_others
from pathmend.plans.candidates import candidates
from pathmend.plans.fingerprint import fingerprint, resources_of
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.plan import Plan, PlannedChange, Risk
from pathmend.snapshot.networks import contains

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Cause, Diagnosis, Finding
    from pathmend.network.difference import Reach
    from pathmend.plans.candidates import Candidate
    from pathmend.snapshot.world import Snapshot

Identity: TypeAlias = "tuple[str, str, Cause]"
"""What makes two findings the same: code, resource and cause; evidence may carry figures that change."""

_ALL_PORTS = 65_536


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No change is proposed, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Simulated:
    """A candidate with the world it leads to, what it opens and closes, and how much that weighs."""

    changes: Candidate
    after: Snapshot
    weight: tuple[int, int, int]


def make_plan(diagnosis: Diagnosis, snapshot: Snapshot) -> Plan | NoPlan:
    """Return the smallest plan that clears as many findings as changes can, or why there is none.

    Findings are taken in their order; one that an earlier change cleared already needs none of its own. A candidate
    that brings a new finding, or closes what somebody else may use, is no candidate.
    """
    if not diagnosis.findings:
        return NoPlan("nothing to repair")
    chosen: list[_Simulated] = []
    before = world = without_outdated_health(snapshot, diagnosis.load_balancer_arn)
    for finding in diagnosis.findings:
        best = _best(finding, world, diagnosis.load_balancer_arn)
        if best:
            chosen.append(best)
            world = best.after
    if not chosen:
        return NoPlan("; ".join(dict.fromkeys(_advice(f) for f in diagnosis.findings)))
    return _plan(diagnosis, before, world, tuple(change for best in chosen for change in best.changes))


def _advice(finding: Finding) -> str:
    match finding.cause:
        case NoMechanicalRepair(advice):
            return advice
        case WrongRouteTable(subnet_id, _, None):
            return f"choose the route table of {subnet_id}: no siblings that clients reach agree on one"
        case _:
            return f"no safe change clears {finding.code} of {finding.resource}"


def _best(finding: Finding, world: Snapshot, load_balancer_arn: str) -> _Simulated | None:
    present = {_identity(f) for f in diagnose(world, load_balancer_arn).findings}
    if _identity(finding) not in present:
        return None
    simulated = (_simulate(c, finding, world, load_balancer_arn, present) for c in candidates(finding.cause, world))
    return min((s for s in simulated if s), key=lambda s: s.weight, default=None)


def _simulate(
    changes: Candidate, finding: Finding, world: Snapshot, load_balancer_arn: str, present: set[Identity]
) -> _Simulated | None:
    after = _apply(changes, world)
    left = {_identity(f) for f in diagnose(after, load_balancer_arn).findings}
    if _identity(finding) in left or not left <= present:
        return None
    effect = difference(world, after)
    if hurts_others(effect, world, load_balancer_arn):
        return None
    opens = sum(_size(reach) for reach in effect.opened)
    calls = sum(len(change.requests(world)) for change in changes)
    entries = sum(len(acl.entries) for acl in after.network_acls.values())
    return _Simulated(changes, after, (opens, calls, entries))


def _identity(finding: Finding) -> Identity:
    return (finding.code, finding.resource, finding.cause)


def _apply(changes: Iterable[Change], world: Snapshot) -> Snapshot:
    for change in changes:
        world = change.after(world)
    return world


def _size(reach: Reach) -> int:
    return reach.peer.num_addresses * (_ALL_PORTS if reach.ports is None else reach.ports.count())


def _plan(diagnosis: Diagnosis, before: Snapshot, after: Snapshot, changes: Sequence[Change]) -> Plan:
    left = {_identity(f) for f in diagnose(after, diagnosis.load_balancer_arn).findings}
    unmeasured = {_identity(f) for f in diagnose(before, diagnosis.load_balancer_arn).findings}
    repaired = [f for f in diagnosis.findings if _identity(f) in unmeasured - left]
    effect = difference(before, after)
    beyond = tuple(reach for reach in effect.opened if not _needed(reach, diagnosis.findings))
    disrupts = tuple(dict.fromkeys(text for change in changes for text in change.disrupts(before)))
    return Plan(
        steps=_steps(changes, before),
        repairs=tuple(f.sentence for f in repaired),
        leaves=tuple(f.sentence for f in diagnosis.findings if f not in repaired),
        effect=effect,
        disrupts=disrupts,
        risk=_risk(effect, beyond, disrupts),
        resources=resources_of(changes),
        fingerprint=fingerprint(changes, before),
        beyond=beyond,
    )


def _steps(changes: Sequence[Change], world: Snapshot) -> tuple[PlannedChange, ...]:
    """Return the steps, each seen from the world that the steps before it leave."""
    steps = []
    for change in changes:
        steps.append(PlannedChange(change, change.before(world), change.inverse(world), change.requests(world)))
        world = change.after(world)
    return tuple(steps)


def _needed(reach: Reach, findings: Iterable[Finding]) -> bool:
    """Say whether an opening lies wholly inside what findings' flows need.

    An opening to two neighbouring peers is one network that holds both, so the peers are joined as well.
    """
    gaps = (f.cause for f in findings if isinstance(f.cause, AclGap))
    peers = {peer for gap in gaps if _same_way(gap, reach) for peer in gap.peers if peer.version == reach.peer.version}
    # All of one version, which collapse_addresses asks for and its types do not know.
    return any(contains(block, reach.peer) for block in collapse_addresses(peers))  # type: ignore[type-var]


def _same_way(gap: AclGap, reach: Reach) -> bool:
    place = (gap.acl_id, "egress" if gap.egress else "ingress", gap.protocol)
    same = place == (reach.element_id, reach.direction, reach.protocol)
    return same and reach.ports is not None and not (reach.ports - gap.needed)


def _risk(effect: Difference, beyond: Sequence[Reach], disrupts: Sequence[str]) -> Risk:
    if beyond:
        return Risk.HIGH
    return Risk.MEDIUM if effect.closed or effect.rerouted or disrupts else Risk.LOW
