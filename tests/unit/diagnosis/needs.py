"""The workshop with what its targets need: a role, policies, a peer network, and a firewall in front of a web API."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from pathmend.diagnosis.diagnose import diagnose
from pathmend.snapshot.firewall import Firewall, FirewallPolicy, GroupReference, RuleGroup
from pathmend.snapshot.identity import InstanceProfile, Policy, Principal, ResourcePolicy
from pathmend.snapshot.parse_firewall import with_record
from pathmend.snapshot.resources import (
    MetadataOptions,
    NetworkInterface,
    Route,
    RouteTable,
    RouteTableAssociation,
    Vpc,
    VpcEndpoint,
)
from pathmend.snapshot.transit import (
    PrefixList,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)
from tests.builders import (
    EVERYWHERE,
    LOAD_BALANCER_ARN,
    REGION,
    TARGET_GROUP_ARN,
    VPC_ID,
    ZONES,
    a_group,
    a_group_rule,
    a_route,
    a_subnet,
    a_workshop,
    an_interface,
    an_open_acl,
    with_routes,
)

if TYPE_CHECKING:
    from pathmend.diagnosis.finding import Diagnosis, Finding
    from pathmend.snapshot.world import Snapshot

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/WebApp"
PROFILE = f"arn:aws:iam::{ACCOUNT}:instance-profile/WebApp"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Recommendations"
KEY = "arn:aws:s3:::webapp/s3_get_green_checkmark.png"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/webapp/greeting"
API = "api.example.internal"
EXTERNAL = "http://1.1.1.1:80"
PEER = "tcp://10.2.4.20:80"
WEB_API = f"http://{API}=10.2.4.20:80"
RULES = "arn:aws:network-firewall:us-east-1:123456789012:stateful-rulegroup/hosts"
PASSING = 'pass http any any -> any any (http.host; content:"other.example.internal"; sid:1;)'
DROPPING = f'drop http any any -> any any (http.host; content:"{API}"; startswith; endswith; sid:2;)'
OPEN_POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def statement(action: Any, resource: Any, sid: str = "", **more: Any) -> dict[str, Any]:
    """Return a statement that allows; `more` may say otherwise."""
    named = {"Sid": sid} if sid else {}
    return {**named, "Effect": "Allow", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def by_endpoint(endpoint_id: str) -> dict[str, Any]:
    """Return the condition that wants an endpoint."""
    return {"StringEquals": {"aws:sourceVpce": endpoint_id}}


DYNAMODB = statement("dynamodb:GetItem", TABLE, "ddbReadOnly", Condition=by_endpoint("vpce-dynamodb"))
S3 = statement("s3:GetObject", KEY, "s3ReadOnly")
SSM = statement("ssm:GetParameter", PARAMETER, "parameters")


def a_needy_workshop() -> Snapshot:
    """Return the workshop whose targets have a role, and tags that name what else they need: all of it works."""
    world = with_role(a_workshop(), DYNAMODB, S3, SSM)
    world = with_endpoint(world, "vpce-dynamodb", policy=json.dumps(OPEN_POLICY))
    world = with_endpoint(world, "vpce-s3", policy=document(statement("s3:GetObject", KEY, Principal="*")))
    for arn in (TABLE, "arn:aws:s3:::webapp"):
        world = world.having("resource_policies", ResourcePolicy(arn))
    world = with_vpc(world, dns_support=True, dns_hostnames=True)
    return with_tag(with_peer(world), f"{EXTERNAL} {PEER} {WEB_API} imds dns")


def with_vpc(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with other fields in the VPC."""
    return world.having("vpcs", replace(world.vpcs[VPC_ID], **fields))


def with_endpoint(world: Snapshot, endpoint_id: str, **fields: Any) -> Snapshot:
    """Return the world with other fields in an endpoint."""
    return world.having("vpc_endpoints", replace(world.vpc_endpoints[endpoint_id], **fields))


def with_role(world: Snapshot, *statements: dict[str, Any]) -> Snapshot:
    """Return the world whose instances have a role with these statements."""
    role = Principal(ROLE, "role", (Policy("webapp", document(*statements), "inline"),), unique_id="AROA")
    world = world.having("principals", role)
    world = world.having("instance_profiles", InstanceProfile(PROFILE, "WebApp", (ROLE,)))
    return with_instances(world, profile_arn=PROFILE, metadata=MetadataOptions(tokens_required=True))


def with_instances(world: Snapshot, zones: Any = ZONES, **fields: Any) -> Snapshot:
    """Return the world with other fields in the instances of these zones."""
    for zone in zones:
        world = world.having("instances", replace(world.instances[f"i-app-{zone}"], **fields))
    return world


def with_tag(world: Snapshot, value: str, key: str = "pathmend:depends-on") -> Snapshot:
    """Return the world whose target group declares this."""
    group = world.target_groups[TARGET_GROUP_ARN]
    return world.having("target_groups", replace(group, tags=((key, value),)))


def with_peer(world: Snapshot) -> Snapshot:
    """Return the world with a service at 10.2.4.20, reached by a transit gateway and through a network firewall."""
    for resource in (
        TransitGateway("tgw-1", "available"),
        _attachment("tgw-attach-web", VPC_ID, tuple(f"subnet-shared-{zone}" for zone in ZONES)),
        _attachment("tgw-attach-peer", "vpc-peer", ("subnet-peer-tgw",)),
    ):
        kind = "transit_gateways" if isinstance(resource, TransitGateway) else "transit_gateway_attachments"
        world = world.having(kind, resource)
    routes = (("10.0.0.0/16", "tgw-attach-web"), ("10.2.0.0/16", "tgw-attach-peer"))
    known = tuple(TransitGatewayRoute(ip_network(block), (name,), propagated=True) for block, name in routes)
    table = TransitGatewayRouteTable("tgw-rtb-1", "tgw-1", known, ("tgw-attach-web", "tgw-attach-peer"))
    world = world.having("transit_gateway_route_tables", table)
    for zone in ZONES:
        world = with_routes(world, f"rtb-app-{zone}", a_route("10.2.4.0/24", "tgw-1"))
    for kind, resources in _peer_vpc().items():
        for one in resources:
            world = world.having(kind, one)
    return world


def _attachment(name: str, vpc_id: str, subnets: tuple[str, ...]) -> TransitGatewayAttachment:
    return TransitGatewayAttachment(name, "tgw-1", "vpc", vpc_id, "available", subnets, "tgw-rtb-1")


def _peer_vpc() -> dict[str, list[Any]]:
    zones = {"vpc_id": "vpc-peer", "availability_zone": f"{REGION}a"}
    blocks = {"tgw": "10.2.0.0/28", "firewall": "10.2.1.0/28", "service": "10.2.4.0/24"}
    ways = {
        "tgw": (a_route("10.2.4.0/24", "vpce-fw"),),
        "firewall": (a_route("10.0.0.0/16", "tgw-1"),),
        "service": (a_route("10.0.0.0/16", "vpce-fw"),),
    }
    return {
        "vpcs": [Vpc("vpc-peer", (ip_network("10.2.0.0/16"),))],
        "subnets": [a_subnet(id=f"subnet-peer-{n}", cidrs=(ip_network(b),), **zones) for n, b in blocks.items()],
        "route_tables": [_peer_table(name, *routes) for name, routes in ways.items()],
        "network_acls": [an_open_acl(id="acl-peer", vpc_id="vpc-peer", default=True)],
        "security_groups": [a_group(a_group_rule(EVERYWHERE), id="sg-peer", vpc_id="vpc-peer")],
        "interfaces": [_peer_interface()],
        "vpc_endpoints": [
            VpcEndpoint(
                "vpce-fw",
                "vpc-peer",
                "com.amazonaws.vpce.us-east-1.svc",
                "GatewayLoadBalancer",
                "available",
                subnet_ids=("subnet-peer-firewall",),
            )
        ],
        "firewalls": [Firewall("arn:firewall", "wall", "vpc-peer", ("vpce-fw",), policy_arn="arn:policy")],
        "firewall_policies": [
            FirewallPolicy(
                "arn:policy",
                "policy",
                stateless_defaults=("aws:forward_to_sfe",),
                stateful_groups=(GroupReference(RULES, 1),),
                strict=True,
            )
        ],
        "rule_groups": [a_rule_group(PASSING)],
    }


def _peer_table(name: str, *routes: Route) -> RouteTable:
    local = Route(ip_network("10.2.0.0/16"), "local", origin="CreateRouteTable")
    link = RouteTableAssociation(f"rtbassoc-peer-{name}", f"subnet-peer-{name}")
    return RouteTable(f"rtb-peer-{name}", "vpc-peer", (local, *routes), (link,))


def _peer_interface() -> NetworkInterface:
    return an_interface(
        "10.2.4.20", id="eni-peer", vpc_id="vpc-peer", subnet_id="subnet-peer-service", group_ids=("sg-peer",)
    )


def a_rule_group(*rules: str) -> RuleGroup:
    """Return the firewall's rule group with these rules."""
    group = RuleGroup(RULES, "hosts", stateful=True, source=None, update_token="token")
    return with_record(group, json.dumps({"RulesSource": {"RulesString": "\n".join(rules)}}))


def without_routes(world: Snapshot, target: str, destination: str | None = None) -> Snapshot:
    """Return the world whose application tables lack their routes by this target."""
    for zone in ZONES:
        table = world.route_tables[f"rtb-app-{zone}"]
        kept = (r for r in table.routes if r.target != target or destination not in (None, str(r.destination)))
        world = world.having("route_tables", replace(table, routes=tuple(kept)))
    return world


def an_interface_endpoint(world: Snapshot, service: str = "ssm", **fields: Any) -> Snapshot:
    """Return the world with an interface endpoint of a service in the shared subnet a, which lets the VPC in."""
    group = a_group(a_group_rule("10.0.0.0/16", (443, 443)), id="sg-endpoint")
    interface = an_interface("10.0.21.50", id="eni-endpoint", subnet_id="subnet-shared-a", group_ids=("sg-endpoint",))
    endpoint = VpcEndpoint(
        f"vpce-{service}",
        VPC_ID,
        f"com.amazonaws.{REGION}.{service}",
        "Interface",
        "available",
        subnet_ids=("subnet-shared-a",),
        interface_ids=("eni-endpoint",),
        private_dns=True,
        policy=json.dumps(OPEN_POLICY),
    )
    world = world.having("security_groups", group).having("interfaces", interface)
    return world.having("vpc_endpoints", replace(endpoint, **fields))


def a_list(list_id: str, *blocks: str) -> PrefixList:
    """Return a prefix list with these networks."""
    return PrefixList(list_id, list_id, tuple(map(ip_network, blocks)))


def needy(world: Snapshot) -> Diagnosis:
    """Return the diagnosis of the workshop's load balancer."""
    return diagnose(world, LOAD_BALANCER_ARN)


def found(world: Snapshot) -> tuple[Finding, ...]:
    """Return the findings."""
    return needy(world).findings


def fault_5(world: Snapshot) -> Snapshot:
    """Return the world whose S3 endpoint lists another key than the page reads."""
    other = statement("s3:GetObject", "arn:aws:s3:::webapp/other.png", Principal="*")
    return with_endpoint(world, "vpce-s3", policy=document(other))


def fault_7(world: Snapshot) -> Snapshot:
    """Return the world without the routes to the peer network."""
    return without_routes(world, "tgw-1")


def fault_8(world: Snapshot) -> Snapshot:
    """Return the world whose firewall drops requests for the web API."""
    return world.having("rule_groups", a_rule_group(PASSING, DROPPING))
