"""How often something may be changed, by the changes of the last hour and those of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.guardrails.circumstances import OwnChange
from pathmend.guardrails.decide import decide, refusals, refusals_of_undo
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.limits import limits_reached
from pathmend.guardrails.rules import Limits
from tests.builders import LOAD_BALANCER_ARN, VPC_ID
from tests.fakes import NOON
from tests.unit.changes import faults
from tests.unit.changes.faults import furnished
from tests.unit.guardrails.cases import CALM, FILTERS, FREE, decided, plan_of, planned

WIDE = Limits(99, 99, 99)


def change(resource_id: str = "acl-alb", vpc_id: str = VPC_ID, minutes_ago: float = 5) -> OwnChange:
    """Return an own change of some minutes ago."""
    return OwnChange("inc-0001", LOAD_BALANCER_ARN, resource_id, vpc_id, NOON - timedelta(minutes=minutes_ago))


def after(*changes: OwnChange, limits: Limits) -> tuple[str, ...]:
    """Return what the limits refuse after these changes."""
    return refusals(planned(FILTERS), FILTERS, replace(FREE, limits=limits), replace(CALM, changed=changes))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (replace(WIDE, per_resource=2), "the limit of acl-alb is reached: 2 of 2 changes an hour were made"),
        (replace(WIDE, per_vpc=2), f"the limit of {VPC_ID} is reached: 2 of 2 changes an hour were made"),
        (replace(WIDE, per_account=2), "the limit of the account is reached: 2 of 2 changes an hour were made"),
    ],
)
def test_a_limit_that_is_reached_refuses(limits: Limits, words: str) -> None:
    """One change fewer is not refused."""
    assert after(change(minutes_ago=5), change(minutes_ago=6), limits=limits) == (f"{words}, and the plan makes 1",)
    assert after(change(), limits=limits) == ()


@pytest.mark.parametrize("others", [change("acl-app", "vpc-other"), change("acl-app")])
def test_what_was_changed_elsewhere_does_not_count_for_the_resource(others: OwnChange) -> None:
    """Each has a limit of its own."""
    assert after(others, others, limits=replace(WIDE, per_resource=1)) == ()


def test_what_was_changed_in_another_vpc_does_not_count_for_this_one() -> None:
    """Nor does what belongs to no VPC."""
    assert after(change("x", "vpc-other"), change("y", ""), limits=replace(WIDE, per_vpc=1)) == ()


@pytest.mark.parametrize(("minutes", "counts"), [(59.9, True), (60, False), (90, False), (-5, True)])
def test_only_the_last_hour_counts(minutes: float, counts: bool) -> None:  # noqa: FBT001 - the expectation
    """A clock that is ahead is no reason to forget a change."""
    assert bool(after(change(minutes_ago=minutes), limits=replace(WIDE, per_resource=1))) is counts


def test_every_step_of_a_plan_counts() -> None:
    """A plan is made whole or not at all."""
    world = furnished()
    steps = [SetVpcAttribute(VPC_ID, name, enabled=False) for name in ("dns_hostnames", "dns_support")]
    plan = plan_of(*steps, world=world)
    words = "is reached: 0 of 1 changes an hour were made, and the plan makes 2"
    assert refusals(plan, world, replace(FREE, limits=Limits(1, 1, 1)), CALM) == (
        f"the limit of {VPC_ID} {words}",
        f"the limit of the account {words}",
    )


def test_what_belongs_to_no_vpc_counts_for_none() -> None:
    """A firewall's rule group, for one; an instance belongs to that of its subnet."""
    world = furnished()
    group = plan_of(SetFirewallRules(faults.GROUP_ARN, faults.PASSES), world=world)
    assert list(limits_reached(group, world, replace(WIDE, per_vpc=0), CALM)) == []
    instance = plan_of(SetMetadataOptions("i-app-b", enabled=True, hop_limit=3), world=world)
    assert len(list(limits_reached(instance, world, replace(WIDE, per_vpc=0), CALM))) == 1


def test_a_plan_without_steps_reaches_no_limit() -> None:
    """There is nothing to count."""
    assert list(limits_reached(plan_of(world=FILTERS), FILTERS, Limits(0, 0, 0), CALM)) == []


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    """Not even somebody's approval."""
    assert decided(FILTERS, replace(FREE, limits=Limits(0, 99, 99))).mode is Mode.REPORT


def test_an_undoing_is_never_limited() -> None:
    """Nor held back by the kill switch: both may be why it is asked for."""
    rules = replace(FREE, limits=Limits(0, 0, 0), kill_switch=True)
    assert refusals_of_undo(planned(FILTERS), FILTERS, rules, CALM) == ()
    assert len(refusals(planned(FILTERS), FILTERS, rules, CALM)) == 4


CHANGES = st.lists(
    st.builds(change, st.sampled_from(("acl-alb", "acl-app", "x")), st.sampled_from((VPC_ID, "")), st.floats(-9, 99)),
    max_size=8,
)
LIMITS = st.builds(Limits, *(st.integers(0, 8),) * 3)


@given(CHANGES, CHANGES, LIMITS)
def test_more_changes_never_loosen_a_limit(some: list[OwnChange], more: list[OwnChange], limits: Limits) -> None:
    """Nor does a lower limit."""
    plan = planned(FILTERS)
    few, many = replace(CALM, changed=tuple(some)), replace(CALM, changed=(*some, *more))
    tight = Limits(max(limits.per_resource - 1, 0), max(limits.per_vpc - 1, 0), max(limits.per_account - 1, 0))
    refused = [
        bool(list(limits_reached(plan, FILTERS, *given)))
        for given in ((limits, few), (limits, many), (tight, few), (tight, many))
    ]
    assert refused[0] <= refused[1] <= refused[3]
    assert refused[0] <= refused[2] <= refused[3]


def test_the_limits_out_of_the_box_let_a_repair_through() -> None:
    """They are for loops, not for incidents."""
    assert decide(planned(FILTERS), FILTERS, FREE, CALM).mode is Mode.ACT
