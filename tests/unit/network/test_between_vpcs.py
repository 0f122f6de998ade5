"""Peering and transit gateways, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.network.flow import Verdict
from pathmend.snapshot.resources import NatGateway
from pathmend.snapshot.transit import (
    PeeringEnd,
    TransitGateway,
)
from tests.builders import (
    EVERYWHERE,
    a_group,
    a_group_rule,
    a_route,
    an_interface,
    with_routes,
)
from tests.unit.network.asking import ask, codes, way
from tests.unit.network.two_vpcs import a_peering, an_attachment, peered, transited, two_vpcs

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def test_rule_32_a_peering_needs_routes_in_both_vpcs() -> None:
    """Each missing one is its own blocker, on its own leg."""
    assert ask(peered(), "eni-1", "eni-2").verdict is Verdict.OPEN
    assert way(ask(peered(), "eni-1", "eni-2")) == (
        ["eni-1", "sg-1", "acl-1", "rtb-1", "pcx-1", "acl-2", "eni-2", "sg-2"],
        ["acl-2", "rtb-2", "pcx-1", "acl-1"],
    )
    one_way = two_vpcs(("rtb-1", "pcx-1")).having("peerings", a_peering())
    assert codes(ask(one_way, "eni-1", "eni-2")) == [("NO_ROUTE_TO_DESTINATION", "return", "rtb-2", None)]
    neither = two_vpcs().having("peerings", a_peering())
    assert codes(ask(neither, "eni-1", "eni-2")) == [
        ("NO_ROUTE_TO_DESTINATION", "forward", "rtb-1", None),
        ("NO_ROUTE_TO_DESTINATION", "return", "rtb-2", None),
    ]


def test_an_address_that_one_interface_alone_has_stands_for_it_in_any_vpc() -> None:
    """So that both sides' missing routes are found."""
    assert codes(ask(two_vpcs(), "eni-1", "10.2.1.10")) == codes(ask(two_vpcs(), "eni-1", "eni-2")) != []


def test_rule_32_a_peering_must_be_active() -> None:
    """Pending or deleted, it carries nothing either way."""
    world = peered().having("peerings", a_peering(state="deleted"))
    assert codes(ask(world, "eni-1", "eni-2")) == [
        ("BAD_STATE", "forward", "pcx-1", None),
        ("BAD_STATE", "return", "pcx-1", None),
    ]


def test_rule_32_a_peering_is_not_transitive() -> None:
    """What lies beyond the other VPC, the internet or a third VPC, is not reached through it."""
    world = with_routes(peered(), "rtb-1", a_route(EVERYWHERE, "pcx-1"))
    assert codes(ask(world, "eni-1", "1.1.1.1")) == [("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", "forward", "pcx-1", None)]
    far = peered().having("peerings", a_peering(requester=PeeringEnd("vpc-8"), accepter=PeeringEnd("vpc-9")))
    assert codes(ask(far, "eni-1", "eni-2"))[0] == ("UNASSOCIATED_COMPONENT", "forward", "pcx-1", None)


def test_a_peering_whose_far_side_was_not_read_is_unknown() -> None:
    """Also when its blocks were not."""
    world = replace(
        peered(), vpcs={"vpc-1": peered().vpcs["vpc-1"]}, interfaces={"eni-1": peered().interfaces["eni-1"]}
    )
    world = world.having("peerings", a_peering(accepter=PeeringEnd("vpc-2")))
    assert ask(world, "eni-1", "10.2.1.10").unknown == ("vpc-2, on the far side of pcx-1, was not read",)


def test_an_address_of_the_far_vpc_is_found_when_the_way_leads_there() -> None:
    """Two VPCs may have the same addresses: the peering tells which is meant."""
    twin = an_interface("10.2.1.10", id="eni-twin", vpc_id="vpc-3", subnet_id="subnet-3")
    world = peered().having("interfaces", twin)
    assert ask(world, "eni-1", "10.2.1.10").verdict is Verdict.OPEN
    assert ask(world, "eni-1", "10.2.1.99").unknown == ("no interface with the address 10.2.1.99 was read",)
    outside = replace(a_peering(), accepter=PeeringEnd("vpc-2", (ip_network("10.0.0.0/8"),), "us-east-1"))
    world = with_routes(peered(), "rtb-1", a_route("10.7.0.0/16", "pcx-1")).having("peerings", outside)
    assert ask(world, "eni-1", "10.7.0.1").unknown == ("10.7.0.1 is no address of vpc-2, where the way leads",)


def _with_reference(world: Snapshot) -> Snapshot:
    group = a_group(a_group_rule("sg-1", (80, 80)), id="sg-2", vpc_id="vpc-2")
    own = a_group(a_group_rule("sg-2", (80, 80), egress=True), id="sg-1", vpc_id="vpc-1")
    return world.having("security_groups", group).having("security_groups", own)


def test_rule_09_references_hold_over_a_peering_within_a_region() -> None:
    """Across Regions they mean nothing, in either direction."""
    assert ask(_with_reference(peered()), "eni-1", "eni-2").verdict is Verdict.OPEN
    far = replace(a_peering().accepter, region="eu-west-1")
    world = _with_reference(peered()).having("peerings", a_peering(accepter=far))
    assert codes(ask(world, "eni-1", "eni-2")) == [
        ("ENI_SG_RULES_MISMATCH", "forward", "sg-1", None),
        ("ENI_SG_RULES_MISMATCH", "forward", "sg-2", None),
    ]


def test_rule_09_references_hold_over_a_transit_gateway_inbound_where_it_supports_them() -> None:
    """The gateway and both attachments must; rules for what goes out cannot refer over it at all."""
    world = _with_reference(transited())
    assert [code[2] for code in codes(ask(world, "eni-1", "eni-2"))] == ["sg-1", "sg-2"]
    world = world.having("transit_gateways", TransitGateway("tgw-1", "available", group_references=True))
    for n in (1, 2):
        world = world.having("transit_gateway_attachments", an_attachment(n, group_references=True))
    assert [code[2] for code in codes(ask(world, "eni-1", "eni-2"))] == ["sg-1"]


def test_a_private_nat_gateway_shows_its_own_address_to_the_far_side() -> None:
    """References end there, and the replies come back through it."""
    nat = NatGateway("nat-1", "vpc-1", "subnet-1-tgw", "available", public=False)
    world = peered().having("nat_gateways", nat)
    table = replace(world.route_tables["rtb-1"], id="rtb-x", associations=())
    link = replace(world.route_tables["rtb-1"].associations[0], id="a", subnet_id="subnet-1", main=False)
    table = replace(table, associations=(link,), routes=(table.routes[0], a_route("10.2.0.0/16", "nat-1")))
    world = world.having("route_tables", table)
    assert ask(world, "eni-1", "eni-2").unknown == ("the private address of nat-1 was not read",)
    known = world.having("nat_gateways", replace(nat, private_ips=(an_interface("10.1.2.5").private_ips)))
    found = ask(known, "eni-1", "eni-2")
    assert found.verdict is Verdict.OPEN
    assert way(found)[1] == ["acl-2", "rtb-2", "pcx-1", "acl-1", "acl-1", "rtb-1", "acl-1"]
    assert codes(ask(_with_reference(known), "eni-1", "eni-2"))[-1][2] == "sg-2"
