"""Prefix lists that hold the same block and lead elsewhere."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.network.flow import Verdict
from pathmend.snapshot.transit import PrefixList
from tests.builders import a_route, a_workshop, an_open_acl, with_routes
from tests.unit.network.asking import ask, codes, way

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

OUTSIDE = "198.51.100.7"
ONE, TWO = "198.51.100.0/24", "198.51.100.0/25"


def _torn(first: tuple[str, str], second: tuple[str, str], table: str = "rtb-public") -> Snapshot:
    """Return the workshop with a table that has two lists of one block each; each is (block, target)."""
    world = a_workshop().having("network_acls", an_open_acl(id="acl-alb", subnet_ids=("subnet-alb-a",)))
    for name, (block, target) in (("pl-1", first), ("pl-2", second)):
        world = world.having("prefix_lists", PrefixList(name, name, (ip_network(block),)))
        world = with_routes(world, table, a_route(name, target))
    return world


@pytest.mark.parametrize("target", ["pcx-gone", "lgw-1"])
def test_rule_14_of_two_lists_with_one_block_nobody_knows_which_applies(target: str) -> None:
    """Both are named, also where nothing is known of either."""
    why = "which of its prefix lists rtb-public applies to 198.51.100.7, AWS picks at random"
    for first in ("igw-workshop", "pcx-lost"):
        found = ask(_torn((ONE, first), (ONE, target)), "eni-alb-a", OUTSIDE)
        assert (found.verdict, found.unknown) == (Verdict.UNKNOWN, (f"{why}: pl-1 to {first} or pl-2 to {target}",))


def test_rule_14_two_lists_that_come_to_the_same_are_as_good_as_one() -> None:
    """Open by both, or a dead end by both, whichever AWS picks."""
    world = _torn((ONE, "nat-a"), (ONE, "nat-b"), "rtb-app-a")
    assert ask(world, "eni-app-a", OUTSIDE).verdict is Verdict.OPEN
    for nat in ("nat-a", "nat-b"):
        world = world.having("nat_gateways", replace(world.nat_gateways[nat], state="failed"))
    assert codes(ask(world, "eni-app-a", OUTSIDE)) == [("BAD_STATE", "forward", "nat-a", None)]


@pytest.mark.parametrize(
    ("first", "second"), [((ONE, "pcx-gone"), (TWO, "igw-workshop")), ((ONE, "igw-workshop"),) * 2]
)
def test_rule_14_lists_that_differ_in_length_or_agree_leave_no_choice(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    """The longer block wins; one target is one target."""
    assert ask(_torn(first, second), "eni-alb-a", OUTSIDE).verdict is Verdict.OPEN


def test_rule_14_a_way_by_a_service_endpoint_stays_unknown() -> None:
    """What follows from its association cannot be taken away."""
    found = ask(_torn((ONE, "vpce-s3"), (ONE, "igw-workshop")), "eni-alb-a", OUTSIDE)
    assert found.verdict is Verdict.OPEN
    world = _torn((ONE, "vpce-s3"), (ONE, "igw-workshop"))
    linked = replace(world.vpc_endpoints["vpce-s3"], route_table_ids=("rtb-public",))
    assert ask(world.having("vpc_endpoints", linked), "eni-alb-a", OUTSIDE).verdict is Verdict.UNKNOWN


def test_rule_14_entries_of_a_list_within_the_vpc_are_ignored() -> None:
    """Only a route of its own may be more specific than the local one."""
    world = _torn(("10.0.11.0/24", "nat-a"), ("10.0.11.0/24", "nat-b"))
    found = ask(world, "eni-alb-a", "eni-app-a")
    assert (found.verdict, "nat-a" in way(found)[0]) == (Verdict.OPEN, False)
