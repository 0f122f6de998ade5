"""Transit gateways, VPNs on them, and NAT gateways behind them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.network.flow import Verdict
from pathmend.snapshot.resources import Gateway, NatGateway, RouteTableAssociation
from pathmend.snapshot.transit import (
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    VpnGateway,
)
from tests.builders import (
    EVERYWHERE,
    a_route,
    a_subnet,
    allow_tcp,
    an_acl,
    an_acl_entry,
    an_open_acl,
    with_entry,
    with_routes,
)
from tests.unit.network.asking import ask, codes, way
from tests.unit.network.two_vpcs import a_transit_table, an_attachment, transited, two_vpcs

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def test_rule_31_a_transit_gateway_carries_by_attachment_association_and_route() -> None:
    """Both legs pass both attachments' subnets and their ACLs."""
    found = ask(transited(), "eni-1", "eni-2")
    assert found.verdict is Verdict.OPEN
    assert way(found)[0] == [
        *("eni-1", "sg-1", "acl-1", "rtb-1", "tgw-1", "tgw-attach-1", "acl-1", "tgw-rtb-1", "tgw-attach-2"),
        *("acl-2", "rtb-2", "acl-2", "eni-2", "sg-2"),
    ]


def test_rule_31_the_attachment_needs_a_subnet_in_the_zone_of_the_source() -> None:
    """In any other zone nothing enters it."""
    world = transited().having("subnets", replace(transited().subnets["subnet-1"], availability_zone="us-east-1b"))
    assert codes(ask(world, "eni-1", "eni-2")) == [("TGW_ATTACH_VPC_AZ_RESTRICTION", "forward", "tgw-attach-1", None)]


def test_rule_31_the_association_chooses_the_table_and_it_needs_a_route() -> None:
    """On both legs; a blackhole drops."""
    only_one = a_transit_table(TransitGatewayRoute(ip_network("10.1.0.0/16"), ("tgw-attach-1",)))
    world = transited().having("transit_gateway_route_tables", only_one)
    assert codes(ask(world, "eni-1", "eni-2")) == [("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", "forward", "tgw-rtb-1", None)]
    hole = TransitGatewayRoute(ip_network("10.2.0.0/24"), (), "blackhole")
    world = transited().having("transit_gateway_route_tables", a_transit_table(*a_transit_table().routes or (), hole))
    assert ask(world, "eni-1", "eni-2").verdict is Verdict.OPEN
    hole = replace(hole, destination=ip_network("10.2.1.0/24"))
    world = transited().having("transit_gateway_route_tables", a_transit_table(*a_transit_table().routes or (), hole))
    assert codes(ask(world, "eni-1", "eni-2")) == [("TGW_RTB_BAD_STATE_ROUTE", "forward", "tgw-rtb-1", "10.2.1.0/24")]


def test_rule_31_static_or_propagated_and_static_first() -> None:
    """A VPC's propagation is a route, whether or not the answer lists it; a static one of the same length wins."""
    table = a_transit_table(propagating=("tgw-attach-1", "tgw-attach-2", "tgw-attach-gone"))
    world = transited().having("transit_gateway_route_tables", replace(table, routes=None))
    assert ask(world, "eni-1", "eni-2").verdict is Verdict.OPEN
    away = TransitGatewayRoute(ip_network("10.2.0.0/16"), (), "blackhole")
    world = transited().having("transit_gateway_route_tables", replace(table, routes=(away,)))
    assert codes(ask(world, "eni-1", "eni-2"))[0][0] == "TGW_RTB_BAD_STATE_ROUTE"


def test_rule_07_the_acl_of_the_attachments_subnet_is_asked() -> None:
    """Into it by source, out of it by destination; not for what the instance sends, outbound, nor inbound from it."""
    gate = an_acl(id="acl-tgw", vpc_id="vpc-1", subnet_ids=("subnet-1-tgw",))
    world = transited().having("network_acls", gate)
    assert codes(ask(world, "eni-1", "eni-2")) == [
        ("SUBNET_ACL_RESTRICTION", "forward", "acl-tgw", "*"),
        ("SUBNET_ACL_RESTRICTION", "return", "acl-tgw", "*"),
    ]
    world = with_entry(world, "acl-tgw", an_acl_entry(1, "10.1.1.10/32"))
    world = with_entry(world, "acl-tgw", an_acl_entry(1, "10.1.1.10/32", egress=True))
    assert ask(world, "eni-1", "eni-2").verdict is Verdict.OPEN


def test_rule_07_in_the_same_subnet_outbound_by_destination_and_inbound_by_source() -> None:
    """And nothing is asked about what comes from the gateway to an instance there."""
    world = transited().having("transit_gateway_attachments", an_attachment(1, subnet_ids=("subnet-1",)))
    gate = an_acl(
        an_acl_entry(1, "10.2.0.0/16", egress=True),
        an_acl_entry(1, "10.1.1.10/32"),
        id="acl-x",
        subnet_ids=("subnet-1",),
    )
    world = world.having("network_acls", replace(gate, vpc_id="vpc-1"))
    assert ask(world, "eni-1", "eni-2").verdict is Verdict.OPEN
    world = with_entry(world, "acl-x", an_acl_entry(1, "10.1.1.10/32", action="deny"))
    assert codes(ask(world, "eni-1", "eni-2")) == [("SUBNET_ACL_RESTRICTION", "forward", "acl-x", "1")]


@pytest.mark.parametrize(
    ("kind", "resource", "code"),
    [
        ("transit_gateways", TransitGateway("tgw-1", "deleting"), ("BAD_STATE", "forward", "tgw-1", None)),
        (
            "transit_gateway_attachments",
            an_attachment(1, state="modifying"),
            ("BAD_STATE_ATTACHMENT", "forward", "tgw-attach-1", None),
        ),
        (
            "transit_gateway_attachments",
            an_attachment(2, state="failed"),
            ("BAD_STATE_ATTACHMENT", "forward", "tgw-attach-2", None),
        ),
    ],
)
def test_what_is_in_a_bad_state_carries_nothing(kind: str, resource: object, code: tuple[str, str, str, None]) -> None:
    """The gateway and either attachment."""
    assert codes(ask(transited().having(kind, resource), "eni-1", "eni-2"))[0] == code


def test_a_vpc_without_attachment_or_an_attachment_without_association_is_a_blocker_only_where_read() -> None:
    """Else it is unknown, by name."""
    world = transited()
    alone = replace(world, transit_gateway_attachments={"tgw-attach-2": an_attachment(2)})
    assert "the attachment of vpc-1 to tgw-1 was not read" in ask(alone, "eni-1", "eni-2").unknown
    alone = replace(alone, given={"TransitGatewayVpcAttachments": 1})
    assert codes(ask(alone, "eni-1", "eni-2"))[0] == ("UNASSOCIATED_COMPONENT", "forward", "tgw-1", None)
    loose = world.having("transit_gateway_attachments", an_attachment(1, table_id=None))
    why = "the route table that tgw-attach-1 is associated with was not read"
    assert ask(loose, "eni-1", "eni-2").unknown == (why,)
    loose = replace(loose, given={"TransitGatewayRouteTableAssociations": 1})
    code = "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"
    assert codes(ask(loose, "eni-1", "eni-2"))[0] == (code, "forward", "tgw-attach-1", None)


def test_what_of_a_transit_gateway_was_not_read_is_unknown_by_name() -> None:
    """The gateway, its table's routes, an attachment's subnets, the far VPC, the far attachment or its kind."""
    world = transited()
    gone = replace(world, transit_gateways={})
    assert ask(gone, "eni-1", "eni-2").unknown == ("the transit gateway tgw-1 was not read",)
    blank = world.having("transit_gateway_route_tables", replace(a_transit_table(), routes=None))
    assert ask(blank, "eni-1", "eni-2").unknown == ("the routes of tgw-rtb-1 were not read",)
    bare = world.having("transit_gateway_attachments", an_attachment(1, subnet_ids=None))
    assert "the subnets of tgw-attach-1 were not read" in ask(bare, "eni-1", "eni-2").unknown
    far = replace(world, vpcs={"vpc-1": world.vpcs["vpc-1"]})
    why = "the VPC vpc-2 behind tgw-attach-2, or its attachment's subnets, was not read"
    assert why in ask(far, "eni-1", "eni-2").unknown
    odd = world.having("transit_gateway_attachments", an_attachment(2, kind="network-function"))
    assert "the way by tgw-attach-2 is not modelled yet" in ask(odd, "eni-1", "eni-2").unknown
    lost = replace(world, transit_gateway_attachments={"tgw-attach-1": an_attachment(1)})
    assert "the attachment tgw-attach-2 was not read" in ask(lost, "eni-1", "eni-2").unknown


VPN = TransitGatewayAttachment("tgw-attach-vpn", "tgw-1", "vpn", "vpn-1", "available", None, "tgw-rtb-1")
HOME = TransitGatewayRoute(ip_network("192.168.0.0/16"), ("tgw-attach-vpn",))


def _with_vpn() -> Snapshot:
    world = with_routes(transited(), "rtb-1", a_route("192.168.0.0/16", "tgw-1"))
    table = a_transit_table(*a_transit_table().routes or (), HOME)
    return world.having("transit_gateway_attachments", VPN).having("transit_gateway_route_tables", table)


def test_a_vpn_on_a_transit_gateway_is_a_way_out_and_in() -> None:
    """Both legs of a connection that either side opens."""
    found = ask(_with_vpn(), "eni-1", "192.168.0.1")
    assert found.verdict is Verdict.OPEN
    assert way(found)[1] == ["tgw-attach-vpn", "tgw-rtb-1", "tgw-attach-1", "acl-1", "rtb-1", "acl-1"]
    assert ask(_with_vpn(), "192.168.0.1", "eni-1").verdict is Verdict.OPEN
    table = a_transit_table(HOME)
    world = _with_vpn().having("transit_gateway_route_tables", table)
    assert codes(ask(world, "192.168.0.1", "eni-1")) == [
        ("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", "forward", "tgw-rtb-1", None)
    ]
    lost = replace(_with_vpn(), transit_gateway_route_tables={})
    assert "how 192.168.0.1 comes to tgw-1 was not read" in ask(lost, "192.168.0.1", "eni-1").unknown


def test_a_vpn_gateway_is_a_way_out_and_in() -> None:
    """Attached and available, or a blocker; unread, unknown."""
    world = with_routes(two_vpcs(), "rtb-1", a_route("192.168.0.0/16", "vgw-1", origin="EnableVgwRoutePropagation"))
    assert ask(world, "eni-1", "192.168.0.1").unknown == ("the VPN gateway vgw-1 was not read",)
    world = world.having("vpn_gateways", VpnGateway("vgw-1", "available", ("vpc-1",)))
    assert ask(world, "eni-1", "192.168.0.1").verdict is Verdict.OPEN
    found = ask(world, "192.168.0.1", "eni-1")
    assert found.verdict is Verdict.OPEN
    assert way(found) == (["vgw-1", "acl-1", "eni-1", "sg-1"], ["acl-1", "rtb-1", "vgw-1"])
    for gateway, code in (
        (VpnGateway("vgw-1", "deleted", ("vpc-1",)), "BAD_STATE"),
        (VpnGateway("vgw-1", "available"), "UNASSOCIATED_COMPONENT"),
    ):
        assert codes(ask(world.having("vpn_gateways", gateway), "eni-1", "192.168.0.1"))[0][0] == code


def _central_egress() -> Snapshot:
    """Return vpc-1 whose way to the internet is a NAT gateway in vpc-2, over the transit gateway."""
    world = with_routes(transited(), "rtb-1", a_route(EVERYWHERE, "tgw-1"))
    default = TransitGatewayRoute(ip_network(EVERYWHERE), ("tgw-attach-2",))
    table = a_transit_table(*a_transit_table().routes or (), default)
    nat = NatGateway("nat-2", "vpc-2", "subnet-2-nat", "available", private_ips=())
    nat_subnet = a_subnet(id="subnet-2-nat", vpc_id="vpc-2", cidrs=(ip_network("10.2.3.0/24"),))
    world = with_routes(world, "rtb-2", a_route(EVERYWHERE, "nat-2")).having("nat_gateways", nat)
    return world.having("transit_gateway_route_tables", table).having("subnets", nat_subnet)


def _circling() -> Snapshot:
    """Return two VPCs each of which sends 10.3.0.0/16 to the transit gateway, which sends it to the second."""
    away = TransitGatewayRoute(ip_network("10.3.0.0/16"), ("tgw-attach-2",))
    world = transited().having("transit_gateway_route_tables", a_transit_table(*a_transit_table().routes or (), away))
    for table in ("rtb-1", "rtb-2"):
        world = with_routes(world, table, a_route("10.3.0.0/16", "tgw-1"))
    return world


def test_a_circle_through_a_transit_gateway_ends_where_it_closes() -> None:
    """The same table decides about the same destination again: every hop is listed once, and what is no hop is not."""
    found = ask(_circling(), "eni-1", "10.3.0.1")
    assert codes(found) == [("ROUTING_LOOP", "forward", "tgw-rtb-1", "10.3.0.0/16")]
    assert found.verdict is Verdict.BLOCKED
    assert way(found)[0] == [
        *("eni-1", "sg-1", "acl-1", "rtb-1", "tgw-1", "tgw-attach-1", "acl-1", "tgw-rtb-1", "tgw-attach-2"),
        *("acl-2", "rtb-2", "tgw-rtb-1"),
    ]


def test_a_circle_between_two_tables_of_a_transit_gateway_ends_as_well() -> None:
    """Each VPC is associated with a table that leads to the other."""
    world = _circling()
    back = TransitGatewayRoute(ip_network("10.3.0.0/16"), ("tgw-attach-1",))
    world = world.having("transit_gateway_route_tables", a_transit_table(back, id="tgw-rtb-2"))
    world = world.having("transit_gateway_attachments", an_attachment(2, table_id="tgw-rtb-2"))
    found = ask(world, "eni-1", "10.3.0.1")
    assert codes(found) == [("ROUTING_LOOP", "forward", "tgw-rtb-1", "10.3.0.0/16")]
    assert len(found.forward) < 25


def test_rule_22_a_nat_gateway_serves_other_vpcs_over_a_transit_gateway() -> None:
    """Its subnet must lead to the internet gateway one way and back over the transit gateway the other."""
    world = _central_egress()
    assert codes(ask(world, "eni-1", "1.1.1.1")) == [("NO_ROUTE_TO_DESTINATION", "forward", "rtb-2", "0.0.0.0/0")]
    assert "nat-2" in way(ask(world, "eni-1", "1.1.1.1"))[0]


def _two_gateways() -> Snapshot:
    """Return vpc-1 with a private NAT gateway, from which the way leads over the transit gateway to that in vpc-2."""
    world = _central_egress().having("gateways", Gateway("igw-2", ("vpc-2",)))
    outer = replace(world.nat_gateways["nat-2"], private_ips=(ip_address("10.2.3.5"),))
    inner = NatGateway("nat-1", "vpc-1", "subnet-1-nat", "available", public=False)
    inner = replace(inner, private_ips=(ip_address("10.1.3.5"),))
    shared = world.route_tables["rtb-1"]
    own = (RouteTableAssociation("a-1", "subnet-1"),)
    to_nat = replace(shared, id="rtb-own", associations=own, routes=(shared.routes[0], a_route(EVERYWHERE, "nat-1")))
    of_nat = (RouteTableAssociation("a-2", "subnet-2-nat"),)
    home = world.route_tables["rtb-2"]
    to_internet = (home.routes[0], a_route("10.1.0.0/16", "tgw-1"), a_route(EVERYWHERE, "igw-2"))
    for kind, resource in (
        ("nat_gateways", outer),
        ("nat_gateways", inner),
        ("subnets", a_subnet(id="subnet-1-nat", vpc_id="vpc-1", cidrs=(ip_network("10.1.3.0/24"),))),
        ("route_tables", to_nat),
        ("route_tables", replace(home, id="rtb-nat", associations=of_nat, routes=to_internet)),
    ):
        world = world.having(kind, resource)
    return world


@pytest.mark.parametrize(
    ("inner", "outer", "verdict"),
    [
        ((1024, 32767), (32768, 65535), Verdict.PARTIAL),
        ((1024, 65535), (32768, 65535), Verdict.BLOCKED),
        ((1024, 32767), (1024, 65535), Verdict.BLOCKED),
    ],
)
def test_rule_23_two_nat_gateways_each_pick_ports_of_their_own(
    inner: tuple[int, int], outer: tuple[int, int], verdict: Verdict
) -> None:
    """What the ACL of one leaves it says nothing of the other: only where one has none left, nothing passes."""
    world = _two_gateways()
    for n, ports in ((1, inner), (2, outer)):
        gate = an_open_acl(id=f"acl-nat-{n}", vpc_id=f"vpc-{n}", subnet_ids=(f"subnet-{n}-nat",))
        world = world.having("network_acls", gate)
        world = with_entry(world, gate.id, allow_tcp(1, "1.1.1.1/32", ports, action="deny"))
    found = ask(world, "eni-1", "1.1.1.1")
    assert found.verdict is verdict
    assert {(one.element_id, one.blocked_ports.ranges[0]) for one in found.blockers} == {
        ("acl-nat-1", inner),
        ("acl-nat-2", outer),
    }
