"""AWS's default quotas: what there is room for. Who had a quota raised may have more room than this says."""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network, RouteTable, SecurityGroup, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

MOST_ENTRIES = 20
"""Network ACL entries per direction, the default deny counted.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
"""

MOST_ROUTES = 500
"""Routes of a table that are not propagated, counted apart for IPv4 and IPv6.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-route-tables
"""

MOST_RULES = 60
"""Rules of a security group per direction, counted apart for IPv4 and IPv6.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
"""

_BOTH = (4, 6)


def has_room_for_route(table: RouteTable, destination: Network | str) -> bool:
    """Say whether the table can have one route more."""
    own = [route for route in table.routes if route.origin != "EnableVgwRoutePropagation"]
    kinds = _versions(destination)
    return all(sum(kind in _versions(route.destination) for route in own) < MOST_ROUTES for kind in kinds)


def has_room_for_rule(snapshot: Snapshot, group: SecurityGroup, rule: SecurityGroupRule) -> bool:
    """Say whether the group can have one rule more; a prefix list counts as many rules as it may have entries.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-size
    """
    same_way = [one for one in group.rules if one.egress == rule.egress] + [rule]
    return all(
        sum(_size(snapshot, one) for one in same_way if kind in _versions(one.peer)) <= MOST_RULES
        for kind in _versions(rule.peer)
    )


def _versions(peer: Network | str) -> tuple[int, ...]:
    if isinstance(peer, str):
        return _BOTH
    return (6,) if isinstance(peer, IPv6Network) else (4,)


def _size(snapshot: Snapshot, rule: SecurityGroupRule) -> int:
    named = snapshot.prefix_lists.get(rule.peer) if isinstance(rule.peer, str) else None
    if named is None:
        return 1
    return named.max_entries or len(named.networks or ()) or 1
