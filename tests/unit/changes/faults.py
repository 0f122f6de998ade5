"""The workshop's world with what dependencies need, and each thing in it that a change repairs broken."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pathmend.snapshot.firewall import RuleGroup
from pathmend.snapshot.identity import InstanceProfile
from pathmend.snapshot.parse_firewall import with_record
from pathmend.snapshot.resources import MetadataOptions, SecurityGroupRule, VpcEndpoint
from tests.builders import LOAD_BALANCER_ARN, REGION, TARGET_GROUP_ARN, VPC_ID, ZONES, a_route, a_workshop, with_routes

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

GROUP_ARN = "arn:aws:network-firewall:us-east-1:123456789012:stateful-rulegroup/web"
PROFILE_ARN = "arn:aws:iam::123456789012:instance-profile/web"
OTHER_PROFILE_ARN = "arn:aws:iam::123456789012:instance-profile/other"
PASSES = json.dumps({"RulesSource": {"RulesString": "pass http any any -> any any (sid:1;)"}}, sort_keys=True)
DROPS = json.dumps({"RulesSource": {"RulesString": 'drop http any any -> any any (content:"x"; sid:1;)'}})
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}]})
NARROW = POLICY.replace("s3:Get*", "s3:GetObject")
SETTINGS = json.dumps({"Description": "for the web"})


def furnished(world: Snapshot | None = None) -> Snapshot:
    """Return the workshop with name resolution, metadata, profiles, an endpoint policy and a firewall's rules read."""
    world = world or a_workshop()
    world = world.having("vpcs", replace(world.vpcs[VPC_ID], dns_support=True, dns_hostnames=True))
    world = world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-s3"], policy=POLICY))
    ssm = VpcEndpoint("vpce-ssm", VPC_ID, f"com.amazonaws.{REGION}.ssm", "Interface", "available", private_dns=True)
    world = world.having("vpc_endpoints", ssm)
    group = RuleGroup(GROUP_ARN, "web", stateful=True, source=None, update_token="t-1", settings=SETTINGS)
    world = world.having("rule_groups", with_record(group, PASSES))
    for arn in (PROFILE_ARN, OTHER_PROFILE_ARN):
        world = world.having("instance_profiles", InstanceProfile(arn, arn.rsplit("/", 1)[-1]))
    for zone in ZONES:
        world = with_routes(world, f"rtb-app-{zone}", a_route("10.2.4.0/24", "tgw-1"))
        world = with_profile(world, f"i-app-{zone}", PROFILE_ARN)
    return world


def with_profile(world: Snapshot, instance_id: str, arn: str | None) -> Snapshot:
    """Return the world in which the instance has that profile, and metadata options."""
    instance = world.instances[instance_id]
    link = f"iip-assoc-{instance_id}" if arn else None
    options = MetadataOptions(enabled=True, tokens_required=True, hop_limit=2)
    changed = replace(instance, profile_arn=arn, profile_association_id=link, metadata=options)
    return world.having("instances", changed)


def without_peer_route(world: Snapshot) -> Snapshot:
    """Return the world whose application table b has no route to the peer network."""
    table = world.route_tables["rtb-app-b"]
    routes = tuple(route for route in table.routes if route.target != "tgw-1")
    return world.having("route_tables", replace(table, routes=routes))


def with_narrow_policy(world: Snapshot) -> Snapshot:
    """Return the world whose S3 endpoint lets one action through."""
    return world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-s3"], policy=NARROW))


def without_profile(world: Snapshot) -> Snapshot:
    """Return the world whose application instance b has no instance profile."""
    return with_profile(world, "i-app-b", None)


def with_swapped_profile(world: Snapshot) -> Snapshot:
    """Return the world whose application instance b has another instance profile."""
    return with_profile(world, "i-app-b", OTHER_PROFILE_ARN)


def without_names(world: Snapshot) -> Snapshot:
    """Return the world whose VPC resolves no names."""
    return world.having("vpcs", replace(world.vpcs[VPC_ID], dns_support=False))


def without_private_names(world: Snapshot) -> Snapshot:
    """Return the world whose interface endpoint has its private names off."""
    return world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-ssm"], private_dns=False))


def without_metadata(world: Snapshot) -> Snapshot:
    """Return the world whose application instance b has its metadata service off."""
    instance = world.instances["i-app-b"]
    options = MetadataOptions(enabled=False, tokens_required=True, hop_limit=1)
    return world.having("instances", replace(instance, metadata=options))


def with_dropping_rules(world: Snapshot) -> Snapshot:
    """Return the world whose firewall drops."""
    return world.having("rule_groups", with_record(world.rule_groups[GROUP_ARN], DROPS))


def without_group_rule(world: Snapshot) -> Snapshot:
    """Return the world whose application's security group does not let the load balancer in."""
    group = world.security_groups["sg-app"]
    rules = tuple(rule for rule in group.rules if rule.egress)
    return world.having("security_groups", replace(group, rules=rules))


def with_check_elsewhere(world: Snapshot) -> Snapshot:
    """Return the world whose health check asks by another protocol, at another port and for another path."""
    return with_check(world, protocol="HTTPS", port="8443", path="/")


def with_check_port(world: Snapshot) -> Snapshot:
    """Return the world whose health check asks at another port than the traffic's."""
    return with_check(world, port="8080")


def with_check(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with another health check."""
    group = world.target_groups[TARGET_GROUP_ARN]
    return world.having("target_groups", replace(group, health_check=replace(group.health_check, **fields)))


def without_zone_b(world: Snapshot) -> Snapshot:
    """Return the world whose load balancer is not enabled in zone b."""
    balancer = world.load_balancers[LOAD_BALANCER_ARN]
    return world.having("load_balancers", replace(balancer, subnet_ids=("subnet-alb-a", "subnet-alb-c")))


FROM_BALANCER = SecurityGroupRule(egress=False, protocol="6", ports=(80, 80), peer="sg-alb")
