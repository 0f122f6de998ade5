"""Routes and what they lead to."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.network.flow import Endpoint, Flow, Verdict
from pathmend.network.routing import RouteLookup
from pathmend.network.trace import trace
from pathmend.snapshot.resources import RouteTableAssociation
from tests.builders import (
    CLIENT,
    EVERYWHERE,
    VPC_ID,
    a_route,
    a_route_table,
    a_subnet,
    a_vpc,
    a_workshop,
    a_world,
    an_interface,
    an_open_acl,
    fault_1,
    with_association,
)
from tests.unit.network.asking import ask, codes, way

if TYPE_CHECKING:
    from pathmend.snapshot.resources import NetworkAcl

OUTSIDE = "198.51.100.7"


def test_rule_14_the_longest_prefix_wins_then_static_over_propagated() -> None:
    """Whatever the order of routes."""
    learned = a_route("10.9.0.0/16", "vgw-1", origin="EnableVgwRoutePropagation")
    longer = a_route("10.9.1.0/24", "vgw-1", origin="EnableVgwRoutePropagation")
    static = a_route("10.9.0.0/16", "tgw-1")
    for routes in ((learned, static, longer), (longer, static, learned)):
        table = a_route_table(a_route(EVERYWHERE, "igw-1"), *routes)
        lookup = RouteLookup(a_world(table), table)
        found = [lookup.choose(ip_address(one)) for one in ("10.9.0.1", "10.9.1.1", "2001:db8::1")]
        assert [choice and choice.route for choice in found] == [static, longer, None]


def test_rule_14_a_blackhole_still_wins_the_match() -> None:
    """The default route does not save the packet."""
    world = a_workshop()
    table = a_route_table(
        a_route(EVERYWHERE, "nat-a"),
        a_route("198.51.100.0/24", "pcx-1", state="blackhole"),
        id="rtb-app-a",
        associations=world.route_tables["rtb-app-a"].associations,
    )
    found = ask(world.having("route_tables", table), "eni-app-a", OUTSIDE)
    assert codes(found) == [("BAD_STATE_ROUTE", "forward", "rtb-app-a", "198.51.100.0/24")]


def test_no_route_is_a_blocker_with_the_table_and_subnet() -> None:
    """A private subnet has no way out."""
    world = with_association(a_workshop(), "subnet-app-a", "rtb-main")
    found = ask(world, "eni-app-a", OUTSIDE)
    assert codes(found) == [("NO_ROUTE_TO_DESTINATION", "forward", "rtb-main", None)]
    assert found.blockers[0].subnet_id == "subnet-app-a"
    assert [hop.verdict for hop in found.forward if hop.kind == "route-table"] == [Verdict.BLOCKED]


def test_rule_18_in_from_the_internet_needs_gateway_and_public_address() -> None:
    """And the reply needs the route back to it."""
    found = ask(a_workshop(), OUTSIDE, "eni-alb-a")
    assert found.verdict is Verdict.OPEN
    assert way(found) == (
        ["igw-workshop", "acl-alb", "eni-alb-a", "sg-alb"],
        ["acl-alb", "rtb-public", "igw-workshop"],
    )
    world = a_workshop()
    bare = world.having("interfaces", replace(world.interfaces["eni-alb-a"], public_ips=()))
    assert codes(ask(bare, OUTSIDE, "eni-alb-a")) == [
        ("IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", "forward", "igw-workshop", None)
    ]
    detached = world.having("gateways", replace(world.gateways["igw-workshop"], vpc_ids=()))
    assert codes(ask(detached, OUTSIDE, "eni-alb-a")) == [
        ("UNASSOCIATED_COMPONENT", "forward", VPC_ID, None),
        ("UNASSOCIATED_COMPONENT", "return", "igw-workshop", None),
    ]
    unread = replace(world, gateways={}, unread={"InternetGateways": "denied"})
    assert ask(unread, OUTSIDE, "eni-alb-a").verdict is Verdict.UNKNOWN


def test_rule_18_out_to_the_internet_needs_a_public_address_and_destination() -> None:
    """A missing peering route with a default route dies at the internet gateway."""
    world = a_workshop().having("network_acls", an_open_acl(id="acl-alb", subnet_ids=("subnet-alb-a",)))
    assert ask(world, "eni-alb-a", OUTSIDE).verdict is Verdict.OPEN
    assert [code[0] for code in codes(ask(world, "eni-alb-a", "172.31.0.9"))] == [
        "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"
    ]
    assert [code[0] for code in codes(ask(world, "eni-alb-a", "100.64.0.9"))] == [
        "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"
    ]
    bare = world.having("interfaces", replace(world.interfaces["eni-alb-a"], public_ips=()))
    assert [code[0] for code in codes(ask(bare, "eni-alb-a", OUTSIDE))] == ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]


@pytest.mark.parametrize(
    ("table", "code", "rule"),
    [
        ("rtb-app-b", "NO_ROUTE_TO_DESTINATION", "0.0.0.0/0"),
        ("rtb-main", "NO_ROUTE_TO_DESTINATION", None),
    ],
)
def test_rule_19_from_the_internet_the_packet_arrives_and_the_reply_is_lost(
    table: str, code: str, rule: str | None
) -> None:
    """With no default route, or with one to a NAT gateway as in fault 1."""
    found = ask(with_association(a_workshop(), "subnet-alb-b", table), OUTSIDE, "eni-alb-b")
    assert found.verdict is Verdict.BLOCKED
    assert codes(found) == [(code, "return", table, rule)]
    blocker = found.blockers[0]
    assert (blocker.kind, blocker.subnet_id, blocker.direction) == ("route-table", "subnet-alb-b", "egress")
    assert all(hop.verdict is Verdict.OPEN for hop in found.forward)


def test_fault_1_hurts_one_node_only() -> None:
    """Its siblings are open, and the odd one names the shared table."""
    world = fault_1(a_workshop())
    verdicts = {zone: ask(world, OUTSIDE, f"eni-alb-{zone}").verdict for zone in "abc"}
    assert verdicts == {"a": Verdict.OPEN, "b": Verdict.BLOCKED, "c": Verdict.OPEN}


def test_a_more_specific_route_that_leads_replies_astray_says_so() -> None:
    """The route to the internet gateway is there, but hidden."""
    world = a_workshop()
    table = world.route_tables["rtb-public"]
    table = replace(table, routes=(*table.routes, a_route("198.51.100.0/24", "nat-a")))
    found = ask(world.having("route_tables", table), OUTSIDE, "eni-alb-a")
    assert codes(found) == [("MORE_SPECIFIC_ROUTE", "return", "rtb-public", "198.51.100.0/24")]


def test_rule_21_an_egress_only_gateway_lets_out_and_not_in() -> None:
    """IPv6 has its own default route; replies to what comes in are lost."""
    world = a_workshop()
    v6 = an_interface("10.0.1.77", id="eni-v6", private_ips=(), ipv6s=(ip_address("2001:db8::77"),))
    world = world.having("interfaces", v6).having("network_acls", _open_v6())
    assert ask(world, "eni-v6", "2001:db8:ffff::1").verdict is Verdict.OPEN
    assert codes(ask(world, "2001:db8:ffff::1", "eni-v6")) == [
        ("NO_ROUTE_TO_DESTINATION", "return", "rtb-public", "::/0")
    ]
    detached = world.having("gateways", replace(world.gateways["eigw-workshop"], vpc_ids=()))
    assert codes(ask(detached, "eni-v6", "2001:db8:ffff::1"))[0][0] == "UNASSOCIATED_COMPONENT"


def test_ipv6_leaves_by_an_internet_gateway_without_translation() -> None:
    """There is no public address to lack."""
    world = a_workshop()
    v6 = an_interface("10.0.1.77", id="eni-v6", private_ips=(), ipv6s=(ip_address("2001:db8::77"),))
    world = world.having("interfaces", v6).having("network_acls", _open_v6())
    table = a_route_table(
        a_route("::/0", "igw-workshop"),
        id="rtb-six",
        associations=(RouteTableAssociation("a-six", "subnet-alb-a"),),
    )
    public = world.route_tables["rtb-public"]
    kept = tuple(link for link in public.associations if link.subnet_id != "subnet-alb-a")
    world = world.having("route_tables", replace(public, associations=kept)).having("route_tables", table)
    assert ask(world, "eni-v6", "2001:db8:ffff::1").verdict is Verdict.OPEN
    assert ask(world, "2001:db8:ffff::1", "eni-v6").verdict is Verdict.OPEN


def _open_v6() -> NetworkAcl:
    acl = an_open_acl(id="acl-alb", subnet_ids=("subnet-alb-a",))
    everything = ip_network("::/0")
    return replace(acl, entries=tuple(replace(entry, cidr=everything) for entry in acl.entries))


def test_ways_that_were_not_read_or_are_not_modelled_are_unknown_with_their_name() -> None:
    """On any leg."""
    world = a_workshop()
    routes = (a_route("172.16.0.0/12", "pcx-1"), a_route("172.17.0.0/16", "lgw-1"), a_route("172.18.0.0/16", ""))
    table = world.route_tables["rtb-public"]
    world = world.having("route_tables", replace(table, routes=(*table.routes, *routes)))
    assert ask(world, "eni-alb-a", "172.16.0.1").unknown == ("the peering connection pcx-1 was not read",)
    assert ask(world, "eni-alb-a", "172.17.0.1").unknown == ("the way by lgw-1 is not modelled yet",)
    assert ask(world, "eni-alb-a", "172.18.0.1").unknown == ("the way by a route without a target is not modelled yet",)
    assert ask(world, "172.16.0.1", "eni-alb-a").unknown == (
        f"how 172.16.0.1 reaches {VPC_ID} was not read",
        "the peering connection pcx-1 was not read",
    )


def test_a_managed_prefix_list_in_a_table_is_unknown_unless_the_packet_stays_local() -> None:
    """Which addresses it holds is not in the snapshot."""
    world = a_workshop()
    table = world.route_tables["rtb-public"]
    world = world.having("route_tables", replace(table, routes=(*table.routes, a_route("pl-office", "tgw-1"))))
    assert ask(world, "eni-alb-a", OUTSIDE).unknown == (
        "the addresses of pl-office, a destination in rtb-public, were not read",
    )
    assert ask(world, "eni-alb-a", "eni-app-a").verdict is Verdict.OPEN


def test_missing_parts_of_the_snapshot_are_named() -> None:
    """Never assumed open."""
    lone = a_world(a_vpc(), an_interface(), an_interface("10.0.2.10", id="eni-1", subnet_id="subnet-alb-b"))
    assert ask(lone, "eni-0", "eni-1").unknown == (
        "the network ACL of subnet-alb-a was not read",
        "the route table of subnet-alb-a was not read",
        "the network ACL of subnet-alb-b was not read",
        "the route table of subnet-alb-b was not read",
    )
    found = ask(a_world(a_vpc(), a_subnet(), an_interface()), "eni-0", "10.0.9.9")
    assert "no interface with the address 10.0.9.9 was read" in found.unknown
    assert "the network ACL of an unknown subnet was not read" in found.unknown


def test_an_address_inside_the_vpc_stands_for_its_interface() -> None:
    """Without an interface the subnet's filters are asked, and the rest is unknown."""
    world = a_workshop()
    assert ask(world, "eni-alb-a", "10.0.12.10").verdict is Verdict.OPEN
    found = ask(world, "eni-alb-a", "10.0.12.99")
    assert found.unknown == ("no interface with the address 10.0.12.99 was read",)
    assert "acl-app" in way(found)[0]
    blind = replace(world, vpcs={})
    assert ask(blind, "eni-alb-a", "10.0.12.99").unknown == found.unknown
    assert ask(blind, OUTSIDE, "eni-alb-a").verdict is Verdict.OPEN


def test_a_public_address_of_an_interface_is_its_private_one_inside() -> None:
    """Filters never see the public one."""
    world = a_workshop()
    node = world.interfaces["eni-alb-a"]
    flow = Flow(Endpoint(CLIENT), Endpoint(node.public_ips[0], node), "tcp", 80)
    assert trace(world, flow).verdict is Verdict.OPEN


def test_flows_that_cannot_be_traced_are_unknown_or_refused() -> None:
    """Two outside ends; and what is no protocol."""
    world = a_workshop().having("interfaces", an_interface("10.5.0.1", id="eni-far", vpc_id="vpc-2"))
    assert ask(world, OUTSIDE, "1.1.1.1").unknown == ("neither end of the flow stands in the snapshot",)
    with pytest.raises(ValueError, match="tcpp is not a protocol"):
        ask(world, "eni-alb-a", "eni-app-a", protocol="tcpp")
