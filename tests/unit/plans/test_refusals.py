"""Where nothing safe clears a finding, the report says what was tried, why not, and what a person has to decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pathmend.diagnosis.diagnose import diagnose
from pathmend.diagnosis.finding import Certainty, Finding, FirewallDrop, RouteGap, WrongRouteTable
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.quotas import LONGEST_ENDPOINT_POLICY, too_long_for_endpoint
from pathmend.plans.refusals import refusal
from pathmend.plans.simulated import Seen, Simulated, Trials, look
from tests.builders import (
    LOAD_BALANCER_ARN,
    a_workshop,
    an_acl_entry,
    an_interface,
    fault_1,
    fault_2,
    fault_3,
    fault_4,
    with_entry,
)
from tests.unit.diagnosis.needs import a_needy_workshop, fault_7, fault_8
from tests.unit.diagnosis.worlds import without_entry
from tests.unit.plans.planning import changes, crowded, ingress, planned, refused, with_neighbour
from tests.unit.plans.test_dependency_plans import MANY, with_rival, with_rules, without_ingress
from tests.unit.plans.test_dependency_plans import crowded as full_of_routes

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def test_who_would_be_cut_off_is_named_with_what_they_would_lose() -> None:
    """By what people know them by, and how many more there are."""
    world = with_neighbour(fault_1(a_workshop()), instance_id="i-batch")
    world = world.having("interfaces", an_interface("10.0.2.78", id="eni-more", subnet_id="subnet-alb-b"))
    reason = refused(world)
    assert "would end the way to 0.0.0.0/0 by nat-b for i-batch (eni-neighbour) and 1 more" in reason
    assert "To decide: decide whether they may lose that" in reason


def test_a_full_acl_says_which_quota_is_used_up_and_what_to_do() -> None:
    """The replacement that needs no room would close what a neighbour uses, and that is said, too."""
    reason = refused(crowded(with_neighbour(fault_3(a_workshop())), 15))
    assert "set ingress rule 1100 of acl-alb to: allow TCP 1024-65535 from 10.0.11.0/24: would close" in reason
    assert (
        "add an entry to acl-alb: no room: acl-alb holds 20 of 20 entries in (quota: rules per network ACL)" in reason
    )
    assert 'or ask AWS for more (Service Quotas, "rules per network ACL", up to 40)' in reason


@pytest.mark.parametrize(("more", "fits"), [(16, False), (17, True), (35, True), (36, False)])
def test_a_quota_that_was_raised_shows_by_what_is_there(more: int, *, fits: bool) -> None:
    """An ACL with more than 20 entries may have up to 40, which is the most that AWS gives anybody."""
    world = crowded(without_entry(a_workshop(), "acl-alb", 1100), more)
    if fits:
        assert changes(world) == (ingress((4000 + more) // 100 * 100 + 100, "10.0.11.0/24"),)
    else:
        assert f"holds {more + 4} of" in refused(world)


def test_without_a_rule_number_it_says_where_one_is_wanted() -> None:
    """After the others, or ahead of a deny."""
    world = without_entry(without_entry(a_workshop(), "acl-alb", 1100), "acl-alb", 1200)
    assert "no rule number is free after the other rules (1 to 32766)" in refused(crowded(world, 1, first=32765))
    denied = with_entry(a_workshop(), "acl-alb", an_acl_entry(1, "10.0.0.0/16", action="deny"))
    reason = refused(with_entry(denied, "acl-alb", replace(an_acl_entry(2, "10.0.0.0/16"), action="deny")))
    assert "no rule number is free ahead of rule 1, which denies" in reason


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (full_of_routes(fault_7(a_needy_workshop())), "no room: rtb-app-a holds 500 of 500 routes"),
        (with_rules(without_ingress(a_needy_workshop()), *MANY, MANY[0]), "no room for 1 more: 60 of 60 rules"),
        (with_rival(fault_4(a_needy_workshop())), "rtb-app-a leads to vpce-rival already"),
    ],
)
def test_what_aws_would_not_take_is_said(world: Snapshot, words: str) -> None:
    """In a report, or beside a plan for the rest."""
    assert words in refused(world)


def test_a_plan_that_leaves_something_says_why_nothing_safe_clears_it() -> None:
    """The one fault is repaired; beside it stands what was tried against the other."""
    plan = planned(with_neighbour(fault_2(fault_1(a_workshop()))))
    assert [change.kind for change in plan.changes] == ["ModifyMatcher"]
    (leaves,), (why,) = plan.leaves, plan.refusals
    assert "clients get no reply" in leaves
    assert "would end the way to 0.0.0.0/0 by nat-b for eni-neighbour" in why


def test_a_plan_that_clears_everything_refuses_nothing() -> None:
    """There is nothing to say."""
    assert planned(fault_3(a_workshop())).refusals == ()


def test_siblings_of_a_nat_gateways_subnet_are_those_of_the_other_gateways() -> None:
    """Each says which table it uses, as far as it was read."""
    world = a_workshop()
    world = world.having("nat_gateways", replace(world.nat_gateways["nat-c"], subnet_id="subnet-unread"))
    finding = Finding("X", "subnet-shared-a", "s", (), Certainty.PROVEN, WrongRouteTable("subnet-shared-a", "r", None))
    said = refusal(finding, look(world, LOAD_BALANCER_ARN), Trials(LOAD_BALANCER_ARN, ()), LOAD_BALANCER_ARN)
    assert said.endswith("(WebApp-SHARED1-b (subnet-shared-b) uses WebApp-Public-RTB (rtb-public))")


def test_no_sibling_says_nothing() -> None:
    """Then there is no bracket."""
    world = replace(a_workshop(), nat_gateways={})
    finding = Finding("X", "subnet-shared-a", "s", (), Certainty.PROVEN, WrongRouteTable("subnet-shared-a", "r", None))
    said = refusal(finding, look(world, LOAD_BALANCER_ARN), Trials(LOAD_BALANCER_ARN, ()), LOAD_BALANCER_ARN)
    assert said == "choose the route table of subnet-shared-a: no siblings that clients reach agree on one"


def test_a_finding_without_candidates_has_nothing_to_tell() -> None:
    """A finding that the world has outgrown."""
    (finding,) = diagnose(fault_3(a_workshop()), LOAD_BALANCER_ARN).findings
    said = refusal(finding, look(a_workshop(), LOAD_BALANCER_ARN), Trials(LOAD_BALANCER_ARN, ()), LOAD_BALANCER_ARN)
    assert said == "no safe change clears SUBNET_ACL_RESTRICTION of acl-alb"


def tried(finding: Finding, world: Snapshot) -> list[str]:
    """Return why candidates for a finding that is said to be in the world are refused."""
    options = Trials(LOAD_BALANCER_ARN, [finding.cause]).of(finding, Seen(world, (finding,)))
    return [str(one) for one in options if isinstance(one, Obstacle)]


def test_a_change_behind_what_decides_would_not_clear_it() -> None:
    """The odd entry is replaced in vain where a deny ahead of it decides."""
    deny = an_acl_entry(30, "10.0.11.0/24", action="deny", protocol="6", ports=(1024, 65535))
    world = with_entry(fault_3(a_workshop()), "acl-alb", deny)
    (finding,) = diagnose(world, LOAD_BALANCER_ARN).findings
    assert any("set ingress rule 1100" in one and one.endswith("would not clear it") for one in tried(finding, world))


def test_a_change_that_brings_another_fault_is_refused_by_its_name() -> None:
    """A table that does not lead to the internet is wrong for the load balancer's subnet."""
    wrong = WrongRouteTable("subnet-alb-b", "rtb-public", "rtb-app-b")
    (said,) = tried(Finding("X", "subnet-alb-b", "s", (), Certainty.PROVEN, wrong), a_workshop())
    assert "would bring another fault: clients get no reply" in said


def test_an_endpoints_policy_has_a_longest_length() -> None:
    """Which AWS raises for nobody."""
    assert too_long_for_endpoint("vpce-s3", "x" * LONGEST_ENDPOINT_POLICY) is None
    assert "20,481 characters of 20,480" in str(too_long_for_endpoint("vpce-s3", "x" * (LONGEST_ENDPOINT_POLICY + 1)))


def test_what_a_repair_only_brings_to_light_is_no_reason_against_it() -> None:
    """Behind the missing route a firewall stops the same need, which nobody could see before."""
    world = fault_8(fault_7(a_needy_workshop()))
    route = next(one for one in diagnose(world, LOAD_BALANCER_ARN).findings if isinstance(one.cause, RouteGap))
    (option,) = Trials(LOAD_BALANCER_ARN, [route.cause]).of(route, Seen(world, (route,)))
    assert isinstance(option, Simulated)
    assert [type(one.cause) for one in option.revealed] == [FirewallDrop]
