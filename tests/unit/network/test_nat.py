"""Out by a NAT gateway and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pathmend.network.flow import Verdict
from pathmend.network.ports import PortSet
from tests.builders import (
    EVERYWHERE,
    a_route,
    a_route_table,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    an_interface,
    fault_6,
    with_association,
    with_entry,
)
from tests.unit.network.asking import ask, codes, way

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

OUTSIDE = "1.1.1.1"


def test_rule_22_the_way_out_passes_the_nat_gateway_and_its_subnet() -> None:
    """And back through both network ACLs."""
    found = ask(a_workshop(), "eni-app-a", OUTSIDE)
    assert found.verdict is Verdict.OPEN
    there, back = way(found)
    assert there == [
        *("eni-app-a", "sg-app", "acl-app", "rtb-app-a"),
        *("nat-a", "acl-shared", "acl-shared", "rtb-public", "igw-workshop"),
    ]
    assert back == ["acl-shared", "acl-shared", "rtb-public", "acl-app"]


def test_fault_6_the_deny_ahead_of_the_allow_is_named() -> None:
    """Only for that address and port."""
    world = fault_6(a_workshop())
    assert codes(ask(world, "eni-app-a", OUTSIDE)) == [("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "99")]
    assert ask(world, "eni-app-a", OUTSIDE, 443).verdict is Verdict.OPEN


def test_rule_23_the_nat_subnets_own_acl_applies_on_both_sides() -> None:
    """In from the private side, out to the internet, the reply in, and out to the private side."""
    deny_private = an_acl_entry(1, "10.0.11.0/24", action="deny")
    for entry, leg in (
        (deny_private, "forward"),
        (allow_tcp(1, "1.1.1.1/32", (80, 80), egress=True, action="deny"), "forward"),
        (an_acl_entry(1, "1.1.1.1/32", action="deny"), "return"),
        (replace(deny_private, egress=True), "return"),
    ):
        found = ask(with_entry(a_workshop(), "acl-shared", entry), "eni-app-a", OUTSIDE)
        assert codes(found) == [("SUBNET_ACL_RESTRICTION", leg, "acl-shared", "1")]
        assert found.verdict is Verdict.BLOCKED
        assert found.blockers[0].subnet_id == "subnet-shared-a"


def test_rule_23_replies_go_to_ports_that_the_gateway_chose() -> None:
    """The share that is blocked is of the gateway's ports, whatever the client's range."""
    half = allow_tcp(1, "1.1.1.1/32", (1024, 32767), action="deny")
    found = ask(with_entry(a_workshop(), "acl-shared", half), "eni-app-a", OUTSIDE)
    assert found.verdict is Verdict.PARTIAL
    assert found.blockers[0].blocked_ports == PortSet.of(1024, 32767)


def test_rule_35_a_nat_gateway_in_a_private_subnet_may_hide_a_second_blocker() -> None:
    """Both are reported."""
    world = with_association(a_workshop(), "subnet-shared-a", "rtb-app-a")
    world = with_entry(world, "acl-shared", an_acl_entry(1, action="deny"))
    assert codes(ask(world, "eni-app-a", OUTSIDE)) == [
        ("SUBNET_ACL_RESTRICTION", "forward", "acl-shared", "1"),
        ("NO_ROUTE_TO_DESTINATION", "forward", "rtb-app-a", "0.0.0.0/0"),
        ("SUBNET_ACL_RESTRICTION", "return", "acl-shared", "1"),
    ]


def _with_nat(**overrides: Any) -> Snapshot:
    world = a_workshop()
    return world.having("nat_gateways", replace(world.nat_gateways["nat-a"], **overrides))


def test_rule_22_a_nat_gateway_must_be_available() -> None:
    """A failed one is in a bad state."""
    assert codes(ask(_with_nat(state="failed"), "eni-app-a", OUTSIDE)) == [("BAD_STATE", "forward", "nat-a", None)]


def test_a_regional_nat_gateway_is_unknown_by_name() -> None:
    """It belongs to no subnet, and how it does its work is not modelled."""
    found = ask(_with_nat(subnet_id=""), "eni-app-a", OUTSIDE)
    assert found.unknown == ("the way by nat-a, a regional NAT gateway, is not modelled yet",)


def test_rule_22_a_nat_gateway_carries_tcp_udp_and_icmp_only() -> None:
    """ICMP by its echo; GRE is refused."""
    assert ask(a_workshop(), "eni-app-a", OUTSIDE, protocol="icmp").verdict is Verdict.OPEN
    assert ask(a_workshop(), "eni-app-a", OUTSIDE, protocol="udp").verdict is Verdict.OPEN
    found = ask(a_workshop(), "eni-app-a", OUTSIDE, protocol="47")
    assert codes(found) == [("PROTOCOL_RESTRICTION", "forward", "nat-a", None)]


def test_rule_22_a_private_nat_gateway_drops_what_leads_to_an_internet_gateway() -> None:
    """Where it leads elsewhere the way goes on."""
    world = _with_nat(public=False)
    assert codes(ask(world, "eni-app-a", OUTSIDE)) == [
        ("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "forward", "igw-workshop", None)
    ]
    table = a_route_table(a_route(EVERYWHERE, "tgw-1"), id="rtb-tgw")
    world = with_association(world.having("route_tables", table), "subnet-shared-a", "rtb-tgw")
    assert ask(world, "eni-app-a", OUTSIDE).unknown == ("the transit gateway tgw-1 was not read",)


def test_a_private_destination_dies_at_the_internet_gateway_behind_the_nat_gateway() -> None:
    """Fault 7 in the model: the peer network's own route is missing."""
    found = ask(a_workshop(), "eni-app-a", "172.16.4.9")
    assert [code[0] for code in codes(found)] == ["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"]


def test_a_nat_gateway_that_was_not_read_is_unknown() -> None:
    """And so is what lies behind a subnet without tables."""
    world = replace(a_workshop(), nat_gateways={})
    assert ask(world, "eni-app-a", OUTSIDE).unknown == ("the NAT gateway nat-a was not read",)
    bare = replace(a_workshop(), gateways={})
    assert ask(bare, "eni-app-a", OUTSIDE).unknown == ("the gateway igw-workshop was not read",)
    cut = with_association(a_workshop(), "subnet-shared-a", "rtb-main")
    assert codes(ask(cut, "eni-app-a", OUTSIDE)) == [("NO_ROUTE_TO_DESTINATION", "forward", "rtb-main", None)]


def test_beside_the_nat_gateway_its_acl_is_not_asked_on_the_private_side() -> None:
    """An interface in the NAT gateway's subnet crosses no edge to reach it."""
    world = a_workshop().having("interfaces", an_interface("10.0.21.50", id="eni-x", subnet_id="subnet-shared-a"))
    table = world.route_tables["rtb-public"]
    table = replace(table, routes=(*table.routes, a_route("1.1.1.0/24", "nat-a")))
    there, back = way(ask(world.having("route_tables", table), "eni-x", OUTSIDE))
    assert (there.count("acl-shared"), back.count("acl-shared")) == (2, 1)
