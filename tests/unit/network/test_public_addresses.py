"""Public addresses belong to single private ones, and what cannot be paired is unknown."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.cli.question import Question, answered
from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.public_addresses import private_of, public_of
from pathmend.network.trace import trace
from pathmend.snapshot.resources import Gateway
from pathmend.snapshot.transit import TransitGatewayRoute
from tests.builders import a_route, a_workshop, an_acl_entry, an_interface, an_open_acl, with_entry, with_routes
from tests.unit.network.asking import ask, codes
from tests.unit.network.two_vpcs import a_transit_table, transited

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

OUTSIDE = ip_address("198.51.100.7")
FIRST, SECOND = ip_address("10.0.1.10"), ip_address("10.0.1.11")
ELASTIC, OTHER = ip_address("203.0.113.10"), ip_address("203.0.113.50")


def _world(**overrides: Any) -> Snapshot:
    """Return the workshop whose node a has a second private address, and whose filters there let all pass."""
    world = a_workshop().having("network_acls", an_open_acl(id="acl-alb", subnet_ids=("subnet-alb-a",)))
    node = world.interfaces["eni-alb-a"]
    pairs = {"private_ips": (FIRST, SECOND), "public_ips": (ELASTIC,), "public_pairs": ((FIRST, ELASTIC),)}
    return world.having("interfaces", replace(node, **{**pairs, **overrides}))


def _out(world: Snapshot, address: Any) -> Trace:
    return trace(world, Flow(Endpoint(address, world.interfaces["eni-alb-a"]), Endpoint(OUTSIDE), "tcp", 80))


def _in(world: Snapshot, address: Any) -> Trace:
    return trace(world, Flow(Endpoint(OUTSIDE), Endpoint(address, world.interfaces["eni-alb-a"]), "tcp", 80))


def test_rule_18_a_private_address_without_a_public_one_of_its_own_does_not_pass_the_internet_gateway() -> None:
    """Its interface's public address is another's; and from outside it is not reached either."""
    world = _world()
    assert _out(world, FIRST).verdict is Verdict.OPEN
    assert codes(_out(world, SECOND)) == [
        ("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "forward", "igw-workshop", None),
    ]
    assert _in(world, FIRST).verdict is Verdict.OPEN
    assert codes(_in(world, SECOND)) == [
        ("IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", "forward", "igw-workshop", None),
    ]


def test_rule_18_a_public_address_lands_on_its_own_private_one() -> None:
    """An edge table judges by it, and not by the interface's first."""
    world = _world(public_ips=(ELASTIC, OTHER), public_pairs=((FIRST, ELASTIC), (SECOND, OTHER)))
    node = world.interfaces["eni-alb-a"]
    assert private_of(world, node, OTHER).address == SECOND
    assert public_of(world, node, SECOND).address == OTHER
    assert _in(world, OTHER).verdict is Verdict.OPEN
    inside = trace(world, Flow(Endpoint(ip_address("10.0.2.10")), Endpoint(OTHER, node), "tcp", 80))
    assert inside.verdict is Verdict.OPEN


def test_acls_inside_see_the_private_address_that_a_public_one_stands_for() -> None:
    """A flow to the second public address meets the denial of the second private one."""
    world = _world(public_ips=(ELASTIC, OTHER), public_pairs=((FIRST, ELASTIC), (SECOND, OTHER)))
    world = with_entry(world, "acl-app", an_acl_entry(1, f"{SECOND}/32", egress=True, action="deny"))
    node, app = world.interfaces["eni-alb-a"], world.interfaces["eni-app-a"]
    by_address = [
        trace(world, Flow(Endpoint(one, node), Endpoint(app.private_ips[0], app), "tcp", 80))
        for one in (ELASTIC, OTHER)
    ]
    assert [one.verdict for one in by_address] == [Verdict.OPEN, Verdict.BLOCKED]


WHICH = "which private address of eni-alb-a has the public address 203.0.113.10 was not read"
TWO_PUBLIC = "the answers give 10.0.1.10 of eni-alb-a two public addresses: 203.0.113.10, 203.0.113.50"
TWO_PRIVATE = "the answers give 203.0.113.10 to more than one private address: of eni-alb-a"


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"public_pairs": ()}, WHICH),
        ({"public_ips": (ELASTIC, OTHER), "public_pairs": ((FIRST, ELASTIC), (FIRST, OTHER))}, TWO_PUBLIC),
        ({"public_pairs": ((FIRST, ELASTIC), (SECOND, ELASTIC))}, TWO_PRIVATE),
    ],
)
def test_a_pair_that_cannot_be_known_is_unknown_by_name_and_never_open(overrides: dict[str, Any], why: str) -> None:
    """Out by the private address, in to it, and in to the public one."""
    world = _world(**overrides)
    for found in (_out(world, FIRST), _in(world, FIRST), _in(world, ELASTIC)):
        assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (why,))


def test_a_public_address_that_two_interfaces_have_is_unknown() -> None:
    """It was moved between two of the calls."""
    twin = an_interface("10.0.2.99", id="eni-twin", subnet_id="subnet-alb-b", public_ips=(ELASTIC,))
    found = _out(_world().having("interfaces", twin), FIRST)
    why = "the answers give 203.0.113.10 to more than one private address: of eni-alb-a, eni-twin"
    assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (why,))


def test_what_is_left_over_belongs_to_the_only_address_that_is_left() -> None:
    """A private address has one public address at most."""
    world = _world(public_ips=(ELASTIC, OTHER), public_pairs=((FIRST, ELASTIC),))
    assert public_of(world, world.interfaces["eni-alb-a"], SECOND).address == OTHER
    lone = _world(private_ips=(FIRST,), public_pairs=())
    assert public_of(lone, lone.interfaces["eni-alb-a"], FIRST).address == ELASTIC


@pytest.mark.parametrize(("word", "called"), [("eni-alb-a", ELASTIC), ("10.0.1.11", OTHER), ("203.0.113.50", OTHER)])
def test_from_outside_an_end_is_called_by_the_public_address_of_its_own(word: str, called: Any) -> None:
    """Of the private address that was named, or of the first that has one."""
    world = _world(public_ips=(ELASTIC, OTHER), public_pairs=((FIRST, ELASTIC), (SECOND, OTHER)))
    (found,) = answered(world, Question("internet", word, "tcp", 80)).flows
    assert (found.trace.flow.destination.address, found.trace.verdict) == (called, Verdict.OPEN)


def test_a_public_address_is_of_no_use_at_the_internet_gateway_of_another_vpc() -> None:
    """Over a transit gateway, with no NAT gateway on the way: that gateway knows no such interface."""
    away = TransitGatewayRoute(ip_network("198.51.100.0/24"), ("tgw-attach-2",))
    table = a_transit_table(*a_transit_table().routes or (), away)
    world = transited().having("transit_gateway_route_tables", table).having("gateways", Gateway("igw-2", ("vpc-2",)))
    world = with_routes(world, "rtb-1", a_route("198.51.100.0/24", "tgw-1"))
    world = with_routes(world, "rtb-2", a_route("198.51.100.0/24", "igw-2"))
    world = world.having("interfaces", replace(world.interfaces["eni-1"], public_ips=(ELASTIC,)))
    assert codes(ask(world, "eni-1", str(OUTSIDE)))[0] == (
        *("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "forward", "igw-2"),
        None,
    )
