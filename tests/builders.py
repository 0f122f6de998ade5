"""Worlds in two lines: builders of single resources, the healthy workshop, and its faults.

The workshop's ids follow one scheme: `subnet-alb-a`, `rtb-app-b`, `acl-alb`, `i-app-c`, `eni-alb-a`.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

from pathmend.snapshot.balancing import HealthCheck, Listener, LoadBalancer, TargetGroup, TargetHealth
from pathmend.snapshot.firewall import Firewall, FirewallPolicy, RuleGroup
from pathmend.snapshot.protocols import ALL, TCP
from pathmend.snapshot.resources import (
    AclEntry,
    Gateway,
    Instance,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    Route,
    RouteTable,
    RouteTableAssociation,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from pathmend.snapshot.transit import (
    Peering,
    PrefixList,
    PublicAccessBlock,
    PublicAccessExclusion,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRouteTable,
    VpnGateway,
)
from pathmend.snapshot.world import Snapshot

ZONES = ("a", "b", "c")
REGION = "us-east-1"
VPC_ID = "vpc-workshop"
LOAD_BALANCER_ARN = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/app/WebApp-ALB/50dc6c495c0c9188"
LISTENER_ARN = (
    f"arn:aws:elasticloadbalancing:{REGION}:123456789012:listener/app/WebApp-ALB/50dc6c495c0c9188/f2f7dc8efc522ab2"
)
TARGET_GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/WebApp-TG/73e2d6bc24d8a067"
CLIENT = ip_address("198.51.100.7")
EVERYWHERE = "0.0.0.0/0"
DYNAMODB_PREFIX_LIST = "pl-dynamodb"
S3_PREFIX_LIST = "pl-s3"


def a_vpc(**overrides: Any) -> Vpc:
    """Return a VPC 10.0.0.0/16."""
    return replace(Vpc(id=VPC_ID, cidrs=(ip_network("10.0.0.0/16"),)), **overrides)


def a_subnet(**overrides: Any) -> Subnet:
    """Return a subnet 10.0.1.0/24 in zone a."""
    subnet = Subnet("subnet-alb-a", VPC_ID, f"{REGION}a", (ip_network("10.0.1.0/24"),))
    return replace(subnet, **overrides)


def a_route(destination: str, target: str, **overrides: Any) -> Route:
    """Return a route; a destination that is no network is a prefix list's id."""
    where = destination if destination.startswith("pl-") else ip_network(destination)
    return replace(Route(where, target), **overrides)


def a_route_table(*routes: Route, **overrides: Any) -> RouteTable:
    """Return a route table with the local route and the given ones."""
    local = Route(ip_network("10.0.0.0/16"), "local", origin="CreateRouteTable")
    return replace(RouteTable("rtb-0", VPC_ID, (local, *routes)), **overrides)


def an_acl_entry(number: int, cidr: str = EVERYWHERE, **overrides: Any) -> AclEntry:
    """Return an entry that allows everything in from `cidr`."""
    entry = AclEntry(rule_number=number, egress=False, protocol=ALL, action="allow", cidr=ip_network(cidr))
    return replace(entry, **overrides)


def allow_tcp(number: int, cidr: str, ports: tuple[int, int], **overrides: Any) -> AclEntry:
    """Return an entry that allows TCP to `ports` in from `cidr`."""
    return an_acl_entry(number, cidr, protocol=TCP, ports=ports, **overrides)


def an_acl(*entries: AclEntry, **overrides: Any) -> NetworkAcl:
    """Return a custom network ACL with the entries and AWS's final denies, guarding no subnet."""
    denies = tuple(an_acl_entry(32767, egress=egress, action="deny") for egress in (False, True))
    ordered = tuple(sorted((*entries, *denies), key=lambda entry: (entry.egress, entry.rule_number)))
    return replace(NetworkAcl("acl-0", VPC_ID, default=False, entries=ordered), **overrides)


def an_open_acl(**overrides: Any) -> NetworkAcl:
    """Return a network ACL as AWS makes the default one: everything passes, both ways."""
    return an_acl(an_acl_entry(100), an_acl_entry(100, egress=True), **overrides)


def a_group_rule(peer: str, ports: tuple[int, int] | None = None, **overrides: Any) -> SecurityGroupRule:
    """Return a rule that lets `peer` (a network, a group or a prefix list) in: TCP to `ports`, or everything."""
    where = peer if peer.startswith(("sg-", "pl-")) else ip_network(peer)
    rule = SecurityGroupRule(egress=False, protocol=ALL if ports is None else TCP, ports=ports, peer=where)
    return replace(rule, **overrides)


def a_group(*rules: SecurityGroupRule, **overrides: Any) -> SecurityGroup:
    """Return a security group with exactly these rules."""
    return replace(SecurityGroup("sg-0", VPC_ID, "group", tuple(rules)), **overrides)


def an_interface(address: str = "10.0.1.10", **overrides: Any) -> NetworkInterface:
    """Return an interface in subnet-alb-a without groups."""
    interface = NetworkInterface("eni-0", VPC_ID, "subnet-alb-a", (ip_address(address),), ())
    return replace(interface, **overrides)


def an_instance(**overrides: Any) -> Instance:
    """Return a running instance."""
    return replace(Instance("i-app-a", "running", "subnet-app-a", ("eni-app-a",)), **overrides)


def a_target_group(**overrides: Any) -> TargetGroup:
    """Return the workshop's target group with three healthy targets."""
    check = HealthCheck("HTTP", "traffic-port", "/healthcheck", "200", 15, 3, 2, 3)
    targets = tuple(TargetHealth(f"i-app-{zone}", 80, "healthy") for zone in ZONES)
    group = TargetGroup(TARGET_GROUP_ARN, "WebApp-TG", "instance", "HTTP", 80, VPC_ID, check)
    return replace(group, **{"load_balancer_arns": (LOAD_BALANCER_ARN,), "targets": targets, **overrides})


def a_load_balancer(**overrides: Any) -> LoadBalancer:
    """Return the workshop's internet-facing load balancer."""
    balancer = LoadBalancer(
        arn=LOAD_BALANCER_ARN,
        name="WebApp-ALB",
        kind="application",
        scheme="internet-facing",
        vpc_id=VPC_ID,
        state="active",
        subnet_ids=tuple(f"subnet-alb-{zone}" for zone in ZONES),
        group_ids=("sg-alb",),
        tags=(("Name", "WebApp-ALB"),),
    )
    return replace(balancer, **overrides)


def a_listener(**overrides: Any) -> Listener:
    """Return the workshop's listener, HTTP on port 80."""
    return replace(Listener(LISTENER_ARN, LOAD_BALANCER_ARN, "HTTP", 80, (TARGET_GROUP_ARN,)), **overrides)


def a_world(*resources: Any) -> Snapshot:
    """Return a snapshot of exactly these resources."""
    world = Snapshot()
    for resource in resources:
        world = world.having(_FIELDS[type(resource)], resource)
    return world


_FIELDS = {
    Vpc: "vpcs",
    Subnet: "subnets",
    RouteTable: "route_tables",
    NetworkAcl: "network_acls",
    SecurityGroup: "security_groups",
    NetworkInterface: "interfaces",
    Instance: "instances",
    Gateway: "gateways",
    NatGateway: "nat_gateways",
    VpcEndpoint: "vpc_endpoints",
    PrefixList: "prefix_lists",
    Peering: "peerings",
    TransitGateway: "transit_gateways",
    TransitGatewayAttachment: "transit_gateway_attachments",
    TransitGatewayRouteTable: "transit_gateway_route_tables",
    VpnGateway: "vpn_gateways",
    PublicAccessBlock: "public_access_blocks",
    PublicAccessExclusion: "public_access_exclusions",
    Firewall: "firewalls",
    FirewallPolicy: "firewall_policies",
    RuleGroup: "rule_groups",
    LoadBalancer: "load_balancers",
    Listener: "listeners",
    TargetGroup: "target_groups",
}


def a_workshop() -> Snapshot:
    """Return the workshop's healthy world: three tiers in three zones behind an internet-facing load balancer."""
    zones = (resource for index, zone in enumerate(ZONES) for resource in _zone(index, zone))
    return a_world(
        a_vpc(cidrs=(ip_network("10.0.0.0/16"), ip_network("2001:db8::/56")), tags=(("Name", "WebApp"),)),
        Gateway("igw-workshop", (VPC_ID,)),
        Gateway("eigw-workshop", (VPC_ID,), egress_only=True),
        *zones,
        *_shared_tables(),
        *_acls(),
        *_groups(),
        *_endpoints(),
        *_service_lists(),
        a_load_balancer(),
        a_listener(),
        a_target_group(),
    )


_TIERS = {"alb": (1, "Load Balancer"), "app": (11, "Application"), "shared": (21, "Shared"), "db": (31, "Database")}


def _zone(index: int, zone: str) -> tuple[Any, ...]:
    subnets = tuple(_tier_subnet(tier, index, zone) for tier in _TIERS)
    app_table = a_route_table(
        a_route(EVERYWHERE, f"nat-{zone}"),
        a_route(DYNAMODB_PREFIX_LIST, "vpce-dynamodb"),
        a_route(S3_PREFIX_LIST, "vpce-s3"),
        id=f"rtb-app-{zone}",
        associations=(RouteTableAssociation(f"rtbassoc-app-{zone}", f"subnet-app-{zone}"),),
        tags=(("Name", f"WebApp-App-{zone}-RTB"),),
    )
    return (
        *subnets,
        app_table,
        NatGateway(f"nat-{zone}", VPC_ID, f"subnet-shared-{zone}", "available", public_ips=(_public(30 + index),)),
        an_instance(id=f"i-app-{zone}", subnet_id=f"subnet-app-{zone}", interface_ids=(f"eni-app-{zone}",)),
        *_interfaces(index, zone),
    )


def _tier_subnet(tier: str, index: int, zone: str) -> Subnet:
    first, label = _TIERS[tier]
    return a_subnet(
        id=f"subnet-{tier}-{zone}",
        availability_zone=f"{REGION}{zone}",
        cidrs=(ip_network(f"10.0.{first + index}.0/24"),),
        tags=(("Name", f"WebApp-{tier.upper()}1-{zone}"), ("Tier", label)),
    )


def _public(last: int) -> Any:
    return ip_address(f"203.0.113.{last}")


def _interfaces(index: int, zone: str) -> tuple[NetworkInterface, ...]:
    return (
        an_interface(
            f"10.0.{1 + index}.10",
            id=f"eni-alb-{zone}",
            subnet_id=f"subnet-alb-{zone}",
            group_ids=("sg-alb",),
            description="ELB app/WebApp-ALB/50dc6c495c0c9188",
            public_ips=(_public(10 + index),),
        ),
        an_interface(
            f"10.0.{11 + index}.10",
            id=f"eni-app-{zone}",
            subnet_id=f"subnet-app-{zone}",
            group_ids=("sg-app",),
            instance_id=f"i-app-{zone}",
        ),
        an_interface(
            f"10.0.{21 + index}.10",
            id=f"eni-nat-{zone}",
            subnet_id=f"subnet-shared-{zone}",
            description=f"Interface for NAT Gateway nat-{zone}",
            public_ips=(_public(30 + index),),
            source_dest_check=False,
        ),
    )


def _shared_tables() -> tuple[RouteTable, ...]:
    public = a_route_table(
        a_route(EVERYWHERE, "igw-workshop"),
        a_route("::/0", "eigw-workshop"),
        id="rtb-public",
        associations=tuple(
            RouteTableAssociation(f"rtbassoc-{tier}-{zone}", f"subnet-{tier}-{zone}")
            for tier in ("alb", "shared")
            for zone in ZONES
        ),
        tags=(("Name", "WebApp-Public-RTB"),),
    )
    main = a_route_table(id="rtb-main", associations=(RouteTableAssociation("rtbassoc-main", main=True),))
    return public, main


def _acls() -> tuple[NetworkAcl, ...]:
    ephemeral = (1024, 65535)
    replies = (allow_tcp(1100 + 100 * i, f"10.0.{11 + i}.0/24", ephemeral) for i in range(3))
    web = allow_tcp(100, EVERYWHERE, (80, 80))
    to_app = allow_tcp(100, "10.0.0.0/16", (80, 80), egress=True)
    to_clients = allow_tcp(200, EVERYWHERE, ephemeral, egress=True)
    from_app = allow_tcp(100, "10.0.0.0/16", (3306, 3306))
    return (
        an_acl(web, *replies, to_app, to_clients, id="acl-alb", subnet_ids=_tier("alb")),
        an_open_acl(id="acl-app", subnet_ids=_tier("app")),
        an_open_acl(id="acl-shared", subnet_ids=_tier("shared")),
        an_acl(from_app, allow_tcp(100, "10.0.0.0/16", ephemeral, egress=True), id="acl-db", subnet_ids=_tier("db")),
        an_open_acl(id="acl-default", default=True),
    )


def _tier(tier: str) -> tuple[str, ...]:
    return tuple(f"subnet-{tier}-{zone}" for zone in ZONES)


def _groups() -> tuple[SecurityGroup, ...]:
    out = a_group_rule(EVERYWHERE, egress=True)
    return (
        a_group(a_group_rule(EVERYWHERE, (80, 80)), out, id="sg-alb", name="WebApp-ALB"),
        a_group(a_group_rule("sg-alb", (80, 80)), out, id="sg-app", name="WebApp-App"),
        a_group(a_group_rule("sg-app", (3306, 3306)), id="sg-db", name="WebApp-DB"),
    )


def _endpoints() -> tuple[VpcEndpoint, ...]:
    tables = tuple(f"rtb-app-{zone}" for zone in ZONES)
    return tuple(
        VpcEndpoint(f"vpce-{name}", VPC_ID, f"com.amazonaws.{REGION}.{name}", "Gateway", "available", tables)
        for name in ("dynamodb", "s3")
    )


def _service_lists() -> tuple[PrefixList, ...]:
    return tuple(
        PrefixList(list_id, f"com.amazonaws.{REGION}.{list_id.removeprefix('pl-')}", tuple(map(ip_network, blocks)))
        for list_id, blocks in (
            (DYNAMODB_PREFIX_LIST, ("52.94.0.0/22",)),
            (S3_PREFIX_LIST, ("3.5.0.0/19", "52.216.0.0/15")),
        )
    )


def with_routes(world: Snapshot, table_id: str, *routes: Route) -> Snapshot:
    """Return the world in which the table has these routes besides its own."""
    table = world.route_tables[table_id]
    return world.having("route_tables", replace(table, routes=(*table.routes, *routes)))


def with_association(world: Snapshot, subnet_id: str, table_id: str | None) -> Snapshot:
    """Return the world in which the subnet is associated with that route table, or with none."""
    for table in world.route_tables.values():
        kept = tuple(link for link in table.associations if link.subnet_id != subnet_id)
        added = (RouteTableAssociation(f"rtbassoc-{subnet_id}", subnet_id),) if table.id == table_id else ()
        world = world.having("route_tables", replace(table, associations=(*kept, *added)))
    return world


def with_entry(world: Snapshot, acl_id: str, entry: AclEntry) -> Snapshot:
    """Return the world in which the ACL has this entry, in place of any of the same number and direction."""
    acl = world.network_acls[acl_id]
    kept = (one for one in acl.entries if (one.egress, one.rule_number) != (entry.egress, entry.rule_number))
    entries = tuple(sorted((*kept, entry), key=lambda one: (one.egress, one.rule_number)))
    return world.having("network_acls", replace(acl, entries=entries))


def fault_1(world: Snapshot) -> Snapshot:
    """Return the world with load balancer subnet b on the application's route table: its replies leave by NAT."""
    return with_association(world, "subnet-alb-b", "rtb-app-b")


def fault_2(world: Snapshot) -> Snapshot:
    """Return the world whose application answers health checks with 299, which the matcher does not admit."""
    targets = tuple(
        replace(
            target,
            state="unhealthy",
            reason="Target.ResponseCodeMismatch",
            description="Health checks failed with these codes: [299]",
        )
        for target in world.target_groups[TARGET_GROUP_ARN].targets
    )
    return world.having("target_groups", replace(world.target_groups[TARGET_GROUP_ARN], targets=targets))


def fault_3(world: Snapshot) -> Snapshot:
    """Return the world whose load balancer ACL drops replies from 10.0.11.0/24 to ports 1024-32767."""
    return with_entry(world, "acl-alb", allow_tcp(1100, "10.0.0.0/16", (32768, 65535)))


def fault_4(world: Snapshot) -> Snapshot:
    """Return the world whose DynamoDB endpoint is on no route table."""
    world = world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-dynamodb"], route_table_ids=()))
    for zone in ZONES:
        table = world.route_tables[f"rtb-app-{zone}"]
        routes = tuple(route for route in table.routes if route.target != "vpce-dynamodb")
        world = world.having("route_tables", replace(table, routes=routes))
    return world


def fault_6(world: Snapshot) -> Snapshot:
    """Return the world whose application ACL denies TCP to 1.1.1.1:80 ahead of its allow."""
    return with_entry(world, "acl-app", allow_tcp(99, "1.1.1.1/32", (80, 80), egress=True, action="deny"))


def decoys(world: Snapshot) -> Snapshot:
    """Return the world with what is odd and harmless: an entry that nothing meets, a subnet without association."""
    entry = allow_tcp(50, "192.0.2.0/24", (23, 23), action="deny")
    return with_association(with_entry(world, "acl-alb", entry), "subnet-db-c", None)
