"""AWS's quotas: what there is room for, and what to do where there is none.

Whose quota was raised may have more room than the default says. That it was raised shows where more is there already
than the default allows; then AWS's own maximum counts, as what the account may have is not read: AWS refuses a call too
many, and nothing is changed then.
"""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from pathmend.plans.obstacle import Obstacle

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network, NetworkAcl, RouteTable, SecurityGroup, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

LAST_RULE_NUMBER = 32766
"""The highest number of an entry that people may use: 32767 is AWS's own deny.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
"""

MOST_ENTRIES, MOST_ENTRIES_RAISED = 20, 40
"""Network ACL entries per direction, the default deny counted.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
"""

MOST_ROUTES, MOST_ROUTES_RAISED = 500, 1000
"""Routes of a table that are not propagated, counted apart for IPv4 and IPv6.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-route-tables
"""

MOST_RULES, MOST_RULES_OF_INTERFACE = 60, 1000
"""Rules of a security group per direction, counted apart for IPv4 and IPv6; and those of all groups of an interface.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
"""

LONGEST_ENDPOINT_POLICY = 20_480
"""Characters of a VPC endpoint's policy, white space counted; nobody can have more.

Source: https://docs.aws.amazon.com/general/latest/gr/vpc-service.html
"""

_BOTH = (4, 6)


def no_room_for_entries(acl: NetworkAcl, count: int, *, egress: bool) -> Obstacle | None:
    """Return that the ACL cannot have so many entries more in this direction, if so."""
    # The default deny is listed once per version of IP; it counts once.
    held = sum(one.egress == egress and one.rule_number <= LAST_RULE_NUMBER for one in acl.entries) + 1
    most = MOST_ENTRIES_RAISED if held > MOST_ENTRIES else MOST_ENTRIES
    if held + count <= most:
        return None
    way = "out" if egress else "in"
    return Obstacle(
        f"no room: {acl.id} holds {held} of {most} entries {way} (quota: rules per network ACL)",
        _advice(f"take an entry that nothing needs out of {acl.id}", "rules per network ACL", MOST_ENTRIES_RAISED),
        what=f"add {'an entry' if count == 1 else f'{count} entries'} to {acl.id}",
    )


def no_room_for_route(table: RouteTable, destination: Network | str) -> Obstacle | None:
    """Return that the table cannot have one route more, if so."""
    own = [route for route in table.routes if route.origin != "EnableVgwRoutePropagation"]
    held = max(sum(kind in _versions(route.destination) for route in own) for kind in _versions(destination))
    most = MOST_ROUTES_RAISED if held > MOST_ROUTES else MOST_ROUTES
    if held < most:
        return None
    return Obstacle(
        f"no room: {table.id} holds {held} of {most} routes (quota: routes per route table)",
        _advice(f"take a route that nothing needs out of {table.id}", "routes per route table", MOST_ROUTES_RAISED),
        what=f"add a route to {destination} to {table.id}",
    )


def no_room_for_rule(snapshot: Snapshot, group: SecurityGroup, rule: SecurityGroupRule) -> Obstacle | None:
    """Return that the group, or an interface that carries it, cannot have one rule more, if so.

    A prefix list counts as many rules as it may have entries.
    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-size
    """
    added, kinds = _size(snapshot, rule), _versions(rule.peer)
    held = max(_held(snapshot, (group,), rule, kind) for kind in kinds)
    together = max((_held(snapshot, own, rule, kind) for own in _with(snapshot, group) for kind in kinds), default=0)
    most = MOST_RULES_OF_INTERFACE if held > MOST_RULES else MOST_RULES
    if held + added <= most and together + added <= MOST_RULES_OF_INTERFACE:
        return None
    quota = "rules per security group" if held + added > most else "security groups per interface times rules"
    full = (held, most) if held + added > most else (together, MOST_RULES_OF_INTERFACE)
    return Obstacle(
        f"no room for {added} more: {full[0]} of {full[1]} rules are taken (quota: {quota})",
        _advice(f"take a rule that nothing needs out of {group.id}", quota, MOST_RULES_OF_INTERFACE),
        what=f"add a rule to {group.id}",
    )


def too_long_for_endpoint(endpoint_id: str, policy: str) -> Obstacle | None:
    """Return that the endpoint cannot have so long a policy, if so."""
    if len(policy) <= LONGEST_ENDPOINT_POLICY:
        return None
    return Obstacle(
        f"the policy would have {len(policy):,} characters of {LONGEST_ENDPOINT_POLICY:,} (quota: endpoint policy)",
        f"shorten the policy of {endpoint_id}: AWS raises this quota for nobody",
        what=f"extend the policy of {endpoint_id}",
    )


def _advice(make_room: str, quota: str, most: int) -> str:
    return f'{make_room}, or ask AWS for more (Service Quotas, "{quota}", up to {most})'


def _with(snapshot: Snapshot, group: SecurityGroup) -> set[tuple[SecurityGroup, ...]]:
    """Return the groups of each interface that carries this one."""
    known = snapshot.security_groups
    carried = {one.group_ids for one in snapshot.interfaces.values() if group.id in one.group_ids}
    return {tuple(known[name] for name in names if name in known) for names in carried}


def _held(snapshot: Snapshot, groups: tuple[SecurityGroup, ...], rule: SecurityGroupRule, kind: int) -> int:
    rules = [one for group in groups for one in group.rules if one.egress == rule.egress]
    return sum(_size(snapshot, one) for one in rules if kind in _versions(one.peer))


def _versions(peer: Network | str) -> tuple[int, ...]:
    if isinstance(peer, str):
        return _BOTH
    return (6,) if isinstance(peer, IPv6Network) else (4,)


def _size(snapshot: Snapshot, rule: SecurityGroupRule) -> int:
    named = snapshot.prefix_lists.get(rule.peer) if isinstance(rule.peer, str) else None
    if named is None:
        return 1
    return named.max_entries or len(named.networks or ()) or 1
