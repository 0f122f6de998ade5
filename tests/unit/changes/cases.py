"""A change of each kind, the world that it repairs, and what it says of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, VPC_ID, allow_tcp, fault_1, fault_2, fault_3, fault_4
from tests.unit.changes import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Snapshot

BALANCER_SUBNETS = ("subnet-alb-a", "subnet-alb-b", "subnet-alb-c")
TABLES = ("rtb-app-a", "rtb-app-b", "rtb-app-c")
REPLIES = allow_tcp(1100, "10.0.11.0/24", (1024, 65535))


def digest(document: str) -> str:
    """Return what tells the document from others."""
    return sha256(json.dumps(json.loads(document), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Case:
    """A change, how the world is broken, and what the change says; `named` is what it misses in an empty world.

    `diagnosed` is whether the load balancer's own paths show the fault, without anything declared.
    """

    change: Change
    broken: Callable[[Snapshot], Snapshot]
    resources: tuple[str, ...]
    before: str
    summary: str
    named: str
    diagnosed: bool = False

    def __str__(self) -> str:
        return f"{self.change.kind}, {self.broken.__name__}"


CASES = [
    Case(
        AssociateRouteTable("subnet-alb-b", "rtb-public"),
        fault_1,
        ("subnet-alb-b", "rtb-public"),
        "subnet-alb-b is associated with rtb-app-b",
        "associate subnet subnet-alb-b with rtb-public",
        "subnet subnet-alb-b",
        diagnosed=True,
    ),
    Case(
        ModifyMatcher(TARGET_GROUP_ARN, "200,299"),
        fault_2,
        (TARGET_GROUP_ARN,),
        "success codes 200",
        "set the health check's success codes of targetgroup/WebApp-TG/73e2d6bc24d8a067 to 200,299",
        f"target group {TARGET_GROUP_ARN}",
        diagnosed=True,
    ),
    Case(
        SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=REPLIES),
        fault_3,
        ("acl-alb",),
        "ingress rule 1100: allow TCP 32768-65535 from 10.0.0.0/16",
        "set ingress rule 1100 of acl-alb to: allow TCP 1024-65535 from 10.0.11.0/24",
        "network ACL acl-alb",
        diagnosed=True,
    ),
    Case(
        AssociateEndpointTables("vpce-dynamodb", TABLES),
        fault_4,
        ("vpce-dynamodb", *TABLES),
        "vpce-dynamodb is on none of these route tables",
        "associate endpoint vpce-dynamodb with route tables rtb-app-a, rtb-app-b, rtb-app-c",
        "VPC endpoint vpce-dynamodb",
    ),
    Case(
        SetEndpointPolicy("vpce-s3", faults.POLICY),
        faults.with_narrow_policy,
        ("vpce-s3",),
        f"policy of vpce-s3: the one of 97 characters, sha256 {digest(faults.NARROW)}",
        f"set the policy of endpoint vpce-s3 to the one of 92 characters, sha256 {digest(faults.POLICY)}",
        "VPC endpoint vpce-s3",
    ),
    Case(
        SetRoute("rtb-app-b", ip_network("10.2.4.0/24"), "tgw-1"),
        faults.without_peer_route,
        ("rtb-app-b", "tgw-1"),
        "rtb-app-b has no route to 10.2.4.0/24",
        "route 10.2.4.0/24 by tgw-1 in rtb-app-b",
        "route table rtb-app-b",
    ),
    Case(
        SetInstanceProfile("i-app-b", faults.PROFILE_ARN),
        faults.without_profile,
        ("i-app-b", faults.PROFILE_ARN),
        "i-app-b has no instance profile",
        "give i-app-b the instance profile web",
        "instance i-app-b",
    ),
    Case(
        SetInstanceProfile("i-app-b", faults.PROFILE_ARN),
        faults.with_swapped_profile,
        ("i-app-b", faults.PROFILE_ARN),
        "i-app-b has the instance profile other",
        "give i-app-b the instance profile web",
        "instance i-app-b",
    ),
    Case(
        SetVpcAttribute(VPC_ID, "dns_support", enabled=True),
        faults.without_names,
        (VPC_ID,),
        f"EnableDnsSupport of {VPC_ID} is off",
        f"turn EnableDnsSupport on in {VPC_ID}",
        f"VPC {VPC_ID}",
    ),
    Case(
        SetMetadataOptions("i-app-b", enabled=True, hop_limit=2),
        faults.without_metadata,
        ("i-app-b",),
        "metadata service of i-app-b: off, hop limit 1",
        "set the metadata service of i-app-b to: on, hop limit 2",
        "instance i-app-b",
    ),
    Case(
        SetFirewallRules(faults.GROUP_ARN, faults.PASSES),
        faults.with_dropping_rules,
        (faults.GROUP_ARN,),
        f"rules of web: those of sha256 {digest(faults.DROPS)}",
        f"set the rules of rule group web to those of sha256 {digest(faults.PASSES)}",
        f"rule group {faults.GROUP_ARN}",
    ),
    Case(
        SetGroupRule("sg-app", faults.FROM_BALANCER),
        faults.without_group_rule,
        ("sg-app", "sg-alb"),
        "sg-app has not: ingress TCP 80 from sg-alb",
        "add to sg-app: ingress TCP 80 from sg-alb",
        "security group sg-app",
        diagnosed=True,
    ),
    Case(
        SetHealthCheck(TARGET_GROUP_ARN, "HTTP", "traffic-port", "/healthcheck"),
        faults.with_check_port,
        (TARGET_GROUP_ARN,),
        "health check HTTP 8080 /healthcheck",
        "set the health check of targetgroup/WebApp-TG/73e2d6bc24d8a067 to HTTP traffic-port /healthcheck",
        f"target group {TARGET_GROUP_ARN}",
    ),
    Case(
        SetHealthCheck(TARGET_GROUP_ARN, "HTTP", "traffic-port", "/healthcheck"),
        faults.with_check_elsewhere,
        (TARGET_GROUP_ARN,),
        "health check HTTPS 8443 /",
        "set the health check of targetgroup/WebApp-TG/73e2d6bc24d8a067 to HTTP traffic-port /healthcheck",
        f"target group {TARGET_GROUP_ARN}",
    ),
    Case(
        SetLoadBalancerSubnets(LOAD_BALANCER_ARN, BALANCER_SUBNETS),
        faults.without_zone_b,
        (LOAD_BALANCER_ARN, *BALANCER_SUBNETS),
        "in subnet-alb-a, subnet-alb-c",
        "set the subnets of app/WebApp-ALB/50dc6c495c0c9188 to subnet-alb-a, subnet-alb-b, subnet-alb-c",
        f"load balancer {LOAD_BALANCER_ARN}",
    ),
    Case(
        SetPrivateDns("vpce-ssm", enabled=True),
        faults.without_private_names,
        ("vpce-ssm",),
        "private DNS names of vpce-ssm are off",
        "turn the private DNS names of endpoint vpce-ssm on",
        "VPC endpoint vpce-ssm",
    ),
]
