"""The rules of combinations of security groups, references to groups and prefix lists resolved to addresses."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.packets import rule_ports
from pathmend.network.region import Rule
from pathmend.network.security_group import networks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Network, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

    RulesOf: TypeAlias = Callable[[tuple[str, ...], bool], tuple[Rule, ...]]

Unread: TypeAlias = "tuple[str, str, PortSet]"
"""A prefix list's id, a protocol, and the ports that the list's addresses may use."""
_EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_DISTINCT_GROUP_SETS = 4096


def group_rules(snapshot: Snapshot) -> RulesOf:
    """Return a function from an interface's groups and "egress?" to the rules that hold for it, in one order."""

    @lru_cache(maxsize=_DISTINCT_GROUP_SETS)
    def rules_of(group_ids: tuple[str, ...], egress: bool) -> tuple[Rule, ...]:  # noqa: FBT001 - a cache key
        groups = (snapshot.security_groups[one] for one in group_ids if one in snapshot.security_groups)
        found = {
            Rule(rule.protocol, network, rule_ports(rule.protocol, rule.ports))
            for group in groups
            for rule in group.rules
            if rule.egress == egress
            for network in _networks(snapshot, rule)
        }
        return tuple(sorted(found, key=_order))

    return rules_of


def rules_to_unread_lists(snapshot: Snapshot, group_ids: tuple[str, ...], *, egress: bool) -> frozenset[Unread]:
    """Return the rules whose peer is a prefix list that was not read: it may hold any address."""
    groups = (snapshot.security_groups[one] for one in group_ids if one in snapshot.security_groups)
    return frozenset(
        (str(rule.peer), rule.protocol, rule_ports(rule.protocol, rule.ports))
        for group in groups
        for rule in group.rules
        if rule.egress == egress
        and isinstance(rule.peer, str)
        and not rule.peer.startswith("sg-")
        and networks_of(snapshot, rule.peer) is None
    )


def to_anywhere(unread: Iterable[Unread]) -> tuple[Rule, ...]:
    """Return what such rules may mean at worst: all addresses of both versions."""
    return tuple(Rule(protocol, network, ports) for _, protocol, ports in sorted(unread) for network in _EVERYTHING)


def _networks(snapshot: Snapshot, rule: SecurityGroupRule) -> Iterator[Network]:
    if isinstance(rule.peer, str) and rule.peer.startswith("sg-"):
        yield from (ip_network(address) for address in snapshot.addresses_of_group(rule.peer))
    else:
        yield from networks_of(snapshot, rule.peer) or ()


def _order(rule: Rule) -> tuple[object, ...]:
    network = (rule.network.version, int(rule.network.network_address), rule.network.prefixlen)
    return network, rule.protocol, rule.ports.ranges
