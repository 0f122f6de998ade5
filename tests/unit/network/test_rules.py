"""The 35 rules of what the network model must get right: each has its test, and here are the parts without a home."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pathmend.network import acl as acls
from pathmend.network.flow import Verdict
from pathmend.network.packets import Packets
from pathmend.network.ports import ALL_PORTS
from pathmend.snapshot.protocols import TCP
from tests.builders import (
    CLIENT,
    VPC_ID,
    a_route,
    a_workshop,
    an_acl,
    an_interface,
    with_association,
    with_routes,
)
from tests.unit.network.asking import ask, codes

RULES = range(1, 36)
_UNIT = Path(__file__).resolve().parent.parent


def test_each_of_the_35_rules_has_a_test_that_is_named_after_it() -> None:
    """Wherever in the tests of the model it stands."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(_UNIT.rglob("test_*.py")))
    named = {int(number) for number in re.findall(r"def test_rule_(\d\d)_\w+\(", text)}
    assert named == set(RULES)


def test_rule_05_a_custom_acl_denies_by_default_in_both_directions() -> None:
    """Until it has entries of its own."""
    for egress in (False, True):
        packets = Packets(egress, TCP, CLIENT, ALL_PORTS)
        assert [one.allowed for one in acls.decide(an_acl(), packets)] == [False]


def test_rule_15_a_route_more_specific_than_local_may_lead_to_a_nat_gateway() -> None:
    """It carries what would else stay in the VPC."""
    world = with_routes(a_workshop(), "rtb-app-a", a_route("10.0.31.0/24", "nat-a"))
    world = world.having("interfaces", an_interface("10.0.31.10", id="eni-db-a", subnet_id="subnet-db-a"))
    assert "nat-a" in [hop.element_id for hop in ask(world, "eni-app-a", "eni-db-a", 3306).forward]
    assert "nat-a" not in [hop.element_id for hop in ask(world, "eni-app-a", "eni-alb-b").forward]


@pytest.mark.parametrize(
    "target",
    [
        "lgw-0a1",
        "cagw-0a1",
        "arn:aws:networkmanager::123456789012:core-network/core-network-0a1",
        "arn:aws:odb:us-east-1:123456789012:odb-network/odbnet_0a1",
        "i-0a1",
    ],
)
def test_rule_14_ways_that_are_not_modelled_are_unknown_by_name(target: str) -> None:
    """Neither open nor blocked, out and back."""
    world = with_routes(a_workshop(), "rtb-app-a", a_route("10.200.0.0/16", target))
    found = ask(world, "eni-app-a", "10.200.0.1")
    assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (f"the way by {target} is not modelled yet",))
    back = ask(world, "10.200.0.1", "eni-app-a", 80)
    assert f"the way by {target} is not modelled yet" in back.unknown


def test_rule_17_a_left_over_blackhole_is_named_with_its_destination() -> None:
    """So that the route can be replaced: to create another one of the same destination fails."""
    world = a_workshop()
    table = world.route_tables["rtb-app-a"]
    dead = tuple(replace(one, state="blackhole") if one.target == "nat-a" else one for one in table.routes)
    found = ask(world.having("route_tables", replace(table, routes=dead)), "eni-app-a", "198.51.100.7")
    assert codes(found) == [("BAD_STATE_ROUTE", "forward", "rtb-app-a", "0.0.0.0/0")]


def test_rule_22_a_public_nat_gateway_needs_a_way_to_the_internet_gateway() -> None:
    """In a subnet without one it is of no use, and the blocker is that subnet's table."""
    world = with_association(a_workshop(), "subnet-shared-a", "rtb-main")
    (blocker,) = ask(world, "eni-app-a", "198.51.100.7").blockers
    assert (blocker.code, blocker.element_id, blocker.subnet_id) == (
        "NO_ROUTE_TO_DESTINATION",
        "rtb-main",
        "subnet-shared-a",
    )


def test_rule_35_dns_hostnames_that_are_off_stop_no_packet() -> None:
    """They are worth a look, and no cause."""
    world = a_workshop()
    world = world.having("vpcs", replace(world.vpcs[VPC_ID], dns_hostnames=False))
    found = ask(world, "eni-alb-a", "eni-app-a")
    assert (found.verdict, [odd.rule for odd in found.latent]) == (Verdict.OPEN, ["EnableDnsHostnames"])
