"""Decide what may be done with a plan. Every reason is a sentence; the strictest of them wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.guardrails.decision import Decision, Mode
from pathmend.network.acl import entries_in_order, entry_ports
from pathmend.network.packets import covers
from pathmend.plans.make import NoPlan
from pathmend.snapshot.networks import contains, is_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.guardrails.rules import Rules
    from pathmend.network.difference import Reach
    from pathmend.plans.plan import Plan, PlannedChange
    from pathmend.snapshot.resources import AclEntry, Network, Tags
    from pathmend.snapshot.world import Snapshot

MODE_TAG = "pathmend:mode"
ADMIN_PORTS = (22, 3389)
_WEIGHED = ("NetworkAcls", "NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "TagDescriptions")
"""Kinds by which a plan's effect on others, and what its owner's tags forbid, are weighed."""

_STRICTNESS = (Mode.REPORT, Mode.ASK, Mode.ACT)


def decide(plan: Plan | NoPlan, snapshot: Snapshot, rules: Rules, *, quiet: str | None = None) -> Decision:
    """Return the mode for the plan: the loosest that no rule, tag or refusal forbids.

    `quiet` is why the alarm's own actions are held back: a muted or suppressed alarm is reported, never acted on.
    """
    if isinstance(plan, NoPlan):
        return Decision(Mode.REPORT, (plan.reason,))
    verdicts = [*_refusals(plan, snapshot, rules, quiet), *_wishes(plan, snapshot, rules)]
    strictest = min((mode for mode, _ in verdicts), key=_STRICTNESS.index)
    return Decision(strictest, tuple(dict.fromkeys(reason for mode, reason in verdicts if mode is strictest)))


def _refusals(plan: Plan, snapshot: Snapshot, rules: Rules, quiet: str | None) -> Iterator[tuple[Mode, str]]:
    if rules.kill_switch:
        yield Mode.REPORT, "the kill switch is on: nothing is changed"
    if quiet:
        yield Mode.REPORT, quiet
    for kind in (kind for kind in _WEIGHED if kind in snapshot.unread):
        yield Mode.REPORT, f"{kind}: not read, so whom the plan would hurt is unknown ({snapshot.unread[kind]})"
    yield from _about_openings(plan, snapshot)


def _about_openings(plan: Plan, snapshot: Snapshot) -> Iterator[tuple[Mode, str]]:
    for reach in plan.effect.opened:
        if reach.direction == "ingress" and not _internal(reach.peer, snapshot):
            yield Mode.REPORT, f"the plan would open {_words(reach)} to addresses outside private networks"
    for reach in plan.beyond:
        if reach.ports is None or any(port in reach.ports for port in ADMIN_PORTS):
            yield Mode.REPORT, f"the plan would open {_words(reach)}, which includes an administration port (22, 3389)"


def _internal(network: Network, snapshot: Snapshot) -> bool:
    """Say whether all of a network is private: by its address, or because it lies inside a VPC that was read."""
    blocks = (block for vpc in snapshot.vpcs.values() for block in vpc.cidrs)
    return is_private(network) or any(contains(block, network) for block in blocks)


def _wishes(plan: Plan, snapshot: Snapshot, rules: Rules) -> Iterator[tuple[Mode, str]]:
    yield rules.ceiling, f"the account-wide mode is {rules.ceiling.value}"
    for step in plan.steps:
        mode = rules.mode_of(step.change.kind)
        yield mode, f"the rule for {step.change.kind} is {mode.value}"
        yield from _about_denies(step, snapshot)
    for resource_id in _touched(plan):
        resource = snapshot.find(resource_id)
        if resource is not None:
            yield from _from_tags(resource_id, resource.tags)


def _about_denies(step: PlannedChange, snapshot: Snapshot) -> Iterator[tuple[Mode, str]]:
    change = step.change
    if isinstance(change, SetAclEntry) and (_removes_deny(step.undo) or _overrides_deny(change, snapshot)):
        yield Mode.ASK, f"removing a deny of {change.acl_id} is asked: somebody may have meant it"


def _removes_deny(undo: object) -> bool:
    return isinstance(undo, SetAclEntry) and undo.entry is not None and undo.entry.action == "deny"


def _overrides_deny(change: SetAclEntry, snapshot: Snapshot) -> bool:
    """Say whether an entry that allows is put ahead of an explicit deny about the same: that removes it in effect."""
    acl, entry = snapshot.network_acls.get(change.acl_id), change.entry
    if acl is None or entry is None or entry.action == "deny":
        return False
    later = (e for e in entries_in_order(acl, egress=change.egress) if e.rule_number > change.rule_number)
    return any(e.action == "deny" and _overlap(e, entry) for e in later)


def _overlap(one: AclEntry, other: AclEntry) -> bool:
    same_protocol = covers(one.protocol, other.protocol) or covers(other.protocol, one.protocol)
    same_peers = contains(one.cidr, other.cidr) or contains(other.cidr, one.cidr)
    return same_protocol and same_peers and bool(entry_ports(one) & entry_ports(other))


def _touched(plan: Plan) -> tuple[str, ...]:
    """Return what the plan touches or relies on, and what its undo would: the table that a subnet leaves, too."""
    undone = (resource for step in plan.steps for resource in step.undo.resources)
    return tuple(dict.fromkeys((*plan.resources, *undone)))


def _from_tags(resource_id: str, tags: Tags) -> Iterator[tuple[Mode, str]]:
    """Yield what a resource's tags say; AWS spells FIS's tag managedByFIS and managedbyFIS, so case is ignored."""
    for key, value in tags:
        if key.lower() == "managedbyfis" and value.lower() == "true":
            yield (
                Mode.REPORT,
                f"{resource_id} is managed by AWS Fault Injection Service (tag {key}): an experiment runs",
            )
        if key == MODE_TAG:
            yield _tagged_mode(value), f"{resource_id} is tagged {MODE_TAG}={value}"


def _tagged_mode(value: str) -> Mode:
    """Return the mode that the tag names; a value that is none is the strictest: somebody wanted a restriction."""
    return next((mode for mode in Mode if mode.value == value.strip().lower()), Mode.REPORT)


def _words(reach: Reach) -> str:
    return f"{reach.direction} of {reach.element_id} for {reach.peer} ports {reach.ports or 'all'}"
