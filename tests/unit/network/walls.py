"""Network firewalls in two lines: rule groups by what is written in them, and what their firewall says."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from pathmend.network.firewall import inspect
from pathmend.network.firewall_match import Connection
from pathmend.network.firewall_stateful import Findings
from pathmend.network.flow import Application
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL
from pathmend.snapshot.firewall import Firewall, FirewallPolicy, GroupReference, RuleGroup
from pathmend.snapshot.parse_firewall import with_record
from pathmend.snapshot.resources import NatGateway, RouteTableAssociation, VpcEndpoint
from tests.builders import (
    EVERYWHERE,
    S3_PREFIX_LIST,
    VPC_ID,
    a_route,
    a_route_table,
    a_subnet,
    a_vpc,
    a_workshop,
    a_world,
    with_association,
)

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

WALL, POLICY = "arn:firewall/wall", "arn:firewall-policy/rules"
INSIDE, OUTSIDE = "10.0.1.10", "198.51.100.7"
STRICT: dict[str, Any] = {"strict": True}
DENY: dict[str, Any] = {"strict": True, "stateful_defaults": ("aws:alert_established", "aws:drop_established")}


def a_group(source: dict[str, Any], name: str = "group", *, stateful: bool = True, **more: Any) -> RuleGroup:
    """Return a rule group with this "RulesSource" as AWS writes it."""
    group = RuleGroup(f"arn:rulegroup/{name}", name, stateful, None, update_token="token")
    return with_record(group, json.dumps({"RulesSource": source, **more}))


def a_text(*rules: str, name: str = "group", **more: Any) -> RuleGroup:
    """Return a group of Suricata's rules; one that has no options is given a sid."""
    lines = (f"{one} (sid:{sid};)" if "(" not in one else one for sid, one in enumerate(rules, start=1))
    return a_group({"RulesString": "\n".join(lines)}, name, **more)


def a_list(
    kind: str, *targets: str, types: tuple[str, ...] = ("HTTP_HOST", "TLS_SNI"), name: str = "group"
) -> RuleGroup:
    """Return a domain list."""
    listed = {"GeneratedRulesType": kind, "Targets": list(targets), "TargetTypes": list(types)}
    return a_group({"RulesSourceList": listed}, name)


def packets(*rules: tuple[int, str, dict[str, Any]], name: str = "packets") -> RuleGroup:
    """Return a group of stateless rules: priority, action and what they match."""
    written = [
        {"Priority": priority, "RuleDefinition": {"Actions": [action], "MatchAttributes": match}}
        for priority, action, match in rules
    ]
    return a_group({"StatelessRulesAndCustomActions": {"StatelessRules": written}}, name, stateful=False)


def a_wall(*groups: RuleGroup, **policy: Any) -> Snapshot:
    """Return a VPC 10.0.0.0/16 whose firewall follows these groups in their order."""
    references = [(group, GroupReference(group.arn, index)) for index, group in enumerate(groups, start=1)]
    rules = FirewallPolicy(
        POLICY,
        "rules",
        stateless_groups=tuple(one for group, one in references if not group.stateful),
        stateless_defaults=("aws:forward_to_sfe",),
        stateful_groups=tuple(one for group, one in references if group.stateful),
    )
    return a_world(
        a_vpc(), Firewall(WALL, "wall", VPC_ID, ("vpce-fw",), policy_arn=POLICY), replace(rules, **policy), *groups
    )


def says(world: Snapshot, host: str = "", **asked: Any) -> Findings:
    """Return what the firewall says of a connection from inside to outside: HTTP to a host, unless asked otherwise."""
    application = Application("http", host) if host else None
    plain = Connection("6", ip_address(INSIDE), LOAD_BALANCER_EPHEMERAL, ip_address(OUTSIDE), 80, application)
    inspected = inspect(world, world.firewalls[WALL], replace(plain, **asked))
    assert inspected is not None
    return inspected.findings


def tls(host: str) -> Application:
    """Return a TLS connection for a host."""
    return Application("tls", host)


def labels(found: Findings) -> list[tuple[str, str]]:
    """Return the leg of each refusal, and its rule up to the colon."""
    assert not found.unknown
    return [(one.leg.value, one.label.partition(":")[0]) for one in found.refusals]


def passes(found: Findings) -> bool:
    """Return whether nothing is refused, unknown or left open."""
    return found == Findings()


def walled_workshop(*groups: RuleGroup, one_sided: bool = False, **policy: Any) -> Snapshot:
    """Return the workshop whose application subnet a reaches its NAT gateway by a firewall, and is reached by it."""
    world = a_workshop()
    for table in (
        a_route_table(
            *(a_route(EVERYWHERE, "vpce-fw"), a_route(S3_PREFIX_LIST, "vpce-fw")),
            id="rtb-walled",
        ),
        a_route_table(
            a_route(EVERYWHERE, "nat-a"), id="rtb-fw", associations=(RouteTableAssociation("l-fw", "subnet-fw"),)
        ),
        a_route_table(
            a_route(EVERYWHERE, "igw-workshop"),
            *(() if one_sided else (a_route("10.0.11.0/24", "vpce-fw"),)),
            id="rtb-nat",
        ),
    ):
        world = world.having("route_tables", table)
    world = with_association(world, "subnet-app-a", "rtb-walled")
    world = with_association(world, "subnet-shared-a", "rtb-nat")
    world = world.having("subnets", a_subnet(id="subnet-fw", cidrs=(ip_network("10.0.91.0/24"),)))
    endpoint = VpcEndpoint("vpce-fw", VPC_ID, "fw", "GatewayLoadBalancer", "available", (), ("subnet-fw",))
    nat = NatGateway(
        *("nat-a", VPC_ID, "subnet-shared-a", "available"),
        public_ips=(ip_address("203.0.113.30"),),
        private_ips=(ip_address("10.0.21.10"),),
    )
    return walled(world.having("vpc_endpoints", endpoint).having("nat_gateways", nat), *groups, **policy)


def walled(world: Snapshot, *groups: RuleGroup, **policy: Any) -> Snapshot:
    """Return the world with a firewall that follows these groups; its endpoint is vpce-fw."""
    walls = a_wall(*groups, **policy)
    for kind in ("firewalls", "firewall_policies", "rule_groups"):
        for resource in getattr(walls, kind).values():
            world = world.having(kind, resource)
    return world
