"""Flows that are answered from others like them get the answer that they would get alone."""

from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.network import alike
from pathmend.network.alike import Alike
from pathmend.network.flow import Endpoint, Flow, Verdict
from pathmend.network.ports import PortSet
from pathmend.network.trace import trace
from tests.builders import (
    EVERYWHERE,
    a_group,
    a_group_rule,
    a_route,
    a_workshop,
    an_acl_entry,
    an_interface,
    fault_3,
    with_entry,
    with_routes,
)
from tests.unit.network.asking import ask, codes, way
from tests.unit.network.strategies import EDGES
from tests.unit.network.wide_worlds import a_wide_world

if TYPE_CHECKING:
    import pytest

    from pathmend.snapshot.world import Snapshot

FLOWS = 60


def _twins(world: Snapshot) -> Snapshot:
    """Return the world with a second interface like that of application a, and one like load balancer node a's."""
    for name, address in (("eni-app-a", "10.0.11.77"), ("eni-alb-a", "10.0.1.77")):
        twin = replace(world.interfaces[name], id=f"{name}-2", private_ips=(ip_address(address),), instance_id=None)
        world = world.having("interfaces", replace(twin, public_ips=()))
    return world


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**64))
def test_an_answer_from_memory_is_the_answer_of_a_world_without_one(seed: int) -> None:
    """In any order of questions: verdict, hops, blockers, oddities and ports."""
    chance = random.Random(seed)  # noqa: S311 - a world to be made again
    world = a_wide_world(chance)
    interfaces = list(world.interfaces.values())
    for _ in range(FLOWS):
        one, two = chance.sample(interfaces, 2)
        here, there = (Endpoint(chance.choice((*end.private_ips, *end.ipv6s)), end) for end in (one, two))
        flow = Flow(here, there, chance.choice(("6", "17")), chance.choice(EDGES[:4]))
        assert trace(world, flow) == trace(replace(world), flow)


def test_both_interfaces_stand_in_an_answer_from_memory() -> None:
    """And not those of the flow that was asked first."""
    world = _twins(a_workshop())
    assert way(ask(world, "eni-alb-a", "eni-app-a"))[0][0] == "eni-alb-a"
    again = ask(world, "eni-alb-a-2", "eni-app-a-2")
    assert way(again) == way(ask(replace(world), "eni-alb-a-2", "eni-app-a-2"))
    assert (way(again)[0][0], way(again)[0][-2]) == ("eni-alb-a-2", "eni-app-a-2")
    assert again.flow.destination.interface == world.interfaces["eni-app-a-2"]


def test_shares_of_ports_are_remembered_and_blockers_that_name_an_interface_are_not() -> None:
    """The second kind is another one's for each flow."""
    world = _twins(fault_3(a_workshop()))
    for target in ("eni-app-a", "eni-app-a-2"):
        found = ask(world, "eni-alb-b", target)
        assert (found.verdict, found.open_ports) == (Verdict.PARTIAL, PortSet.of(32768, 65535))
    shut = world.having("security_groups", a_group(a_group_rule("sg-alb", (8080, 8080)), id="sg-app"))
    for target in ("eni-app-a", "eni-app-a-2"):
        assert ask(shut, "eni-alb-b", target).blockers[-1].interface_id == target


def test_one_address_that_a_rule_names_fares_otherwise_than_its_neighbour() -> None:
    """Though all else is alike."""
    world = with_entry(_twins(a_workshop()), "acl-app", an_acl_entry(1, "10.0.1.77/32", action="deny"))
    assert ask(world, "eni-alb-a", "eni-app-a").verdict is Verdict.OPEN
    assert codes(ask(world, "eni-alb-a-2", "eni-app-a"))[0] == ("SUBNET_ACL_RESTRICTION", "forward", "acl-app", "1")
    assert ask(world, "eni-alb-a", "eni-app-a-2").verdict is Verdict.OPEN


def test_what_hangs_on_more_than_two_subnets_is_asked_each_time() -> None:
    """A way out of the VPC, an instance that does not run, a public address, an interface to itself."""
    world = _twins(a_workshop())
    stopped = world.having("instances", replace(world.instances["i-app-a"], state="stopped"))
    other = an_interface("10.9.0.1", id="eni-far", vpc_id="vpc-far")
    known = world.derived(Alike)
    node, app = (world.interfaces[name] for name in ("eni-alb-a", "eni-app-a"))
    here, there = (Endpoint(end.private_ips[0], end) for end in (node, app))
    assert known.likeness(Flow(here, there, "tcp", 80), "6")
    for source, end in (
        (here, Endpoint(there.address)),
        (Endpoint(here.address), there),
        (here, Endpoint(other.private_ips[0], other)),
        (Endpoint(node.public_ips[0], node), there),
        (there, Endpoint(node.public_ips[0], node)),
        (here, here),
    ):
        assert known.likeness(Flow(source, end, "tcp", 80), "6") is None
    assert stopped.derived(Alike).likeness(Flow(here, there, "tcp", 80), "6") is None
    assert ask(stopped, "eni-alb-a", "eni-app-a").latent
    assert not ask(stopped, "eni-alb-a", "eni-app-a-2").latent


def test_what_passes_more_than_two_subnets_is_not_remembered() -> None:
    """A NAT gateway between two subnets of one VPC has filters and an address of its own."""
    world = with_routes(_twins(a_workshop()), "rtb-app-a", a_route("10.0.12.0/24", "nat-a"))
    nat = replace(world.nat_gateways["nat-a"], private_ips=(ip_address("10.0.21.10"),))
    everything = a_group(a_group_rule(EVERYWHERE), a_group_rule(EVERYWHERE, egress=True), id="sg-app")
    world = world.having("nat_gateways", nat).having("security_groups", everything)
    for source in ("eni-app-a", "eni-app-a-2"):
        assert ask(world, source, "eni-app-b") == ask(replace(world), source, "eni-app-b")
        assert "nat-a" in way(ask(world, source, "eni-app-b"))[0]
        assert ask(world, source, "eni-app-b").verdict is Verdict.OPEN


def test_the_memory_of_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that lives long."""
    monkeypatch.setattr(alike, "_REMEMBERED", 1)
    world = a_workshop()
    for _ in range(2):
        for source in ("eni-alb-a", "eni-alb-b", "eni-alb-c"):
            assert ask(world, source, "eni-app-a").verdict is Verdict.OPEN
