"""The rules of combinations of security groups, with references to groups replaced by their members' addresses."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.packets import rule_ports
from pathmend.network.region import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.snapshot.resources import Network, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

    RulesOf: TypeAlias = Callable[[tuple[str, ...], bool], tuple[Rule, ...]]

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


def _networks(snapshot: Snapshot, rule: SecurityGroupRule) -> Iterator[Network]:
    if isinstance(rule.peer, str):
        yield from (ip_network(address) for address in snapshot.addresses_of_group(rule.peer))
    else:
        yield rule.peer


def _order(rule: Rule) -> tuple[object, ...]:
    network = (rule.network.version, int(rule.network.network_address), rule.network.prefixlen)
    return network, rule.protocol, rule.ports.ranges
