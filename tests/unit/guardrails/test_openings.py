"""No plan opens the internet, all ports, administration, or more than the rules allow, in one piece or in many."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_group_rule import SetGroupRule
from pathmend.changes.set_route import SetRoute
from pathmend.guardrails.decide import refusals
from pathmend.guardrails.openings import forbidden_openings
from pathmend.network.difference import Difference, Reach, difference
from pathmend.network.ports import ALL_PORTS, PortSet
from tests.builders import (
    EVERYWHERE,
    a_group,
    a_group_rule,
    a_route,
    a_route_table,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    an_interface,
    with_association,
    with_routes,
)
from tests.unit.guardrails.cases import CALM, FREE, plan_of

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import AclEntry
    from pathmend.snapshot.world import Snapshot

WORLD = a_workshop()
HALF = 32_768


def reach(peer: str, ports: PortSet | None, *, protocol: str = "6", direction: str = "egress") -> Reach:
    """Return an opening of the application's ACL."""
    return Reach("acl-app", direction, ip_network(peer), protocol, ports, ("subnet-app-a",))


def opened(*reaches: Reach, beyond: bool = False, most: int = 10**15) -> list[str]:
    """Return what is forbidden about a plan that opens this."""
    plan = replace(plan_of(world=WORLD), effect=Difference(reaches, (), ()), beyond=reaches if beyond else ())
    return list(forbidden_openings(plan, WORLD, most=most))


def of(*changes: Change, world: Snapshot = WORLD) -> str:
    """Return what is forbidden about a plan of these changes, with what the model says that they open."""
    after = world
    for change in changes:
        after = change.after(after)
    effect = difference(world, after)
    plan = replace(plan_of(*changes, world=world), effect=effect, beyond=effect.opened)
    return "; ".join(refusals(plan, world, FREE, CALM))


@pytest.mark.parametrize(
    "reaches",
    [
        [reach(EVERYWHERE, None, protocol="-1")],
        [reach(EVERYWHERE, ALL_PORTS)],
        [reach(EVERYWHERE, PortSet.of(1, 65_535))],
        [reach("0.0.0.0/1", ALL_PORTS), reach("128.0.0.0/1", ALL_PORTS)],
        [reach(EVERYWHERE, PortSet.of(0, HALF - 1)), reach(EVERYWHERE, PortSet.of(HALF, 65_535))],
        [
            reach(EVERYWHERE, PortSet.of(0, HALF - 1)),
            reach("0.0.0.0/1", PortSet.of(HALF, 65_535)),
            reach("128.0.0.0/1", PortSet.of(HALF, 65_535)),
        ],
        [reach(EVERYWHERE, PortSet.of(80)), reach(EVERYWHERE, None, protocol="-1")],
        [reach("::/0", None, protocol="all but tcp")],
        [reach("::/1", ALL_PORTS, protocol="17")],
        [reach("10.0.11.0/24", ALL_PORTS)],
        [reach("10.0.11.0/24", ALL_PORTS, direction="ingress")],
    ],
)
def test_all_ports_are_never_opened_in_one_piece_or_in_many(reaches: list[Reach]) -> None:
    """To nobody, in either direction, whether or not the repair needs them."""
    assert any("would open all ports" in sentence for sentence in opened(*reaches))


@pytest.mark.parametrize(
    "reaches",
    [
        [reach(EVERYWHERE, PortSet.of(1024, 65_535))],
        [reach(EVERYWHERE, PortSet.of(443)), reach("::/0", PortSet.of(443))],
        [reach("0.0.0.0/1", PortSet.of(0, HALF - 1)), reach("128.0.0.0/1", PortSet.of(HALF, 65_535))],
        [reach(EVERYWHERE, PortSet.of(0, HALF - 1)), reach(EVERYWHERE, PortSet.of(HALF, 65_535), protocol="17")],
        [
            reach("10.0.0.0/16", PortSet.of(0, HALF - 1)),
            reach("10.0.0.0/16", PortSet.of(HALF, 65_535), direction="ingress"),
        ],
        [reach(EVERYWHERE, ALL_PORTS, protocol="1")],
        [reach("::/0", ALL_PORTS, protocol="58")],
    ],
)
def test_what_is_not_all_ports_for_anybody_is_not_refused_for_it(reaches: list[Reach]) -> None:
    """Replies need the ephemeral ones; ICMP has types, and two filters, protocols or peers are not one."""
    assert not any("all ports" in sentence for sentence in opened(*reaches))


@pytest.mark.parametrize("peer", [EVERYWHERE, "0.0.0.0/1", "::/0", "2000::/3", "::ffff:0:0/96", "10.0.0.0/7"])
def test_nobody_outside_is_ever_let_in(peer: str) -> None:
    """Halves, the other version, and what only looks private."""
    (sentence,) = opened(reach(peer, PortSet.of(443), direction="ingress"))
    assert "to addresses outside private networks" in sentence


@pytest.mark.parametrize("ports", [PortSet.of(22), PortSet.of(20, 25), PortSet.of(3389), None])
@pytest.mark.parametrize("protocol", ["6", "17", "50"])
def test_administration_is_never_opened_beyond_the_need(ports: PortSet | None, protocol: str) -> None:
    """Nor by a protocol that may carry any other."""
    found = opened(reach("10.0.11.0/24", ports, protocol=protocol), beyond=True)
    assert any("administration port" in sentence for sentence in found)


@pytest.mark.parametrize("ports", [PortSet.of(22), PortSet.of(20, 25), PortSet.of(3389), PortSet.of(3000, 4000)])
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_administration_is_never_opened_because_a_repair_needs_it(ports: PortSet, direction: str) -> None:
    """Whose targets are for administration is no load balancer that is opened by a machine."""
    (sentence,) = opened(reach("10.0.11.0/24", ports, direction=direction))
    assert "administration port" in sentence


@pytest.mark.parametrize("ports", [PortSet.of(1024, 65_535), PortSet.of(2000, 65_535)])
def test_the_range_of_replies_is_no_administration(ports: PortSet) -> None:
    """It holds 3389 by chance, and never 22."""
    assert opened(reach("10.0.11.0/24", ports)) == []


def test_the_types_of_icmp_are_no_ports() -> None:
    """Type 0 with code 22 is no shell."""
    assert opened(reach("10.0.11.0/24", PortSet.of(0, 255), protocol="1"), beyond=True) == []


@pytest.mark.parametrize(("most", "refused"), [(512, False), (511, True), (0, True)])
def test_more_than_the_ceiling_is_not_opened(most: int, refused: bool) -> None:  # noqa: FBT001 - the expectation
    """Addresses times ports of all that goes beyond the repair."""
    found = opened(reach("10.0.11.0/25", PortSet.of(443, 446)), beyond=True, most=most)
    words = f"the plan would open 512 addresses times ports beyond the repair: the rules allow {most}"
    assert found == ([words] if refused else [])


def test_what_the_repair_needs_does_not_count_towards_the_ceiling() -> None:
    """It is what the plan is for."""
    assert opened(reach("10.0.11.0/25", PortSet.of(443)), most=0) == []


def test_a_protocol_without_ports_counts_as_all_of_them() -> None:
    """And a whole network of version 6 is more than any ceiling."""
    assert any(
        "65536 addresses times ports" in one
        for one in opened(reach("10.0.11.1/32", None, protocol="50"), beyond=True, most=0)
    )
    assert any("beyond the repair" in one for one in opened(reach("2001:db8::/64", PortSet.of(443)), beyond=True))


SPANS = st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)).map(sorted)
REACHES = st.lists(
    st.builds(
        lambda peer, span, direction: reach(peer, PortSet.of(*span), direction=direction),
        st.sampled_from((EVERYWHERE, "0.0.0.0/1", "10.0.0.0/16", "10.0.11.0/24", "::/0")),
        SPANS,
        st.sampled_from(("ingress", "egress")),
    ),
    max_size=4,
)


@given(REACHES, REACHES, st.integers(0, 10**15))
def test_opening_more_is_never_less_forbidden(some: list[Reach], more: list[Reach], most: int) -> None:
    """Nothing that is added makes a plan harmless."""
    few, many = opened(*some, beyond=True, most=most), opened(*some, *more, beyond=True, most=most)
    assert bool(few) <= bool(many)


@pytest.mark.parametrize(
    "rule",
    [
        a_group_rule(EVERYWHERE, egress=True),
        a_group_rule("::/0", (0, 65_535), egress=True),
        a_group_rule("sg-alb", (1, 65_535)),
        a_group_rule("10.0.0.0/16", egress=True),
    ],
)
def test_a_group_never_gets_a_rule_for_all_ports(rule: object) -> None:
    """Whether or not an interface carries it, in or out."""
    world = WORLD.having("security_groups", a_group(id="sg-idle"))
    assert "for all ports" in of(SetGroupRule("sg-idle", rule), world=world)  # type: ignore[arg-type]


def test_a_group_may_be_led_out_to_one_port() -> None:
    """That lets nobody in."""
    world = WORLD.having("security_groups", a_group(id="sg-idle"))
    assert of(SetGroupRule("sg-idle", a_group_rule(EVERYWHERE, (443, 443), egress=True)), world=world) == ""
    assert of(SetGroupRule("sg-idle", a_group_rule("sg-alb", (8, 0), protocol="1")), world=world) == ""
    assert "administration" in of(SetGroupRule("sg-idle", a_group_rule("sg-alb", (22, 22), egress=True)), world=world)


@pytest.mark.parametrize(
    "entries",
    [
        [an_acl_entry(90, EVERYWHERE)],
        [allow_tcp(90, "0.0.0.0/1", (443, 443)), allow_tcp(91, "128.0.0.0/1", (443, 443))],
        [an_acl_entry(90, "::/0", protocol="6", ports=(443, 443))],
    ],
)
def test_an_acl_is_never_opened_to_the_internet_by_several_entries_either(entries: list[AclEntry]) -> None:
    """As the model sees them together."""
    changes = [SetAclEntry("acl-db", egress=False, rule_number=one.rule_number, entry=one) for one in entries]
    assert "outside private networks" in of(*changes)


def test_a_private_subnet_is_never_led_to_the_internet() -> None:
    """By a table of its own, nor by the main one; a subnet that is gone is not known to be public."""
    assert "would open subnet-app-a, which leads to no internet gateway" in of(
        AssociateRouteTable("subnet-app-a", "rtb-public")
    )
    public_main = with_routes(WORLD, "rtb-main", a_route(EVERYWHERE, "igw-workshop"))
    assert "would open subnet-app-a" in of(AssociateRouteTable("subnet-app-a", None), world=public_main)
    assert of(AssociateRouteTable("subnet-app-a", None)) == ""
    assert of(AssociateRouteTable("subnet-app-a", "rtb-app-b")) == ""
    plan = plan_of(AssociateRouteTable("subnet-app-a", "rtb-public"), world=WORLD)
    gone = replace(WORLD, subnets={})
    assert "subnet-app-a, which was not read" in "; ".join(refusals(plan, gone, FREE, CALM))


@pytest.mark.parametrize("subnet", ["subnet-alb-b", "subnet-shared-b"])
def test_a_public_subnet_may_be_led_back_to_the_internet(subnet: str) -> None:
    """One of the load balancer's own, or of a NAT gateway."""
    world = with_association(WORLD, subnet, "rtb-app-a")
    assert of(AssociateRouteTable(subnet, "rtb-public"), world=world) == ""
    internal = replace(
        world,
        load_balancers={arn: replace(one, scheme="internal") for arn, one in world.load_balancers.items()},
        nat_gateways={key: replace(one, public=False) for key, one in world.nat_gateways.items()},
    )
    assert f"would open {subnet}" in of(AssociateRouteTable(subnet, "rtb-public"), world=internal)


NARROW = ("52.216.0.0/15", "::/0")


@pytest.mark.parametrize("destination", NARROW)
def test_a_way_to_a_part_of_the_internet_is_none_to_all_of_it(destination: str) -> None:
    """A table with a route for one service's addresses, or for the other version, is private in all else."""
    world = WORLD.having("route_tables", a_route_table(a_route(destination, "igw-workshop"), id="rtb-narrow"))
    default = SetRoute("rtb-narrow", ip_network(EVERYWHERE), "igw-workshop")
    assert "rtb-narrow, which leads to no internet gateway" in of(default, world=world)
    assert of(SetRoute("rtb-narrow", ip_network(destination), "igw-workshop"), world=world) == ""
    listed = SetRoute("rtb-narrow", "pl-anything", "igw-workshop")
    assert "rtb-narrow, which leads to no internet gateway" in of(listed, world=world)
    moved = with_association(world, "subnet-app-a", "rtb-narrow")
    assert "would open subnet-app-a" in of(AssociateRouteTable("subnet-app-a", "rtb-public"), world=moved)


def test_a_carrier_gateway_leads_to_the_internet_as_well() -> None:
    """It lets in whoever comes by the carrier's network."""
    assert "to the internet" in of(SetRoute("rtb-app-a", ip_network("192.0.2.0/24"), "cagw-1"))


@pytest.mark.parametrize("table_id", ["rtb-unread", None])
def test_a_table_that_was_not_read_may_lead_to_the_internet(table_id: str | None) -> None:
    """What is unknown is not opened."""
    plan = plan_of(AssociateRouteTable("subnet-app-a", "rtb-app-b"), world=WORLD)
    (step,) = plan.steps
    blind = replace(plan, steps=(replace(step, change=AssociateRouteTable("subnet-app-a", table_id)),))
    tables = {key: table for key, table in WORLD.route_tables.items() if key != "rtb-main"}
    found = list(forbidden_openings(blind, replace(WORLD, route_tables=tables), most=0))
    named = table_id or "its main table"
    assert found == [f"the plan would associate subnet-app-a with {named}, which was not read"]


def test_a_subnet_that_is_public_already_may_change_its_table() -> None:
    """It gets nothing that it has not."""
    world = WORLD.having("route_tables", a_route_table(a_route(EVERYWHERE, "igw-workshop"), id="rtb-other"))
    internal = replace(world, load_balancers={})
    assert "internet gateway" not in of(AssociateRouteTable("subnet-alb-a", "rtb-other"), world=internal)


PUBLIC = (ip_address("203.0.113.99"),)


@pytest.mark.parametrize(
    ("rule", "interface", "reached"),
    [
        (a_group_rule(EVERYWHERE, (8080, 8080)), {"public_ips": PUBLIC}, True),
        (a_group_rule("::/0", (8080, 8080)), {"ipv6s": (ip_address("2001:db8::99"),)}, True),
        (a_group_rule("pl-unread", (8080, 8080)), {"public_ips": PUBLIC}, True),
        (a_group_rule(EVERYWHERE, (8080, 8080)), {}, False),
        (a_group_rule("10.0.0.0/16", (8080, 8080)), {"public_ips": PUBLIC}, False),
        (a_group_rule("sg-alb", (8080, 8080)), {"public_ips": PUBLIC}, False),
        (a_group_rule(EVERYWHERE, egress=True), {"public_ips": PUBLIC}, False),
        (a_group_rule(EVERYWHERE, (80, 80)), {"public_ips": PUBLIC, "description": "ELB app/other/1"}, False),
    ],
)
def test_the_internet_is_never_let_to_a_target_by_a_route(
    rule: object,
    interface: dict[str, Any],
    reached: bool,  # noqa: FBT001 - the expectation
) -> None:
    """Not even in a load balancer's own subnet: what has a public address there and lets everybody in stays shut."""
    world = with_association(WORLD, "subnet-alb-b", "rtb-app-b")
    world = world.having("security_groups", a_group(rule, id="sg-web"))  # type: ignore[arg-type]
    groups = ("sg-web", "sg-unread")
    world = world.having(
        "interfaces", an_interface("10.0.2.99", id="eni-web", subnet_id="subnet-alb-b", group_ids=groups, **interface)
    )
    found = of(AssociateRouteTable("subnet-alb-b", "rtb-public"), world=world)
    words = "the plan would let the internet reach eni-web in subnet-alb-b"
    assert (words in found) is reached
