"""Ways that are seldom seen, where a quick answer would be a wrong one."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from pathmend.cli.question import Question, answered
from pathmend.network.flow import Flow, Trace, Verdict
from pathmend.network.load_balancer import target_flows
from pathmend.network.ports import LINUX_EPHEMERAL, PortSet
from pathmend.network.services import to_service
from pathmend.network.trace import trace
from pathmend.snapshot.balancing import TargetHealth
from pathmend.snapshot.resources import Route
from pathmend.snapshot.transit import PrefixList, TransitGatewayRoute
from tests.builders import (
    LOAD_BALANCER_ARN,
    VPC_ID,
    a_target_group,
    a_workshop,
    allow_tcp,
    an_acl,
    an_acl_entry,
    an_interface,
    an_open_acl,
    with_entry,
)
from tests.unit.network.asking import ask, codes, end
from tests.unit.network.two_vpcs import a_transit_table, transited

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

OUTSIDE = "1.1.1.1"
_NAT64 = ip_network("64:ff9b::/96")
_OPEN_TO_ALL = an_acl(
    an_acl_entry(100, "::/0"),
    an_acl_entry(100, "::/0", egress=True),
    id="acl-app",
    vpc_id=VPC_ID,
    subnet_ids=("subnet-app-a",),
)


def _with_default_route(world: Snapshot, *routes: Route) -> Snapshot:
    """Give the app's table these routes, beside the local one, in place of all others."""
    table = world.route_tables["rtb-app-a"]
    local = next(route for route in table.routes if route.target == "local")
    return world.having("route_tables", replace(table, routes=(local, *routes)))


def _default(target: str) -> Route:
    table = a_workshop().route_tables["rtb-public"]
    return replace(next(route for route in table.routes if str(route.destination) == "0.0.0.0/0"), target=target)


def _by_a_nat_instance(public_ip: str | None) -> Trace:
    public = (ip_address(public_ip),) if public_ip else ()
    box = an_interface(
        "10.0.1.99",
        id="eni-box",
        vpc_id=VPC_ID,
        subnet_id="subnet-alb-a",
        group_ids=(),
        public_ips=public,
        source_dest_check=False,
    )
    world = a_workshop().having("interfaces", box)
    world = world.having("network_acls", an_open_acl(id="acl-alb", vpc_id=VPC_ID, subnet_ids=("subnet-alb-a",)))
    return ask(_with_default_route(world, _default("eni-box")), "eni-app-a", OUTSIDE)


def test_rule_20_a_nat_instance_lends_its_public_address() -> None:
    """Whether it translates is unknown; without a public address of its own it cannot."""
    assert _by_a_nat_instance("203.0.113.50").verdict is Verdict.UNKNOWN
    assert codes(_by_a_nat_instance(None)) == [
        ("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", "forward", "igw-workshop", None)
    ]


def _by_nat(world: Snapshot) -> Trace:
    return trace(world, Flow(end(world, "eni-app-a"), end(world, OUTSIDE), "tcp", 80, LINUX_EPHEMERAL))


def test_rule_23_a_nat_gateway_has_other_ports_than_its_client() -> None:
    """What the ACL denies of them hits the client only when none is left, over all the ACLs on the way."""
    denied = allow_tcp(1, "1.1.1.1/32", (32768, 60999), action="deny")
    world = with_entry(a_workshop(), "acl-shared", denied)
    found = _by_nat(world)
    assert found.verdict is Verdict.PARTIAL
    assert found.open_ports == LINUX_EPHEMERAL
    assert found.blockers[0].blocked_ports == PortSet.of(32768, 60999)
    rest = (
        allow_tcp(2, "1.1.1.1/32", (1024, 32767), action="deny"),
        allow_tcp(3, "1.1.1.1/32", (61000, 65535), action="deny"),
    )
    for entry in rest:
        world = with_entry(world, "acl-shared", entry)
    assert _by_nat(world).verdict is Verdict.BLOCKED


def test_rule_31_a_zone_that_was_not_read_is_unknown() -> None:
    """Of the sender's subnet, or of one of the attachment's."""
    for missing in ("subnet-1-tgw", "subnet-1"):
        world = transited()
        blank = replace(world.subnets[missing], availability_zone="")
        found = ask(world.having("subnets", blank), "eni-1", "eni-2")
        assert found.verdict is Verdict.UNKNOWN
        assert "Availability Zones of subnet-1, or of the subnets of tgw-attach-1" in found.unknown[0]


def test_rule_31_routes_of_a_transit_gateway_that_were_not_read_are_unknown() -> None:
    """Where what is propagated does not lead there, and where a list may lead anywhere."""
    to_list = TransitGatewayRoute("pl-unread", ("tgw-attach-2",))
    back = TransitGatewayRoute(ip_network("10.1.0.0/16"), ("tgw-attach-1",))
    for table, why in (
        (a_transit_table(routes=None, propagating=("tgw-attach-1",)), "the routes of tgw-rtb-1 were not read"),
        (a_transit_table(to_list, back), "the addresses of pl-unread, a destination in tgw-rtb-1, were not read"),
    ):
        found = ask(transited().having("transit_gateway_route_tables", table), "eni-1", "eni-2")
        assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (why,))


def test_rule_24_of_the_lists_of_several_regions_the_senders_is_meant() -> None:
    """By the zone of its subnet; the first where nothing tells."""
    world = replace(a_workshop(), prefix_lists={})
    for number, region in enumerate(("af-south-1", "us-east-1")):
        own = PrefixList(f"pl-{number}", f"com.amazonaws.{region}.s3", (ip_network(f"3.{number}.0.0/16"),))
        world = world.having("prefix_lists", own)
    assert to_service(world, "s3", {VPC_ID}).prefix_list == "pl-1"
    assert to_service(world, "s3").prefix_list == "pl-0"
    asked = answered(world, Question("eni-app-a", "s3", "tcp", 443))
    assert asked.flows[0].trace.flow.destination.prefix_list == "pl-1"


def test_ipv6_that_a_nat_gateway_translates_is_unknown() -> None:
    """It goes on as IPv4 (NAT64), which the routes and rules behind would judge otherwise."""
    world = _with_default_route(a_workshop(), replace(_default("nat-a"), destination=_NAT64))
    one = replace(world.interfaces["eni-app-a"], ipv6s=(ip_address("2600::10"),), private_ips=(), group_ids=())
    world = world.having("interfaces", one)
    world = world.having("network_acls", _OPEN_TO_ALL)
    found = ask(world, "eni-app-a", "64:ff9b::101:101")
    assert (found.verdict, found.unknown) == (
        Verdict.UNKNOWN,
        ("the way by nat-a, which translates IPv6 to IPv4, is not modelled yet",),
    )


def test_a_list_of_a_service_that_was_not_read_may_be_the_only_way_to_a_public_address() -> None:
    """A private address is in none of them."""
    world = _with_default_route(a_workshop(), Route("pl-unread", "vpce-s3"))
    found = ask(world, "eni-app-a", "52.216.0.1", 443)
    assert "the addresses of pl-unread, a destination in rtb-app-a, were not read" in found.unknown
    assert "NO_ROUTE_TO_DESTINATION" not in [one.code for one in found.blockers]
    found = ask(world, "eni-app-a", "172.16.0.1", 443)
    assert "NO_ROUTE_TO_DESTINATION" in [one.code for one in found.blockers]


def test_a_target_whose_address_is_none_is_unknown() -> None:
    """A group of addresses that names something else."""
    world = a_workshop()
    group = a_target_group(kind="ip", targets=(TargetHealth("not-an-address", 80, "unhealthy"),))
    flows = target_flows(world.having("target_groups", group), world.load_balancers[LOAD_BALANCER_ARN])
    assert {flow.trace.verdict for flow in flows} == {Verdict.UNKNOWN}


def test_a_target_that_has_only_ipv6_is_traced_by_it() -> None:
    """And one whose interface has no address at all is unknown."""
    world = a_workshop()
    load_balancer = world.load_balancers[LOAD_BALANCER_ARN]
    app = world.interfaces["eni-app-a"]
    for ipv6s in ((ip_address("2600::10"),), ()):
        bare = world.having("interfaces", replace(app, private_ips=(), ipv6s=ipv6s))
        flows = [
            one for one in target_flows(bare, load_balancer) if one.target and one.target.target_id == app.instance_id
        ]
        ends = {one.trace.flow.destination.address for one in flows}
        assert ends == ({ip_address("2600::10")} if ipv6s else {ip_address("0.0.0.0")})  # noqa: S104 - no address
