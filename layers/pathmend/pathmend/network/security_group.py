"""What the security groups of an interface let pass: the union of what each of them allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.packets import Packets, covers, interval, rule_ports
from pathmend.network.ports import NO_PORTS, PortSet
from pathmend.network.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.resources import Address, Network, NetworkInterface, SecurityGroup, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

_REMEMBERED = 4096
Question: TypeAlias = "tuple[Span, PortSet, tuple[str, ...] | None]"
"""The peer's range of addresses, the ports, and the peer's groups; None where nobody knows them."""


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """The ports that pass, the groups that let them, and what must be known to say more.

    `has_rules` is whether any of the groups has any rule in that direction.
    """

    passing: PortSet
    group_ids: tuple[str, ...]
    unknown: tuple[str, ...]
    has_rules: bool


class GroupTable:
    """One direction of some groups together for one protocol: networks as intervals, references by group."""

    __slots__ = ("_has_rules", "_known", "_listed", "_peers", "_referred", "_spans", "_unread")

    def __init__(self, snapshot: Snapshot, group_ids: tuple[str, ...], protocol: str, *, egress: bool) -> None:
        groups = [snapshot.security_groups[one] for one in group_ids if one in snapshot.security_groups]
        own = [(group, rule) for group in groups for rule in group.rules if rule.egress == egress]
        fitting = [(group, rule) for group, rule in own if covers(rule.protocol, protocol)]
        networks = [
            (group, rule, network) for group, rule in fitting for network in networks_of(snapshot, rule.peer) or ()
        ]
        self._has_rules = bool(own)
        self._spans = Spans(network for *_, network in networks)
        self._peers = [(*interval(network), _ports(rule), group.id) for group, rule, network in networks]
        self._referred = [
            (_references(snapshot, rule), _ports(rule), group.id) for group, rule in fitting if _refers(rule)
        ]
        self._listed = [_missing_list(snapshot, group, rule) for group, rule in fitting]
        self._unread = [
            f"security group {one} was not read" for one in group_ids if one not in snapshot.security_groups
        ]
        self._known: dict[Question, GroupDecision] = {}

    def span(self, peer: Address) -> Span:
        """Return the range of addresses that all fare like this one, references aside."""
        return self._spans.of(peer)

    def decide(self, question: Question) -> GroupDecision:
        """Return what passes."""
        decision = self._known.get(question)
        if decision is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            decision = self._known[question] = self._decide(question)
        return decision

    def _decide(self, question: Question) -> GroupDecision:
        passing, groups = NO_PORTS, []
        for ports, group_id in self._matches(question):
            passing |= ports
            groups.append(group_id)
        unknown = (*self._unread, *self._doubts(question))
        return GroupDecision(passing, tuple(dict.fromkeys(groups)), tuple(dict.fromkeys(unknown)), self._has_rules)

    def _matches(self, question: Question) -> Iterator[tuple[PortSet, str]]:
        span, ports, peer_groups = question
        version, number = span[0], self._spans.first(span)
        for own, first, last, allowed, group_id in self._peers:
            if own == version and first <= number <= last and ports & allowed:
                yield ports & allowed, group_id
        for (referred, _), allowed, group_id in self._referred:
            if referred in (peer_groups or ()) and ports & allowed:
                yield ports & allowed, group_id

    def _doubts(self, question: Question) -> Iterator[str]:
        """Return what must be known of rules that may or may not mean the peer."""
        _, ports, peer_groups = question
        for (referred, known), allowed, group_id in self._referred:
            if peer_groups is None and not known and ports & allowed:
                yield f"the addresses of {referred}, which {group_id} refers to, were not read"
        for name, allowed, group_id in (one for one in self._listed if one):
            if ports & allowed:
                yield f"the addresses of {name}, which {group_id} refers to, were not read"


def networks_of(snapshot: Snapshot, peer: Network | str) -> tuple[Network, ...] | None:
    """Return the networks that a rule's peer or a route's destination means; None for groups and unread lists."""
    if not isinstance(peer, str):
        return (peer,)
    known = snapshot.prefix_lists.get(peer)
    return known.networks if known else None


def _refers(rule: SecurityGroupRule) -> bool:
    return isinstance(rule.peer, str) and rule.peer.startswith("sg-")


def _references(snapshot: Snapshot, rule: SecurityGroupRule) -> tuple[str, bool]:
    peer = str(rule.peer)
    return peer, peer in snapshot.security_groups and "NetworkInterfaces" not in snapshot.unread


def _missing_list(snapshot: Snapshot, group: SecurityGroup, rule: SecurityGroupRule) -> tuple[str, PortSet, str] | None:
    unread = isinstance(rule.peer, str) and not _refers(rule) and networks_of(snapshot, rule.peer) is None
    return (str(rule.peer), _ports(rule), group.id) if unread else None


def _ports(rule: SecurityGroupRule) -> PortSet:
    return rule_ports(rule.protocol, rule.ports)


class GroupTables:
    """The compiled security groups of a snapshot, each combination compiled when it is first asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tables: dict[tuple[tuple[str, ...], str, bool], GroupTable] = {}

    def of(self, group_ids: tuple[str, ...], protocol: str, *, egress: bool) -> GroupTable:
        """Return the table of some groups together."""
        key = group_ids, protocol, egress
        table = self._tables.get(key)
        if table is None:
            table = self._tables[key] = GroupTable(self._snapshot, group_ids, protocol, egress=egress)
        return table


def decide(snapshot: Snapshot, interface: NetworkInterface, packets: Packets) -> GroupDecision:
    """Return what the interface's groups let pass of new connections; replies pass by themselves.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    table = snapshot.derived(GroupTables).of(interface.group_ids, packets.protocol, egress=packets.egress)
    peer_groups = packets.peer_groups
    if peer_groups is None:
        owner = snapshot.interface_at(interface.vpc_id, packets.peer)
        peer_groups = owner.group_ids if owner else None
    return table.decide((table.span(packets.peer), packets.ports, peer_groups))


def rule_count(snapshot: Snapshot, group: SecurityGroup, *, egress: bool) -> int | None:
    """Return how many rules the group has by AWS's count, a prefix list being its max entries; None where unknown.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    """
    total = 0
    for rule in group.rules:
        if rule.egress != egress:
            continue
        if isinstance(rule.peer, str) and not _refers(rule):
            known = snapshot.prefix_lists.get(rule.peer)
            if known is None or known.max_entries is None:
                return None
            total += known.max_entries
        else:
            total += 1
    return total
