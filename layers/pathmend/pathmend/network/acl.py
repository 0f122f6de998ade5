"""What a network ACL lets pass: the lowest rule number that matches decides, on whole sets of ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.packets import Packets, covers, interval, rule_ports
from pathmend.network.ports import NO_PORTS, PortSet
from pathmend.network.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.resources import AclEntry, Address, NetworkAcl
    from pathmend.snapshot.world import Snapshot

IMPLICIT_DENY = "*"
LAST_RULE = 32767
"""The number under which AWS shows the implicit deny."""
ENTRY_QUOTA = 20
"""Entries per direction, AWS's final deny counted; adjustable to 40."""
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class AclDecision:
    """What one rule decided: the destination ports that it was the first to match."""

    rule: str
    allowed: bool
    ports: PortSet


class AclTable:
    """One direction of an ACL for one protocol, its rules as intervals, and what they decided for each range before."""

    __slots__ = ("_known", "_rows", "_spans")

    def __init__(self, acl: NetworkAcl, protocol: str, *, egress: bool) -> None:
        own = [entry for entry in entries_in_order(acl, egress=egress) if covers(entry.protocol, protocol)]
        self._spans = Spans(entry.cidr for entry in own)
        self._rows = [(*interval(entry.cidr), entry_ports(entry), entry) for entry in own]
        self._known: dict[tuple[Span, PortSet], tuple[AclDecision, ...]] = {}

    def span(self, peer: Address) -> Span:
        """Return the range of addresses that all fare like this one."""
        return self._spans.of(peer)

    def decide(self, span: Span, ports: PortSet) -> tuple[AclDecision, ...]:
        """Return which rule decides which of the ports, in rule order; together they cover all of them."""
        decisions = self._known.get((span, ports))
        if decisions is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            decisions = self._known[span, ports] = tuple(self._decisions(span, ports))
        return decisions

    def _decisions(self, span: Span, left: PortSet) -> Iterator[AclDecision]:
        version, number = span[0], self._spans.first(span)
        for own, first, last, ports, entry in self._rows:
            hit = left & ports if own == version and first <= number <= last else NO_PORTS
            if hit:
                yield AclDecision(str(entry.rule_number), entry.action == "allow", hit)
                left = left - hit
        if left:
            yield AclDecision(IMPLICIT_DENY, allowed=False, ports=left)


def decide(acl: NetworkAcl, packets: Packets) -> tuple[AclDecision, ...]:
    """Return which rule decides which of the packets' ports, in rule order; together they cover all of them.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    table = AclTable(acl, packets.protocol, egress=packets.egress)
    return table.decide(table.span(packets.peer), packets.ports)


class AclTables:
    """The compiled ACLs of a snapshot, each compiled when it is first asked."""

    def __init__(self, _: Snapshot) -> None:
        self._tables: dict[tuple[str, str, bool], AclTable] = {}

    def of(self, acl: NetworkAcl, protocol: str, *, egress: bool) -> AclTable:
        """Return the table of one of the snapshot's ACLs."""
        key = acl.id, protocol, egress
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = AclTable(acl, protocol, egress=egress)
        return table


def free_slots(acl: NetworkAcl, *, egress: bool, quota: int = ENTRY_QUOTA) -> int:
    """Return how many entries the direction still takes, per IP version at worst; AWS's final deny is counted.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    """
    versions = [entry.cidr.version for entry in entries_in_order(acl, egress=egress)]
    return max(0, quota - 1 - max(versions.count(4), versions.count(6)))


def entries_in_order(acl: NetworkAcl, *, egress: bool) -> list[AclEntry]:
    """Return one direction's rules, the first to be asked first; without AWS's own final deny, which is implicit."""
    own = (entry for entry in acl.entries if entry.egress == egress and entry.rule_number < LAST_RULE)
    return sorted(own, key=lambda entry: entry.rule_number)


def entry_ports(entry: AclEntry) -> PortSet:
    """Return the destination ports (or ICMP types) that an entry speaks of."""
    return rule_ports(entry.protocol, entry.icmp if entry.icmp is not None else entry.ports)
