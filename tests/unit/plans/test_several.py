"""Several faults, subnets and zones at once: one plan where they can be repaired together, without what is too much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.diagnose import diagnose
from pathmend.diagnosis.finding import FirewallDrop, GroupGap
from pathmend.plans.candidates import candidates
from pathmend.plans.choose import Chosen, without_superfluous
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.quotas import MOST_RULES_OF_INTERFACE
from pathmend.plans.simulated import Simulated, Trials, look
from pathmend.plans.steps import apply
from tests.builders import (
    LOAD_BALANCER_ARN,
    ZONES,
    a_group_rule,
    a_workshop,
    allow_tcp,
    an_acl_entry,
    fault_1,
    fault_3,
    with_association,
    with_entry,
)
from tests.unit.diagnosis.needs import API, RULES
from tests.unit.diagnosis.worlds import with_entries, without_entry
from tests.unit.plans.planning import ingress, planned, with_neighbour
from tests.unit.plans.test_properties import KEPT


def test_a_wrong_table_of_two_subnets_is_one_plan() -> None:
    """They share a cause, and an approval."""
    world = with_association(fault_1(a_workshop()), "subnet-alb-c", "rtb-app-b")
    plan = planned(world)
    assert set(plan.changes) == {AssociateRouteTable(f"subnet-alb-{zone}", "rtb-public") for zone in "bc"}
    assert (plan.leaves, plan.deferred) == ((), ())


def test_one_acl_of_all_zones_is_repaired_for_all_of_them() -> None:
    """It let no replies in from any zone's application."""
    plan = planned(with_entries(a_workshop(), "acl-alb", *KEPT))
    assert plan.changes == tuple(ingress(200 + 100 * n, f"10.0.{11 + n}.0/24") for n in range(len(ZONES)))
    assert (plan.leaves, plan.beyond) == ((), ())


def test_faults_of_different_kinds_and_zones_are_one_plan() -> None:
    """As long as none goes against anybody's intent."""
    world = without_entry(fault_3(fault_1(a_workshop())), "acl-alb", 1300)
    plan = planned(world)
    after = apply(plan.changes, world)
    assert diagnose(after, LOAD_BALANCER_ARN).healthy
    assert {change.kind for change in plan.changes} == {"AssociateRouteTable", "SetAclEntry"}


def test_the_order_in_which_none_does_harm_is_found() -> None:
    """To replace the one entry closes what another subnet uses, until the other entry is replaced."""
    odd = (allow_tcp(661, "10.0.13.0/24", (32767, 32767)), allow_tcp(691, "10.0.12.0/23", (1024, 2048)))
    rest = allow_tcp(1100, "10.0.11.0/24", (1024, 65535))
    plan = planned(with_entries(a_workshop(), "acl-alb", *KEPT, rest, *odd))
    assert plan.changes == (ingress(661, "10.0.13.0/24"), ingress(691, "10.0.12.0/24"))


def test_too_many_combinations_are_taken_one_by_one() -> None:
    """Many odd entries, each of which could be replaced: every finding is repaired all the same."""
    odd = [
        allow_tcp(10 * n + zone, f"10.0.{10 + zone}.0/24", (1024 + n, 1024 + n + zone))
        for n in range(1, 5)
        for zone in (1, 2, 3)
    ]
    world = with_entries(a_workshop(), "acl-alb", *KEPT, *odd)
    plan = planned(world)
    assert plan.leaves == ()
    assert diagnose(apply(plan.changes, world), LOAD_BALANCER_ARN).healthy


def test_what_turns_out_to_be_superfluous_is_taken_out_again() -> None:
    """An entry that a later one makes needless is not proposed."""
    world = without_outdated_health(fault_3(a_workshop()), LOAD_BALANCER_ARN)
    start = look(world, LOAD_BALANCER_ARN)
    (finding,) = start.findings
    first, *_ = Trials(LOAD_BALANCER_ARN, [finding.cause]).safe(finding, start)
    wide = SetAclEntry("acl-alb", egress=False, rule_number=5, entry=allow_tcp(5, "10.0.11.0/24", (1024, 65535)))
    both = Simulated(finding, (*first.changes, wide), first.after, (), (), (), first.weight)
    end = look(apply(both.changes, world), LOAD_BALANCER_ARN)
    kept = without_superfluous(Chosen((both,), end), world, LOAD_BALANCER_ARN)
    assert kept.candidates[0].changes == first.changes


def test_what_keeps_a_neighbour_from_harm_is_not_superfluous() -> None:
    """One change alone would clear the finding, and close what a neighbour uses."""
    world = without_outdated_health(with_neighbour(fault_3(a_workshop())), LOAD_BALANCER_ARN)
    start = look(world, LOAD_BALANCER_ARN)
    (finding,) = start.findings
    first, *_ = Trials(LOAD_BALANCER_ARN, [finding.cause]).safe(finding, start)
    replaced = ingress(1100, "10.0.11.0/24")
    before = SetAclEntry("acl-alb", egress=False, rule_number=5, entry=allow_tcp(5, "10.0.0.0/16", (32768, 65535)))
    both = Simulated(finding, (replaced, before), first.after, (), (), (), first.weight)
    end = look(apply(both.changes, world), LOAD_BALANCER_ARN)
    assert without_superfluous(Chosen((both,), end), world, LOAD_BALANCER_ARN).candidates == (both,)


@pytest.mark.parametrize("number", [40, 300])
def test_a_candidate_that_does_not_clear_its_finding_says_so(number: int) -> None:
    """Another deny behind the first decides then, over all of it or over a part."""
    ports = (1024, 65535) if number == 40 else (1024, 2000)
    deny = an_acl_entry(30, "10.0.11.0/24", action="deny", protocol="6", ports=(1024, 65535))
    world = with_entry(a_workshop(), "acl-alb", deny)
    world = with_entry(world, "acl-alb", allow_tcp(number, "10.0.11.0/24", ports, action="deny"))
    start = look(world, LOAD_BALANCER_ARN)
    (finding,) = start.findings
    tried = Trials(LOAD_BALANCER_ARN, [finding.cause]).of(finding, start)
    refused = [one for one in tried if isinstance(one, Obstacle)]
    assert any("would clear only a part of it" in str(one) for one in refused)


def test_what_was_not_read_and_what_is_full_is_no_candidate() -> None:
    """A rule group that cannot be given back, and an interface whose groups hold all the rules that it may have."""
    (unread,) = candidates(FirewallDrop(RULES, API, "{}"), a_workshop())
    assert isinstance(unread, Obstacle)
    assert "could not be undone" in str(unread)
    rule = a_group_rule("10.9.9.0/24", (7, 7))
    group = a_workshop().security_groups["sg-app"]
    many = tuple(a_group_rule(f"10.{n // 256}.{n % 256}.0/24", (9, 9)) for n in range(MOST_RULES_OF_INTERFACE))
    crowded = a_workshop().having("security_groups", replace(group, rules=many))
    (full,) = candidates(GroupGap("sg-app", rule), crowded)
    assert isinstance(full, Obstacle)
