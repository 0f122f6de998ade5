"""What stands at the edge of a VPC and in between: appliances, endpoints, services, public access, host services."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.network.flow import Endpoint, Flow, Verdict
from pathmend.network.trace import trace
from pathmend.snapshot.firewall import Firewall
from pathmend.snapshot.resources import RouteTableAssociation, VpcEndpoint
from pathmend.snapshot.transit import PublicAccessBlock, PublicAccessExclusion
from tests.builders import (
    EVERYWHERE,
    VPC_ID,
    a_group,
    a_group_rule,
    a_route,
    a_route_table,
    a_subnet,
    a_workshop,
    an_acl_entry,
    an_interface,
    an_open_acl,
    with_entry,
    with_routes,
)
from tests.unit.network.asking import ask, codes, end, way

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

OUTSIDE = "198.51.100.7"
S3 = (ip_network("3.5.0.0/19"), ip_network("52.216.0.0/15"))


def _firewalled(*, check: bool = False, inner: bool = True) -> Snapshot:
    """Return the workshop whose way from load balancer a to application a leads by an appliance's interface.

    Without `inner` the appliance's own subnet has that route too, and the packet comes back to it for ever.
    """
    everything = (a_group_rule(EVERYWHERE), a_group_rule(EVERYWHERE, egress=True))
    appliance = an_interface(
        "10.0.91.9", id="eni-fw", subnet_id="subnet-fw", source_dest_check=check, group_ids=("sg-fw",)
    )
    world = a_workshop().having("interfaces", appliance).having("security_groups", a_group(*everything, id="sg-fw"))
    world = world.having("subnets", a_subnet(id="subnet-fw", cidrs=(ip_network("10.0.91.0/24"),)))
    world = with_routes(world, "rtb-public", a_route("10.0.11.0/24", "eni-fw"))
    own = world.route_tables["rtb-main"]
    links = (*own.associations, RouteTableAssociation("a-fw", "subnet-fw"))
    return (
        world
        if inner
        else with_routes(
            world.having("route_tables", replace(own, associations=links)),
            "rtb-main",
            a_route("10.0.11.0/24", "eni-fw"),
        )
    )


def test_rule_15_a_route_more_specific_than_local_leads_by_an_appliance() -> None:
    """What that does with the packet is not in the snapshot; all filters on the way are asked."""
    found = ask(_firewalled(), "eni-alb-a", "eni-app-a")
    assert way(found)[0] == [
        *("eni-alb-a", "sg-alb", "acl-alb", "rtb-public"),
        *("acl-default", "eni-fw", "sg-fw", "eni-fw", "sg-fw", "eni-fw"),
        *("acl-default", "rtb-main", "acl-app", "eni-app-a", "sg-app"),
    ]
    assert "whether the appliance behind eni-fw forwards is not in the snapshot" in found.unknown
    assert ask(_firewalled(), "eni-alb-a", "eni-app-b").verdict is Verdict.OPEN
    back = with_routes(_firewalled(), "rtb-app-b", a_route("10.0.1.0/24", "eni-fw"))
    assert way(ask(back, "eni-alb-a", "eni-app-b"))[1] == [
        *("acl-app", "rtb-app-b", "acl-default", "eni-fw", "acl-default", "rtb-main", "acl-alb")
    ]


def test_rule_20_the_source_destination_check_must_be_off_on_a_forwarding_interface() -> None:
    """Unless the packet is for that interface itself."""
    found = ask(_firewalled(check=True), "eni-alb-a", "eni-app-a")
    assert ("ENI_SOURCE_DEST_CHECK_RESTRICTION", "forward", "eni-fw", None) in codes(found)
    world = with_routes(a_workshop(), "rtb-public", a_route("10.0.11.10/32", "eni-app-a"))
    assert ask(world, "eni-alb-a", "eni-app-a").verdict is Verdict.OPEN


def test_rule_09_references_do_not_survive_an_appliance() -> None:
    """The target's group refers to the load balancer's, and the packet comes by way of another."""
    assert codes(ask(_firewalled(), "eni-alb-a", "eni-app-a")) == [("ENI_SG_RULES_MISMATCH", "forward", "sg-app", None)]


def test_a_way_in_circles_is_unknown() -> None:
    """An appliance whose own subnet sends back to it."""
    found = ask(_firewalled(inner=False), "eni-alb-a", "eni-app-a")
    assert "the forward leg goes round in circles" in found.unknown


def _inspected(*, state: str = "available", **overrides: Any) -> Snapshot:
    """Return the workshop whose internet gateway hands what is for load balancer a to a firewall endpoint."""
    edge = (RouteTableAssociation("a-edge", gateway_id="igw-workshop"),)
    world = a_workshop().having("subnets", a_subnet(id="subnet-fw", cidrs=(ip_network("10.0.91.0/24"),)))
    inner = (RouteTableAssociation("a-fw", "subnet-fw"),)
    endpoint = VpcEndpoint("vpce-fw", VPC_ID, "fw", "GatewayLoadBalancer", state, (), ("subnet-fw",))
    for table in (
        a_route_table(a_route("10.0.1.0/24", "vpce-fw"), id="rtb-edge", associations=edge),
        a_route_table(a_route(EVERYWHERE, "igw-workshop"), id="rtb-fw", associations=inner),
        a_route_table(
            a_route(EVERYWHERE, "vpce-fw"), id="rtb-alb-a", associations=(RouteTableAssociation("a-a", "subnet-alb-a"),)
        ),
    ):
        world = world.having("route_tables", table)
    public = world.route_tables["rtb-public"]
    kept = tuple(one for one in public.associations if one.subnet_id != "subnet-alb-a")
    world = world.having("route_tables", replace(public, associations=kept))
    return world.having("vpc_endpoints", replace(endpoint, **overrides))


def test_rule_20_an_edge_table_leads_by_a_firewall_both_ways() -> None:
    """Its policy was not read, so nothing is proven open; the rest of the way is traced all the same."""
    world = _inspected().having("firewalls", Firewall("arn:fw", "wall", VPC_ID, ("vpce-fw",)))
    found = ask(world, OUTSIDE, "eni-alb-a")
    assert found.verdict is Verdict.UNKNOWN
    assert found.unknown == ("the policy of the network firewall wall was not read",)
    there, back = way(found)
    assert there == [
        *(
            "igw-workshop",
            "rtb-edge",
            "vpce-fw",
            "acl-default",
            "acl-default",
            "rtb-fw",
            "acl-alb",
            "eni-alb-a",
            "sg-alb",
        )
    ]
    assert back == ["acl-alb", "rtb-alb-a", "vpce-fw", "acl-default", "acl-default", "rtb-fw", "igw-workshop"]
    assert ask(_inspected(), OUTSIDE, "eni-alb-b").verdict is Verdict.OPEN


def test_an_endpoint_in_a_bad_state_or_without_a_known_subnet_ends_the_way() -> None:
    """The first is a blocker, the second unknown."""
    found = ask(_inspected(state="deleting"), OUTSIDE, "eni-alb-a")
    assert codes(found)[0] == ("BAD_STATE", "forward", "vpce-fw", None)
    assert (
        "what the appliance behind vpce-fw lets pass is not modelled"
        in ask(_inspected(subnet_ids=()), OUTSIDE, "eni-alb-a").unknown
    )
    world = replace(_inspected(), vpc_endpoints={})
    assert ask(world, OUTSIDE, "eni-alb-a").verdict is Verdict.UNKNOWN
    same = _inspected(subnet_ids=("subnet-alb-a",))
    assert "acl-default" not in way(ask(same, "eni-alb-a", OUTSIDE))[0]


def test_rule_20_an_edge_table_with_a_local_route_changes_nothing() -> None:
    """Nor one that leads by an interface of its own."""
    edge = (RouteTableAssociation("a-edge", gateway_id="igw-workshop"),)
    plain = a_workshop().having("route_tables", a_route_table(id="rtb-edge", associations=edge))
    assert ask(plain, OUTSIDE, "eni-alb-a").verdict is Verdict.OPEN
    by = a_route_table(a_route("10.0.1.0/24", "eni-gone"), id="rtb-edge", associations=edge)
    found = ask(a_workshop().having("route_tables", by), OUTSIDE, "eni-alb-a")
    assert found.unknown == ("the interface eni-gone was not read",)


def _blocked(mode: str, *exclusions: PublicAccessExclusion) -> Snapshot:
    world = replace(a_workshop(), given={"VpcBlockPublicAccessOptions": 1})
    world = world.having("network_acls", an_open_acl(id="acl-alb", subnet_ids=("subnet-alb-a",)))
    world = world.having("public_access_blocks", PublicAccessBlock("1/us-east-1", "1", "us-east-1", mode))
    for one in exclusions:
        world = world.having("public_access_exclusions", one)
    return world


OUT, IN, NAT_OUT = ("eni-alb-a", OUTSIDE), (OUTSIDE, "eni-alb-a"), ("eni-app-a", OUTSIDE)


@pytest.mark.parametrize(
    ("mode", "exclusion", "open_ways"),
    [
        ("off", None, {OUT, IN, NAT_OUT}),
        ("block-ingress", None, {NAT_OUT}),
        ("block-ingress", "allow-egress", {NAT_OUT}),
        ("block-ingress", "allow-bidirectional", {OUT, IN, NAT_OUT}),
        ("block-bidirectional", None, set()),
        ("block-bidirectional", "allow-egress", {NAT_OUT}),
        ("block-bidirectional", "allow-bidirectional", {OUT, IN, NAT_OUT}),
    ],
)
def test_rule_20_block_public_access_by_mode_and_exclusion(
    mode: str, exclusion: str | None, open_ways: set[tuple[str, str]]
) -> None:
    """What a NAT gateway opens passes where only ingress is blocked."""
    spared = [PublicAccessExclusion("x", VPC_ID, exclusion)] if exclusion else []
    world = _blocked(mode, *spared)
    found = {ends: ask(world, *ends) for ends in (OUT, IN, NAT_OUT)}
    assert {ends for ends, one in found.items() if one.verdict is Verdict.OPEN} == open_ways
    shut = [one for ends, one in found.items() if ends not in open_ways]
    assert all(codes(one)[0][0] == "VPC_BLOCK_PUBLIC_ACCESS_ENABLED" for one in shut)


def test_rule_20_an_exclusion_of_a_subnet_is_for_the_interfaces_in_it() -> None:
    """Of those on a way by a NAT gateway it is the gateway's that meets the internet."""
    for subnet, wanted in (("subnet-app-a", Verdict.BLOCKED), ("subnet-shared-a", Verdict.OPEN)):
        for mode in ("allow-egress", "allow-bidirectional"):
            world = _blocked("block-bidirectional", PublicAccessExclusion("x", subnet, mode))
            assert ask(world, *NAT_OUT).verdict is wanted


def test_block_public_access_of_another_region_or_unread() -> None:
    """Another Region's does not count; one that was denied is unknown; one not asked for is taken as off, and said."""
    other = replace(_blocked("off"), public_access_blocks={})
    assert ask(other, *IN).verdict is Verdict.OPEN
    far = other.having("public_access_blocks", PublicAccessBlock("1/eu-west-1", "1", "eu-west-1", "block-ingress"))
    assert ask(far, *IN).verdict is Verdict.OPEN
    denied = replace(a_workshop(), unread={"VpcBlockPublicAccessOptions": "denied"})
    assert ask(denied, *IN).unknown == ("VPC Block Public Access was not read: denied",)
    assert "taken as off" in ask(a_workshop(), *IN).latent[0].note


def test_rule_33_what_is_odd_beside_the_way_is_latent_and_no_blocker() -> None:
    """A dead route that this flow does not take, and an entry that is never reached."""
    world = with_routes(a_workshop(), "rtb-public", a_route("10.99.0.0/16", "pcx-gone", state="blackhole"))
    world = with_entry(world, "acl-alb", an_acl_entry(1, "10.0.0.0/8", action="deny", protocol="17"))
    world = with_entry(world, "acl-alb", an_acl_entry(2, "10.0.3.0/24", protocol="17"))
    world = with_entry(world, "acl-alb", an_acl_entry(3, "10.0.3.0/24", protocol="17", action="deny"))
    found = ask(world, "eni-alb-a", "eni-app-a")
    assert found.verdict is Verdict.OPEN
    assert [(odd.code, odd.element_id, odd.rule) for odd in found.latent] == [
        ("SUBNET_ACL_RESTRICTION", "acl-alb", "2"),
        ("BAD_STATE_ROUTE", "rtb-public", "10.99.0.0/16"),
    ]
    taken = ask(world, "eni-alb-a", "10.99.0.1")
    assert ("BAD_STATE_ROUTE", "forward", "rtb-public", "10.99.0.0/16") in codes(taken)
    assert [odd.code for odd in taken.latent] == ["SUBNET_ACL_RESTRICTION"]
    untargeted = with_routes(a_workshop(), "rtb-public", a_route("10.99.0.0/16", "", state="blackhole"))
    assert "leads to nothing" in ask(untargeted, "eni-alb-a", "eni-app-a").latent[0].note


def test_a_public_address_of_the_snapshot_is_reached_by_way_of_the_internet() -> None:
    """Not by the owner's private address."""
    world = a_workshop()
    found = trace(world, Flow(end(world, "eni-app-a"), Endpoint(ip_address("203.0.113.10")), "tcp", 80))
    assert "igw-workshop" in way(found)[0]
