"""A public address is reached by the internet: what each side loses is told in the ports that the side sees."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from pathmend.cli.by_internet import trace_by_internet
from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.ports import LINUX_EPHEMERAL, NO_PORTS, PortSet
from tests.builders import a_workshop, allow_tcp, an_acl, an_acl_entry, with_entry

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

LOW, HIGH = (1024, 32767), (32768, 65535)
PUBLIC_B = ip_address("203.0.113.11")


def traced(world: Snapshot, source: str = "eni-app-a", protocol: str = "tcp") -> Trace:
    """Return the way to the load balancer's node in zone b by its public address."""
    start, end = world.interfaces[source], world.interfaces["eni-alb-b"]
    ports = LINUX_EPHEMERAL if source == "eni-app-a" else PortSet.of(1024, 65535)
    flow = Flow(Endpoint(start.private_ips[0], start), Endpoint(PUBLIC_B, end), protocol, 80, ports)
    return trace_by_internet(world, flow)


def receiving(world: Snapshot, *ports: tuple[int, int]) -> Snapshot:
    """Return the world in which the receiver's subnet sends replies to those ports only."""
    replies = tuple(allow_tcp(200 + n, "0.0.0.0/0", each, egress=True) for n, each in enumerate(ports))
    acl = an_acl(allow_tcp(100, "0.0.0.0/0", (80, 80)), *replies, id="acl-b", subnet_ids=("subnet-alb-b",))
    rest = world.network_acls["acl-alb"]
    others = replace(rest, subnet_ids=tuple(one for one in rest.subnet_ids if one != "subnet-alb-b"))
    return world.having("network_acls", acl).having("network_acls", others)


def translating(world: Snapshot, ports: tuple[int, int]) -> Snapshot:
    """Return the world in which the NAT gateway's subnet takes replies from the internet on those ports only."""
    inside = an_acl_entry(90, "10.0.0.0/16")
    entries = (inside, allow_tcp(100, "0.0.0.0/0", ports), an_acl_entry(100, egress=True))
    old = world.network_acls["acl-shared"]
    return world.having("network_acls", an_acl(*entries, id=old.id, subnet_ids=old.subnet_ids))


def test_both_sides_of_a_nat_gateway_that_share_no_port_block_the_flow() -> None:
    """The gateway has no port whose replies both sides let pass; each side alone would only lose a part."""
    both = traced(translating(receiving(a_workshop(), HIGH), LOW))
    assert (both.verdict, both.open_ports) == (Verdict.BLOCKED, NO_PORTS)
    assert [blocker.element_id for blocker in both.blockers] == ["acl-shared", "acl-b"]


@pytest.mark.parametrize(
    "world",
    [
        receiving(a_workshop(), HIGH),
        translating(a_workshop(), LOW),
        translating(receiving(a_workshop(), LOW), LOW),
        translating(receiving(a_workshop(), (1024, 1999), HIGH), LOW),
    ],
)
def test_a_share_of_the_gateways_ports_is_no_share_of_the_senders(world: Snapshot) -> None:
    """Partial, and none of the sender's ports is worse than another: the gateway picks its own."""
    found = traced(world)
    assert (found.verdict, found.open_ports) == (Verdict.PARTIAL, LINUX_EPHEMERAL)


def test_what_the_senders_own_subnet_loses_is_told_in_its_ports() -> None:
    """Behind the gateway and before it are two things: there the sender's ports count."""
    world = with_entry(a_workshop(), "acl-app", allow_tcp(1, "0.0.0.0/0", (32768, 40000), action="deny"))
    found = traced(receiving(world, LOW))
    assert (found.verdict, found.open_ports) == (Verdict.PARTIAL, PortSet.of(40001, 60999))


def test_without_a_nat_gateway_both_sides_see_the_same_ports() -> None:
    """So that two halves are nothing."""
    world = receiving(a_workshop(), HIGH)
    replies = allow_tcp(100, "0.0.0.0/0", (1024, 65535))
    sending = an_acl(an_acl_entry(100, egress=True), replies, id="acl-a", subnet_ids=("subnet-alb-a",))
    world = world.having("network_acls", replace(world.network_acls["acl-alb"], subnet_ids=()))
    world = world.having("network_acls", sending)
    half = traced(world, "eni-alb-a")
    assert (half.verdict, half.open_ports) == (Verdict.PARTIAL, PortSet.of(*HIGH))
    lost = traced(with_entry(world, "acl-a", replace(replies, ports=LOW)), "eni-alb-a")
    assert (lost.verdict, lost.open_ports) == (Verdict.BLOCKED, NO_PORTS)


def test_a_nat_gateway_may_use_any_of_its_addresses() -> None:
    """One that the receiver refuses loses a part; all of them, everything."""
    world = a_workshop()
    two = replace(world.nat_gateways["nat-a"], public_ips=(ip_address("203.0.113.30"), ip_address("203.0.113.40")))
    world = world.having("nat_gateways", two)
    assert traced(world).verdict is Verdict.OPEN
    one = with_entry(world, "acl-alb", allow_tcp(1, "203.0.113.40/32", (80, 80), action="deny"))
    assert (traced(one).verdict, traced(one).open_ports) == (Verdict.PARTIAL, LINUX_EPHEMERAL)
    assert {hop.verdict for hop in traced(one).forward} == {Verdict.OPEN, Verdict.BLOCKED}
    none = with_entry(one, "acl-alb", allow_tcp(2, "203.0.113.30/32", (80, 80), action="deny"))
    assert traced(none).verdict is Verdict.BLOCKED


def test_each_protocol_goes_its_own_way() -> None:
    """All together are open only if each is: here the receiver admits TCP alone."""
    assert traced(a_workshop(), protocol="all").verdict is Verdict.PARTIAL
    assert traced(a_workshop(), protocol="icmp").verdict is Verdict.BLOCKED
