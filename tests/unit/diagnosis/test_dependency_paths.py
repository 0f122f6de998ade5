"""Ways to services and hosts: NAT gateways, endpoints, groups, peer networks, and what is not known of them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from pathmend.diagnosis.finding import (
    AclGap,
    EndpointWithoutTables,
    GroupGap,
    NameResolutionOff,
    NoMechanicalRepair,
    PrivateNamesOff,
    RouteGap,
    WrongRouteTable,
)
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, PortSet
from pathmend.snapshot.resources import NatGateway, RouteTable, RouteTableAssociation, SecurityGroupRule
from pathmend.snapshot.transit import Peering, PeeringEnd, TransitGatewayRoute
from tests.builders import (
    EVERYWHERE,
    VPC_ID,
    ZONES,
    a_group,
    a_group_rule,
    a_route,
    a_workshop,
    allow_tcp,
    an_acl,
    fault_4,
    with_association,
    with_entry,
    with_routes,
)
from tests.unit.diagnosis.needs import (
    DROPPING,
    DYNAMODB,
    PARAMETER,
    S3,
    SSM,
    TABLE,
    WEB_API,
    a_needy_workshop,
    a_rule_group,
    an_interface_endpoint,
    by_endpoint,
    found,
    needy,
    statement,
    with_endpoint,
    with_role,
    with_tag,
    with_vpc,
    without_routes,
)
from tests.unit.diagnosis.worlds import only

SSM_BY_ENDPOINT = statement("ssm:GetParameter", PARAMETER, "parameters", Condition=by_endpoint("vpce-ssm"))
TO_SSM = SecurityGroupRule(egress=False, protocol="6", ports=(443, 443), peer="sg-app")


def causes(world):
    """Return the causes of the findings."""
    return [finding.cause for finding in found(world)]


def with_nat(world, zone, **fields):
    """Return the world with other fields in a NAT gateway."""
    return world.having("nat_gateways", replace(world.nat_gateways[f"nat-{zone}"], **fields))


def with_egress(world, *rules):
    """Return the world whose application group has these rules for what goes out."""
    group = world.security_groups["sg-app"]
    inward = tuple(rule for rule in group.rules if not rule.egress)
    return world.having("security_groups", replace(group, rules=(*inward, *rules)))


def a_blackhole(world, zone):
    """Return the world whose NAT gateway in the zone was deleted: its route is a blackhole."""
    table = world.route_tables[f"rtb-app-{zone}"]
    dead = f"nat-{zone}"
    routes = tuple(replace(r, state="blackhole") if r.target == dead else r for r in table.routes)
    gateways = {name: nat for name, nat in world.nat_gateways.items() if name != dead}
    return replace(world.having("route_tables", replace(table, routes=routes)), nat_gateways=gateways)


@pytest.mark.parametrize("fault", [a_blackhole, lambda w, zone: with_nat(w, zone, state="failed")])
def test_a_dead_nat_gateway_is_replaced_by_one_that_works(fault):
    """The zone's own gateway is gone or failed: another of the VPC carries its traffic; one finding for all needs."""
    finding = only(found(fault(a_needy_workshop(), "b")))
    assert finding.cause == RouteGap(("rtb-app-b",), EVERYWHERE, "nat-a", "nat-b")
    assert "1 of 3 targets need http://1.1.1.1:80, ssm:GetParameter" in finding.sentence


def test_where_no_nat_gateway_works_a_person_decides():
    """All three failed: there is nothing to route to."""
    world = a_needy_workshop()
    for zone in ZONES:
        world = with_nat(world, zone, state="failed")
    assert {type(cause) for cause in causes(world)} == {NoMechanicalRepair}


def test_a_nat_gateway_of_the_own_zone_comes_first():
    """A second gateway in the zone is nearer than those of the others."""
    world = with_nat(a_needy_workshop(), "b", state="failed")
    spare = NatGateway("nat-spare", VPC_ID, "subnet-shared-b", "available", public_ips=(ip_address("203.0.113.40"),))
    assert causes(world.having("nat_gateways", spare)) == [RouteGap(("rtb-app-b",), EVERYWHERE, "nat-spare", "nat-b")]


def test_a_missing_default_route_is_known_by_its_siblings():
    """Two of three tables have one; without siblings nobody knows that it was meant."""
    world = without_routes(a_needy_workshop(), "nat-b")
    assert causes(world) == [RouteGap(("rtb-app-b",), EVERYWHERE, "nat-a")]
    world = without_routes(without_routes(world, "nat-a"), "nat-c")
    assert {type(cause) for cause in causes(world)} == {NoMechanicalRepair}


def test_a_default_route_that_leads_elsewhere_is_left_alone():
    """It leads to a gateway that is not there, and not to a NAT gateway: whatever was meant, it was not that."""
    world = with_routes(without_routes(a_needy_workshop(), "nat-b"), "rtb-app-b", a_route(EVERYWHERE, "igw-workshop"))
    assert {type(cause) for cause in causes(world)} == {NoMechanicalRepair}


def test_a_nat_gateway_in_a_private_subnet_uses_the_wrong_table():
    """Its siblings' table leads to the internet, its own does not."""
    world = with_association(a_needy_workshop(), "subnet-shared-b", "rtb-main")
    finding = only(found(world))
    assert finding.cause == WrongRouteTable("subnet-shared-b", "rtb-main", "rtb-public")
    assert "does not lead to the internet" in finding.sentence


def test_the_table_of_another_vpc_is_none_for_a_nat_gateways_subnet():
    """Siblings are subnets of NAT gateways of the same VPC: a table of another VPC cannot be associated at all."""
    public = a_workshop().route_tables["rtb-public"]
    world = with_association(a_needy_workshop(), "subnet-shared-a", "rtb-main")
    for zone in "bc":
        world = with_nat(world, zone, vpc_id="vpc-peer", subnet_id="subnet-peer-service")
    other = RouteTable(
        "rtb-other", "vpc-peer", public.routes, (RouteTableAssociation("rtbassoc-o", "subnet-peer-service"),)
    )
    world = world.having("route_tables", other)
    assert WrongRouteTable("subnet-shared-a", "rtb-main", None) in causes(world)


def test_an_endpoint_spares_a_way_that_nothing_mends():
    """No NAT gateway, and an endpoint of DynamoDB without the tables: that would do."""
    world = with_role(with_tag(a_workshop(), TABLE), statement("dynamodb:GetItem", TABLE))
    for zone in ZONES:
        world = without_routes(world, f"nat-{zone}")
    (cause,) = causes(fault_4(world))
    assert cause == EndpointWithoutTables("vpce-dynamodb", tuple(f"rtb-app-{zone}" for zone in ZONES))


def test_a_group_that_lets_nothing_out_lacks_rules_to_the_services():
    """To a service by its prefix list, to a host by its address; where addresses are not known, a person decides."""
    out = [cause for cause in causes(with_egress(a_needy_workshop())) if isinstance(cause, GroupGap)]
    assert [str(cause.rule.peer) for cause in out] == ["1.1.1.1/32", "10.2.4.20/32", "pl-dynamodb", "pl-s3"]
    some = causes(with_egress(a_needy_workshop(), a_group_rule(EVERYWHERE, (80, 80), egress=True)))
    assert [type(cause) for cause in some] == [GroupGap, GroupGap, NoMechanicalRepair]


def test_a_group_that_names_some_public_addresses_may_let_the_service_pass():
    """Which addresses the service has is not known, so nothing is proven."""
    rules = (a_group_rule("52.0.0.0/8", (443, 443), egress=True), a_group_rule(EVERYWHERE, (80, 80), egress=True))
    diagnosis = needy(with_egress(with_role(a_needy_workshop(), SSM), *rules))
    assert diagnosis.findings == ()
    (unknown,) = diagnosis.dependencies_unknown
    assert unknown.startswith("the way to ssm: some public addresses")


def test_an_interface_endpoint_takes_requests_in():
    """The service's name means its interfaces; its group decides."""
    world = an_interface_endpoint(with_role(a_needy_workshop(), DYNAMODB, S3, SSM_BY_ENDPOINT))
    assert found(world) == ()
    finding = only(found(world.having("security_groups", a_group(id="sg-endpoint"))))
    assert finding.cause == GroupGap("sg-endpoint", TO_SSM)
    assert "ingress TCP 443 from sg-app" in finding.sentence


def test_an_endpoint_in_a_group_of_its_own_vpc_is_opened_to_the_address_where_targets_have_no_group():
    """Nothing wider than the one address."""
    world = an_interface_endpoint(with_role(a_needy_workshop(), SSM)).having(
        "security_groups", a_group(id="sg-endpoint")
    )
    for zone in ZONES:
        world = world.having("interfaces", replace(world.interfaces[f"eni-app-{zone}"], group_ids=()))
    peers = {str(cause.rule.peer) for cause in causes(world) if isinstance(cause, GroupGap) and not cause.rule.egress}
    assert peers == {f"10.0.{11 + n}.10/32" for n in range(3)}


def test_interfaces_of_an_endpoint_that_were_not_read_are_unknown():
    """The way there cannot be judged."""
    diagnosis = needy(an_interface_endpoint(a_needy_workshop(), interface_ids=("eni-unread",)))
    assert diagnosis.dependencies_unknown == ("the way to ssm: the network interfaces of vpce-ssm were not read",)


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (lambda w: with_vpc(w, dns_hostnames=False), NameResolutionOff(VPC_ID, "dns_hostnames")),
        (lambda w: with_endpoint(w, "vpce-ssm", private_dns=False), PrivateNamesOff("vpce-ssm")),
    ],
)
def test_names_that_lead_past_an_endpoint_are_to_blame_where_a_condition_wants_it(broken, cause):
    """Without the private names the request leaves by NAT, which the statement does not allow."""
    world = an_interface_endpoint(with_role(a_needy_workshop(), DYNAMODB, S3, SSM_BY_ENDPOINT))
    assert only(found(broken(world))).cause == cause
    assert found(broken(with_role(world, DYNAMODB, S3, SSM))) == ()


def test_a_resolver_that_is_off_hides_an_endpoint_too():
    """DNS support is the attribute to blame, and one finding says so."""
    world = an_interface_endpoint(with_role(with_tag(a_needy_workshop(), "dns"), SSM_BY_ENDPOINT))
    finding = only(found(with_vpc(world, dns_support=False)))
    assert finding.cause == NameResolutionOff(VPC_ID, "dns_support")


def test_an_endpoint_that_is_not_available_is_no_way():
    """It helps nobody, so it is not proposed."""
    world = with_endpoint(fault_4(a_needy_workshop()), "vpce-dynamodb", state="pending")
    assert [type(cause) for cause in causes(world)] == [NoMechanicalRepair]


def test_names_lead_past_an_interface_endpoint_that_is_not_available():
    """Until it is, the name means the service's public addresses, and those are reached by NAT."""
    world = an_interface_endpoint(a_needy_workshop(), state="pending").having(
        "security_groups", a_group(id="sg-endpoint")
    )
    assert found(world) == ()


def test_a_service_without_a_list_goes_by_its_endpoint_all_the_same():
    """That the table is associated is known; what its addresses are is not."""
    world = with_role(a_needy_workshop(), S3)
    diagnosis = needy(replace(world, prefix_lists={}))
    assert diagnosis.findings == ()
    assert all("was not read" in text or "were not read" in text for text in diagnosis.dependencies_unknown)


def test_targets_with_public_addresses_leave_by_the_internet_gateway():
    """The service sees the target's own address."""
    condition = {"IpAddress": {"aws:SourceIp": "203.0.113.20/32"}}
    world = with_role(a_workshop(), SSM | {"Condition": condition})
    for index, zone in enumerate(ZONES):
        world = with_association(world, f"subnet-app-{zone}", "rtb-public")
        own = replace(world.interfaces[f"eni-app-{zone}"], public_ips=(ip_address(f"203.0.113.{20 + index}"),))
        world = world.having("interfaces", own)
    finding = only(tuple(f for f in found(world) if f.code == "IAM_DENIED"))
    assert "2 of 3 targets" in finding.sentence


def test_an_acl_that_drops_replies_is_named_with_the_ports():
    """Replies of the host come to ports that a NAT gateway picked, and to those of the target."""
    out = allow_tcp(100, EVERYWHERE, (1, 65535), egress=True)
    world = with_tag(a_workshop(), "http://1.1.1.1")
    shut = an_acl(out, allow_tcp(100, "10.0.0.0/16", (1, 65535)), id="acl-shared")
    gaps = causes(world.having("network_acls", replace(shut, subnet_ids=world.network_acls["acl-shared"].subnet_ids)))
    (gap,) = (cause for cause in gaps if isinstance(cause, AclGap))
    assert (gap.egress, gap.needed, gap.peers) == (False, LOAD_BALANCER_EPHEMERAL, (ip_network("1.1.1.1/32"),))


def test_an_acl_of_a_nat_subnet_that_keeps_targets_out_names_their_subnets():
    """On its way in to the gateway, a packet is seen to come from the target's subnet."""
    deny = allow_tcp(10, "10.0.0.0/16", (80, 80), action="deny")
    (gap,) = causes(with_entry(with_tag(a_workshop(), "http://1.1.1.1"), "acl-shared", deny))
    assert isinstance(gap, AclGap)
    assert gap.peers == tuple(ip_network(f"10.0.{11 + n}.0/24") for n in range(3))
    assert gap.ports == PortSet.of(80)


def test_an_acl_in_the_way_of_unknown_addresses_is_for_a_person():
    """What to open cannot be said."""
    deny = allow_tcp(10, EVERYWHERE, (443, 443), egress=True, action="deny")
    kinds = {type(cause) for cause in causes(with_entry(with_role(a_workshop(), SSM), "acl-app", deny))}
    assert kinds == {NoMechanicalRepair}


def test_a_route_missing_on_the_way_back_is_found_in_the_other_vpc():
    """Replies find no way home: the whole network behind the transit gateway is named, once."""
    world = a_needy_workshop()
    table = world.route_tables["rtb-peer-firewall"]
    world = world.having("route_tables", replace(table, routes=table.routes[:1]))
    assert causes(world) == [RouteGap(("rtb-peer-firewall",), "10.0.0.0/16", "tgw-1")]


def test_a_peer_network_behind_a_missing_route_shows_what_else_stops_the_flow():
    """Route and firewall both: one repair alone would not do."""
    world = without_routes(with_tag(a_needy_workshop(), WEB_API), "tgw-1").having("rule_groups", a_rule_group(DROPPING))
    assert [type(cause).__name__ for cause in causes(world)] == ["RouteGap", "FirewallDrop"]


def test_the_siblings_route_is_what_the_odd_table_lacks():
    """Two tables lead a wider network there: so should the third; a wrong target is named."""
    world = without_routes(with_tag(a_needy_workshop(), "tcp://10.2.4.20:80"), "tgw-1")
    for zone in "ac":
        world = with_routes(world, f"rtb-app-{zone}", a_route("10.2.0.0/16", "tgw-1"))
    assert causes(world) == [RouteGap(("rtb-app-b",), "10.2.0.0/16", "tgw-1")]
    world = with_routes(world, "rtb-app-b", a_route("10.2.0.0/16", "nat-b"))
    assert causes(world) == [RouteGap(("rtb-app-b",), "10.2.0.0/16", "tgw-1", "nat-b")]


def test_a_peering_connection_is_a_way_too():
    """It is active and holds the address: the subnet behind it is what the route should name."""
    world = without_routes(with_tag(a_needy_workshop(), "tcp://10.2.4.20:80"), "tgw-1")
    world = replace(world, transit_gateways={}, transit_gateway_attachments={})
    ends = PeeringEnd(VPC_ID, ()), PeeringEnd("vpc-peer", ())
    peered = world.having("peerings", Peering("pcx-1", "active", *ends))
    found_causes = causes(peered)
    assert RouteGap(tuple(f"rtb-app-{zone}" for zone in ZONES), "10.2.4.0/24", "pcx-1") in found_causes
    for peering in (
        Peering("pcx-1", "pending-acceptance", *ends),
        Peering("pcx-1", "active", PeeringEnd(VPC_ID), PeeringEnd("vpc-far")),
        Peering("pcx-1", "active", PeeringEnd("vpc-x"), PeeringEnd("vpc-y")),
    ):
        kinds = {type(cause) for cause in causes(world.having("peerings", peering))}
        assert kinds == {NoMechanicalRepair}


def test_a_way_is_not_to_blame_for_what_stops_the_flow_on_every_way():
    """A VPN leads there on purpose; the ACL in front of it denies, as it would in front of the transit gateway."""
    world = without_routes(a_needy_workshop(), "tgw-1")
    for zone in ZONES:
        world = with_routes(world, f"rtb-app-{zone}", a_route("10.2.4.0/24", "vgw-1"))
    denied = with_entry(world, "acl-app", allow_tcp(50, "10.2.4.20/32", (80, 80), egress=True, action="deny"))
    (finding,) = found(denied)
    assert isinstance(finding.cause, AclGap)


@pytest.mark.parametrize(
    "routes",
    [
        (TransitGatewayRoute(ip_network("10.2.0.0/16"), ("tgw-attach-peer",), state="blackhole"),),
        (TransitGatewayRoute(ip_network(EVERYWHERE), ("tgw-attach-peer",)),),
        None,
    ],
)
def test_a_transit_gateway_that_does_not_know_the_network_shows_no_way(routes):
    """A blackhole, a default route or an unread table prove nothing."""
    world = without_routes(with_tag(a_needy_workshop(), "tcp://10.2.4.20:80"), "tgw-1")
    table = replace(world.transit_gateway_route_tables["tgw-rtb-1"], routes=routes)
    kinds = {type(cause) for cause in causes(world.having("transit_gateway_route_tables", table))}
    assert kinds == {NoMechanicalRepair}


def test_a_network_behind_something_else_is_named_by_the_gateways_own_table():
    """A VPN behind the transit gateway has no subnets that anybody can read."""
    world = without_routes(with_tag(a_needy_workshop(), "tcp://10.9.1.1:80"), "tgw-1")
    attachment = replace(world.transit_gateway_attachments["tgw-attach-peer"], id="tgw-attach-vpn", kind="vpn")
    world = world.having("transit_gateway_attachments", attachment)
    table = world.transit_gateway_route_tables["tgw-rtb-1"]
    route = TransitGatewayRoute(ip_network("10.9.0.0/16"), ("tgw-attach-vpn",))
    world = world.having("transit_gateway_route_tables", replace(table, routes=(*(table.routes or ()), route)))
    assert causes(world)[0] == RouteGap(tuple(f"rtb-app-{zone}" for zone in ZONES), "10.9.0.0/16", "tgw-1")


def test_a_host_whose_address_is_not_known_is_unknown():
    """The tag can say it."""
    (unknown,) = needy(with_tag(a_workshop(), "https://api.test")).dependencies_unknown
    assert unknown == "which address api.test has: write https://api.test=ADDRESS:443 in the tag"


def test_a_way_that_the_snapshot_does_not_tell_is_unknown():
    """The far interface was not read."""
    world = with_tag(a_needy_workshop(), "udp://10.2.4.99:514")
    (unknown,) = needy(with_role(world, SSM)).dependencies_unknown
    assert unknown.startswith("udp://10.2.4.99:514: ")


def test_a_firewall_that_drops_by_address_is_for_a_person():
    """Nothing narrower than the whole rule could be edited."""
    world = with_tag(a_needy_workshop(), WEB_API)
    dropping = a_rule_group("drop tcp any any -> 10.2.4.0/24 any (sid:3;)")
    (cause,) = causes(world.having("rule_groups", dropping))
    assert isinstance(cause, NoMechanicalRepair)
    assert "sid 3" in cause.advice
    (cause,) = causes(with_tag(world, "tcp://10.2.4.20:80").having("rule_groups", dropping))
    assert isinstance(cause, NoMechanicalRepair)


def test_a_firewalls_subnet_without_a_way_out_is_for_a_person():
    """It is no NAT gateway's subnet, so no sibling shows which table it should use."""
    world = without_routes(with_tag(a_needy_workshop(), "http://1.1.1.1"), "nat-a")
    world = with_routes(with_role(world, S3), "rtb-app-a", a_route(EVERYWHERE, "vpce-wall"))
    wall = replace(world.vpc_endpoints["vpce-fw"], id="vpce-wall", vpc_id=VPC_ID, subnet_ids=("subnet-db-a",))
    firewall = replace(world.firewalls["arn:firewall"], endpoint_ids=("vpce-fw", "vpce-wall"))
    world = world.having("vpc_endpoints", wall).having("firewalls", firewall)
    finding = next(one for one in found(world) if one.resource == "rtb-main")
    assert isinstance(finding.cause, NoMechanicalRepair)
