"""What a network ACL lets pass: the lowest rule number that matches decides, on whole sets of ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.packets import Packets, covers, rule_ports
from pathmend.network.ports import NO_PORTS, PortSet

if TYPE_CHECKING:
    from pathmend.snapshot.resources import AclEntry, NetworkAcl

IMPLICIT_DENY = "*"
LAST_RULE = 32767
"""The number under which AWS shows the implicit deny."""


@dataclass(frozen=True, slots=True)
class AclDecision:
    """What one rule decided: the destination ports that it was the first to match."""

    rule: str
    allowed: bool
    ports: PortSet


def decide(acl: NetworkAcl, packets: Packets) -> tuple[AclDecision, ...]:
    """Return which rule decides which of the packets' ports, in rule order; together they cover all of them.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    decisions = []
    left = packets.ports
    for entry in entries_in_order(acl, egress=packets.egress):
        if not left:
            break
        hit = left & entry_ports(entry) if _concerns(entry, packets) else NO_PORTS
        if hit:
            decisions.append(AclDecision(str(entry.rule_number), entry.action == "allow", hit))
            left = left - hit
    if left:
        decisions.append(AclDecision(IMPLICIT_DENY, allowed=False, ports=left))
    return tuple(decisions)


def entries_in_order(acl: NetworkAcl, *, egress: bool) -> list[AclEntry]:
    """Return one direction's rules, the first to be asked first; without AWS's own final deny, which is implicit."""
    own = (entry for entry in acl.entries if entry.egress == egress and entry.rule_number < LAST_RULE)
    return sorted(own, key=lambda entry: entry.rule_number)


def entry_ports(entry: AclEntry) -> PortSet:
    """Return the destination ports (or ICMP types) that an entry speaks of."""
    return rule_ports(entry.protocol, entry.icmp if entry.icmp is not None else entry.ports)


def _concerns(entry: AclEntry, packets: Packets) -> bool:
    return covers(entry.protocol, packets.protocol) and packets.peer in entry.cidr
