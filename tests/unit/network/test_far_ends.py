"""Ends in another VPC: by the internet, by networks that were not read, behind NAT, and with addresses that overlap."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.network.flow import Verdict
from pathmend.snapshot.resources import Gateway, NatGateway, RouteTableAssociation
from pathmend.snapshot.transit import VpnGateway
from tests.builders import a_group, a_group_rule, a_route, an_acl, an_acl_entry, an_interface
from tests.unit.network.asking import ask, codes, way
from tests.unit.network.two_vpcs import peered, transited, two_vpcs

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def _with_route(world: Snapshot, table_id: str, destination: str, target: str) -> Snapshot:
    table = world.route_tables[table_id]
    return world.having("route_tables", replace(table, routes=(*table.routes, a_route(destination, target))))


def _speaking_ipv6() -> Snapshot:
    """Return two VPCs that are joined by the internet alone; only the first has a gateway."""
    world = two_vpcs()
    for n in (1, 2):
        world = _with_route(world, f"rtb-{n}", "::/0", f"igw-{n}")
        interface = replace(world.interfaces[f"eni-{n}"], private_ips=(), ipv6s=(ip_address(f"2600:{n}::10"),))
        vpc = replace(world.vpcs[f"vpc-{n}"], cidrs=(ip_network(f"2600:{n}::/56"),))
        rules = a_group_rule("::/0"), a_group_rule("::/0", egress=True)
        entries = an_acl_entry(100, "::/0"), an_acl_entry(100, "::/0", egress=True)
        for kind, resource in (
            ("interfaces", interface),
            ("vpcs", vpc),
            ("security_groups", a_group(*rules, id=f"sg-{n}", vpc_id=vpc.id)),
            ("network_acls", an_acl(*entries, id=f"acl-{n}", vpc_id=vpc.id, default=True)),
        ):
            world = world.having(kind, resource)
    return world.having("gateways", Gateway("igw-1", ("vpc-1",)))


def test_two_vpcs_meet_on_the_ipv6_internet() -> None:
    """Out by one gateway and in by the other, past the filters of both, and back the same way."""
    world = _speaking_ipv6()
    assert codes(ask(world, "eni-1", "eni-2")) == [("UNASSOCIATED_COMPONENT", "forward", "vpc-2", None)]
    world = world.having("gateways", Gateway("igw-2", ("vpc-2",)))
    found = ask(world, "eni-1", "eni-2")
    assert found.verdict is Verdict.OPEN
    assert way(found) == (
        ["eni-1", "sg-1", "acl-1", "rtb-1", "igw-1", "igw-2", "acl-2", "eni-2", "sg-2"],
        ["acl-2", "rtb-2", "igw-2", "acl-1"],
    )
    acl = world.network_acls["acl-2"]
    denying = replace(acl, entries=(an_acl_entry(1, "2600:1::/56", action="deny"), *acl.entries))
    found = ask(world.having("network_acls", denying), "eni-1", "eni-2")
    assert codes(found) == [("SUBNET_ACL_RESTRICTION", "forward", "acl-2", "1")]


def test_what_lies_between_two_vpn_gateways_is_unknown() -> None:
    """They may join two VPCs, or not: the network behind them is not in the snapshot."""
    world = two_vpcs(("rtb-1", "vgw-1"), ("rtb-2", "vgw-2"))
    for n in (1, 2):
        world = world.having("vpn_gateways", VpnGateway(f"vgw-{n}", "available", (f"vpc-{n}",)))
    found = ask(world, "eni-1", "eni-2")
    assert found.verdict is Verdict.UNKNOWN
    assert found.unknown == (
        "how 10.2.1.10 is reached from vgw-1 was not read",
        "whether replies that leave by vgw-2 come back to 10.1.1.10 was not read",
    )


@pytest.mark.parametrize("twin", [False, True])
def test_a_packet_to_an_address_that_the_own_vpc_has_as_well_never_leaves(*, twin: bool) -> None:
    """Whether or not another interface takes it there: the one that was asked for does not get it."""
    world = peered()
    world = world.having("interfaces", replace(world.interfaces["eni-2"], private_ips=(ip_address("10.1.1.77"),)))
    if twin:
        own = an_interface("10.1.1.77", id="eni-twin", vpc_id="vpc-1", subnet_id="subnet-1", group_ids=("sg-1",))
        world = world.having("interfaces", own)
    found = ask(world, "eni-1", "eni-2")
    assert found.verdict is Verdict.BLOCKED
    assert codes(found)[0] == ("VPC_ADDRESSES_OVERLAP", "forward", "vpc-1", None)


@pytest.mark.parametrize(("denied", "verdict"), [("10.1.2.9/32", Verdict.BLOCKED), ("10.1.1.10/32", Verdict.OPEN)])
def test_rule_22_network_acls_behind_a_private_nat_gateway_see_its_address(denied: str, verdict: Verdict) -> None:
    """And not the sender's, which nobody there knows any more."""
    world = transited()
    nat = NatGateway("nat-1", "vpc-1", "subnet-1-tgw", "available", public=False, private_ips=(ip_address("10.1.2.9"),))
    main = world.route_tables["rtb-1"]
    of_nat = replace(main, id="rtb-nat", associations=(RouteTableAssociation("a", subnet_id="subnet-1-tgw"),))
    acl = world.network_acls["acl-2"]
    for kind, resource in (
        ("nat_gateways", nat),
        ("route_tables", of_nat),
        ("route_tables", replace(main, routes=(main.routes[0], a_route("10.2.0.0/16", "nat-1")))),
        ("network_acls", replace(acl, entries=(an_acl_entry(1, denied, action="deny"), *acl.entries))),
    ):
        world = world.having(kind, resource)
    assert ask(world, "eni-1", "eni-2").verdict is verdict
