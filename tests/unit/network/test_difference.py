"""What a change opens, closes and reroutes, in few words."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pathmend.network.difference import Reach, difference
from pathmend.network.ports import ALL_PORTS, PortSet
from pathmend.network.reroutes import Reroute
from pathmend.snapshot.transit import PrefixList
from tests.builders import (
    EVERYWHERE,
    a_group,
    a_group_rule,
    a_route,
    a_subnet,
    a_workshop,
    a_world,
    allow_tcp,
    an_acl_entry,
    an_interface,
    decoys,
    fault_1,
    fault_3,
    fault_4,
    fault_6,
    with_association,
    with_entry,
)

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Route, RouteTable


def _said(reaches: tuple[Reach, ...]) -> list[str]:
    return [str(reach) for reach in reaches]


def test_the_repair_of_fault_3_opens_exactly_what_was_dropped() -> None:
    """For the three subnets of the load balancer; the surplus of the wrong rule closes."""
    found = difference(fault_3(a_workshop()), a_workshop())
    assert _said(found.opened) == ["10.0.11.0/24 tcp 1024-32767 ingress"]
    assert found.opened[0].subnet_ids == ("subnet-alb-a", "subnet-alb-b", "subnet-alb-c")
    assert found.opened[0].element_id == "acl-alb"
    assert {reach.ports for reach in found.closed} == {PortSet.of(32768, 65535)}
    addresses = sum(reach.peer.num_addresses for reach in found.closed)
    assert addresses == 65536 - 3 * 256
    assert found.rerouted == ()


def test_the_repair_of_fault_6_opens_one_address_and_port() -> None:
    """The deny shadowed an allow of everything."""
    found = difference(fault_6(a_workshop()), a_workshop())
    assert _said(found.opened) == ["1.1.1.1/32 tcp 80 egress"]
    assert found.closed == ()


def test_the_repair_of_fault_1_reroutes_one_subnet() -> None:
    """The default route by its name and not by what other routes leave of it."""
    found = difference(fault_1(a_workshop()), a_workshop())
    assert found.rerouted[0] == Reroute("subnet-alb-b", "0.0.0.0/0", "nat-b", "igw-workshop")
    assert {(change.subnet_id, change.destination) for change in found.rerouted} == {
        ("subnet-alb-b", name) for name in ("0.0.0.0/0", "::/0", "pl-dynamodb", "pl-s3")
    }
    assert (found.opened, found.closed) == ((), ())


def test_the_repair_of_fault_4_gives_the_prefix_list_back() -> None:
    """To each application subnet."""
    found = difference(fault_4(a_workshop()), a_workshop())
    assert [(change.subnet_id, change.before, change.after) for change in found.rerouted] == [
        (f"subnet-app-{zone}", None, "vpce-dynamodb") for zone in "abc"
    ]


def test_what_changes_nothing_is_no_difference() -> None:
    """An entry that only repeats the implicit deny, an allow as two halves, a subnet on the same routes."""
    world = a_workshop()
    assert not difference(world, world)
    decoy = difference(world, decoys(world))
    assert not decoy
    halves = with_entry(world, "acl-shared", an_acl_entry(100, "0.0.0.0/1"))
    halves = with_entry(halves, "acl-shared", an_acl_entry(101, "128.0.0.0/1"))
    assert not difference(world, halves)
    assert difference(with_entry(world, "acl-shared", an_acl_entry(100, "0.0.0.0/1")), halves)


def test_protocols_that_open_alike_are_said_once() -> None:
    """All of them as "-1"; the rest as all but the named ones."""
    closed = with_entry(a_workshop(), "acl-shared", an_acl_entry(100, action="deny"))
    (reach,) = difference(closed, a_workshop()).opened
    assert (reach.protocol, reach.ports, str(reach)) == ("-1", None, "0.0.0.0/0 all ingress")
    some = with_entry(closed, "acl-shared", allow_tcp(90, EVERYWHERE, (80, 80)))
    assert sorted(_said(difference(some, a_workshop()).opened)) == [
        "0.0.0.0/0 all but tcp ingress",
        "0.0.0.0/0 tcp 0-79, 81-65535 ingress",
    ]
    assert difference(some, a_workshop()).opened[0].ports == ALL_PORTS - PortSet.of(80)


def test_the_shorter_of_two_exact_descriptions_is_chosen() -> None:
    """Two port ranges on networks that nest: by port they are two boxes, by address three and more."""
    world = with_entry(a_workshop(), "acl-db", allow_tcp(10, "10.1.0.0/16", (1, 2)))
    more = with_entry(world, "acl-db", allow_tcp(20, "10.1.7.0/24", (8, 9)))
    assert _said(difference(a_workshop(), more).opened) == [
        "10.1.0.0/16 tcp 1-2 ingress",
        "10.1.7.0/24 tcp 8-9 ingress",
    ]


def test_a_group_opens_only_what_no_other_group_had_open() -> None:
    """References are the members' addresses, and a change of membership counts."""
    interface = an_interface(group_ids=("sg-0", "sg-1"))
    world = a_world(a_subnet(), interface, a_group(a_group_rule("10.9.0.0/16", (80, 80))), a_group(id="sg-1"))
    wider = world.having("security_groups", a_group(a_group_rule("10.9.0.0/16", (80, 81)), id="sg-1"))
    found = difference(world, wider)
    assert _said(found.opened) == ["10.9.0.0/16 tcp 81 ingress"]
    assert found.opened[0].element_id == "sg-0+sg-1"
    refers = world.having("security_groups", a_group(a_group_rule("sg-0", (22, 22)), id="sg-1"))
    assert _said(difference(world, refers).opened) == ["10.0.1.10/32 tcp 22 ingress"]
    bare = world.having("interfaces", replace(interface, group_ids=()))
    assert _said(difference(world, bare).closed) == ["10.9.0.0/16 tcp 80 ingress"]


def test_a_rule_towards_a_prefix_list_means_its_addresses() -> None:
    """And a list that gains an entry opens that one."""
    world = a_world(a_subnet(), an_interface(group_ids=("sg-0",)), a_group(a_group_rule("10.8.0.0/16", (80, 80))))
    world = world.having(
        "prefix_lists", PrefixList("pl-1", "office", (ip_network("10.8.0.0/17"), ip_network("10.9.0.0/24")))
    )
    both = (a_group_rule("10.8.0.0/16", (80, 80)), a_group_rule("pl-1", (80, 80)))
    listed = world.having("security_groups", a_group(*both))
    assert _said(difference(world, listed).opened) == ["10.9.0.0/24 tcp 80 ingress"]
    longer = listed.having("prefix_lists", PrefixList("pl-1", "office", (ip_network("10.9.0.0/23"),)))
    assert _said(difference(listed, longer).opened) == ["10.9.1.0/24 tcp 80 ingress"]


def test_a_rule_towards_a_list_that_was_not_read_may_mean_any_address() -> None:
    """Where it comes it opens all, where it goes it closes all, where it stays it changes nothing."""
    world = a_world(a_subnet(), an_interface(group_ids=("sg-0", "sg-gone")), a_group())
    listed = world.having("security_groups", a_group(a_group_rule("pl-1", (80, 80))))
    assert _said(difference(world, listed).opened) == ["0.0.0.0/0 tcp 80 ingress", "::/0 tcp 80 ingress"]
    assert _said(difference(listed, world).closed) == ["0.0.0.0/0 tcp 80 ingress", "::/0 tcp 80 ingress"]
    more = (a_group_rule("pl-1", (80, 80)), a_group_rule("10.9.0.0/24", (80, 80)))
    assert _said(difference(listed, listed.having("security_groups", a_group(*more))).opened) == [
        "10.9.0.0/24 tcp 80 ingress"
    ]


def _table(*routes: Route) -> RouteTable:
    table = a_workshop().route_tables["rtb-app-a"]
    return replace(table, routes=routes)


def test_an_endpoints_association_alone_reroutes_its_service() -> None:
    """Whatever the tables say in writing."""
    service = PrefixList("pl-dynamodb", "com.amazonaws.us-east-1.dynamodb", (ip_network("52.94.0.0/22"),))
    world = a_workshop().having("prefix_lists", service)
    off = world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-dynamodb"], route_table_ids=()))
    assert [(one.subnet_id, one.destination, one.before, one.after) for one in difference(off, world).rerouted] == [
        (f"subnet-app-{zone}", "pl-dynamodb", None, "vpce-dynamodb") for zone in "abc"
    ]


def test_reroutes_name_destinations_once() -> None:
    """Not those that only follow a wider one, nor those of which nothing is left."""
    local = a_route("10.0.0.0/16", "local")
    before = a_workshop().having("route_tables", _table(local, a_route(EVERYWHERE, "nat-a")))

    def changes(*routes: Route) -> list[tuple[str, str | None, str | None]]:
        after = before.having("route_tables", _table(local, *routes))
        return [(one.destination, one.before, one.after) for one in difference(before, after).rerouted]

    assert changes(a_route(EVERYWHERE, "igw-1"), a_route("9.0.0.0/8", "igw-1")) == [("0.0.0.0/0", "nat-a", "igw-1")]
    assert changes(a_route(EVERYWHERE, "nat-a"), a_route("9.0.0.0/8", "nat-a")) == []
    assert changes(a_route("0.0.0.0/1", "igw-1"), a_route("128.0.0.0/1", "igw-2")) == [
        ("0.0.0.0/1", "nat-a", "igw-1"),
        ("128.0.0.0/1", "nat-a", "igw-2"),
    ]
    assert changes(a_route(EVERYWHERE, "nat-a", state="blackhole")) == [("0.0.0.0/0", "nat-a", "nat-a (blackhole)")]
    assert changes() == [("0.0.0.0/0", "nat-a", None)]


def test_what_was_not_read_is_not_compared() -> None:
    """A subnet without table or ACL on either side has no difference to show."""
    lone = a_world(a_subnet())
    assert not difference(lone, a_workshop())
    assert not difference(with_association(a_workshop(), "subnet-alb-a", None), lone)
