"""What the security groups of an interface let pass: the union of what each of them allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.packets import Packets, covers, rule_ports
from pathmend.network.ports import NO_PORTS, PortSet

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NetworkInterface, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """The ports that pass, the groups that let them, and what must be known to say more.

    `has_rules` is whether any of the groups has any rule in that direction.
    """

    passing: PortSet
    group_ids: tuple[str, ...]
    unknown: tuple[str, ...]
    has_rules: bool


def decide(snapshot: Snapshot, interface: NetworkInterface, packets: Packets) -> GroupDecision:
    """Return what the interface's groups let pass of new connections; replies pass by themselves.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    passing, groups, unknown = NO_PORTS, [], []
    has_rules = False
    for group_id in interface.group_ids:
        group = snapshot.security_groups.get(group_id)
        if group is None:
            unknown.append(f"security group {group_id} was not read")
            continue
        for rule in group.rules:
            if rule.egress != packets.egress:
                continue
            has_rules = True
            hit = _hit(rule, packets)
            member = matches(snapshot, rule.peer, packets.peer) if hit else False
            if member is None:
                unknown.append(f"the addresses of {rule.peer}, which {group_id} refers to, were not read")
            elif member:
                passing |= hit
                groups.append(group_id)
    return GroupDecision(passing, tuple(dict.fromkeys(groups)), tuple(dict.fromkeys(unknown)), has_rules)


def _hit(rule: SecurityGroupRule, packets: Packets) -> PortSet:
    if not covers(rule.protocol, packets.protocol):
        return NO_PORTS
    return packets.ports & rule_ports(rule.protocol, rule.ports)


def matches(snapshot: Snapshot, peer: object, address: Address) -> bool | None:
    """Return whether a rule's peer means the address; None when the snapshot cannot tell."""
    if not isinstance(peer, str):
        return address in peer  # type: ignore[operator]
    if address in snapshot.addresses_of_group(peer):
        return True
    known = peer in snapshot.security_groups and "NetworkInterfaces" not in snapshot.unread
    return False if known else None
