"""The planner agrees with somebody who tries everything: no other choice of candidates weighs less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from pathmend.diagnosis.diagnose import diagnose
from pathmend.network.difference import difference
from pathmend.plans.candidates import candidates
from pathmend.plans.intents import intent_against
from pathmend.plans.make import make_plan
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.plan import Plan
from pathmend.plans.simulated import Simulated, Trials, granted, identity, look
from pathmend.plans.steps import apply
from pathmend.plans.weight import Outcome, Weight, weight_of
from tests.builders import LOAD_BALANCER_ARN, a_workshop, allow_tcp, an_acl_entry, fault_1
from tests.unit.diagnosis.worlds import with_entries
from tests.unit.plans.test_properties import KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Finding
    from pathmend.plans.simulated import Seen
    from pathmend.snapshot.resources import AclEntry
    from pathmend.snapshot.world import Snapshot

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Trying everything is slow, and so would be trying it for each smaller world."""

EDGES = (1024, 2048, 32767, 65535)
BLOCKS = ("10.0.0.0/16", "10.0.11.0/24", "10.0.12.0/24", "10.0.12.0/23", "10.0.13.0/24")


class Oracle:
    """Somebody who tries every candidate of every finding in every order, and remembers where that leads to."""

    def __init__(self, world: Snapshot, findings: Sequence[Finding], *, against: tuple[str, ...]) -> None:
        self._start, self._findings, self._against = world, findings, against
        self._trials = Trials(LOAD_BALANCER_ARN, [one.cause for one in findings])
        self._reached: dict[str, int] = {}
        self.lightest: Weight | None = None

    def search(self, seen: Seen, made: tuple[Change, ...] = ()) -> Weight | None:
        """Return the least weight of all that can be made from here on."""
        here = repr((seen.world.network_acls, seen.world.route_tables))
        if self._reached.get(here, len(made) + 1) <= len(made):
            return self.lightest
        self._reached[here] = len(made)
        weight = weigh(made, self._start, seen, self._findings)
        self.lightest = min(self.lightest or weight, weight)
        for finding in self._findings:
            for one in self._trials.of(finding, seen):
                if isinstance(one, Simulated) and one.against == self._against:
                    self.search(one.after, (*made, *one.changes))
        return self.lightest


def weigh(changes: Sequence[Change], start: Snapshot, end: Seen, findings: Sequence[Finding]) -> Weight:
    """Return what the changes weigh."""
    left = sum(identity(one) in end.identities for one in findings)
    grants = granted(changes, None, start)
    outcome = Outcome(start, end.world, difference(start, end.world), left, len(grants))
    return weight_of(changes, outcome, [one.cause for one in findings])


@st.composite
def crossed_entries(draw: st.DrawFn) -> AclEntry:
    """Draw an ingress entry that lets a part of the replies pass, or stops one."""
    first, last = sorted(draw(st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES))))
    number, cidr = draw(st.integers(1, 30)) * 30 + 1, draw(st.sampled_from(BLOCKS))
    action = draw(st.sampled_from(["allow", "allow", "allow", "deny"]))
    return allow_tcp(number, cidr, (first, last), action=action)


@settings(deadline=None, max_examples=10, phases=UNSHRUNK)
@given(st.lists(crossed_entries(), max_size=3, unique_by=lambda entry: entry.rule_number), st.booleans())
@example(
    entries=[allow_tcp(661, "10.0.13.0/24", (32767, 32767)), allow_tcp(691, "10.0.12.0/23", (1024, 2048))],
    moved=True,
)
def test_no_other_choice_weighs_less_than_the_plan(entries: list[AclEntry], moved: bool) -> None:  # noqa: FBT001 - drawn
    """In worlds whose findings cross each other in one ACL, with another fault beside it or without."""
    world = with_entries(a_workshop(), "acl-alb", *KEPT, *entries)
    world = fault_1(world) if moved else world
    found = diagnose(world, LOAD_BALANCER_ARN)
    plan = make_plan(found, world)
    if not isinstance(plan, Plan):
        assert_nothing_is_safe(world, found.findings)
        return
    start = look(without_outdated_health(world, LOAD_BALANCER_ARN), LOAD_BALANCER_ARN)
    end = look(apply(plan.changes, start.world), LOAD_BALANCER_ARN)
    against = against_of(plan, start.world)
    lightest = Oracle(start.world, found.findings, against=against).search(start)
    assert weigh(plan.changes, start.world, end, found.findings) == lightest


def against_of(plan: Plan, world: Snapshot) -> tuple[str, ...]:
    """Return the intents that the plan may go against, which are one for the whole of it."""
    found: list[str] = []
    for change in plan.changes:
        found += filter(None, [intent_against(change, world)])
        world = change.after(world)
    return tuple(dict.fromkeys(found))


def assert_nothing_is_safe(world: Snapshot, findings: Sequence[Finding]) -> None:
    """Fail where a candidate of a finding would have been safe."""
    start = look(without_outdated_health(world, LOAD_BALANCER_ARN), LOAD_BALANCER_ARN)
    trials = Trials(LOAD_BALANCER_ARN, [one.cause for one in findings])
    assert not any(trials.safe(one, start) for one in findings)


@settings(deadline=None, max_examples=10, phases=UNSHRUNK)
@given(st.lists(crossed_entries(), max_size=3, unique_by=lambda entry: entry.rule_number))
def test_without_any_one_change_of_a_plan_something_is_left(entries: list[AclEntry]) -> None:
    """A plan has nothing superfluous: leave out one change, and what it repairs is not all repaired."""
    world = without_outdated_health(with_entries(a_workshop(), "acl-alb", *KEPT, *entries), LOAD_BALANCER_ARN)
    plan = make_plan(diagnose(world, LOAD_BALANCER_ARN), world)
    if not isinstance(plan, Plan):
        return
    cleared = look(apply(plan.changes, world), LOAD_BALANCER_ARN).identities
    for place in range(len(plan.changes)):
        fewer = (*plan.changes[:place], *plan.changes[place + 1 :])
        assert not look(apply(fewer, world), LOAD_BALANCER_ARN).identities <= cleared


def test_one_entry_that_serves_two_findings_is_made_once() -> None:
    """A deny in the way of two subnets' replies stands in both findings, and goes once."""
    deny = an_acl_entry(50, "10.0.12.0/23", action="deny", protocol="6", ports=(2000, 2999))
    world = with_entries(a_workshop(), "acl-alb", *KEPT, deny, allow_tcp(900, "10.0.8.0/21", (1024, 65535)))
    found = diagnose(world, LOAD_BALANCER_ARN)
    assert any(not isinstance(one, Obstacle) for one in candidates(found.findings[0].cause, world))
    plan = make_plan(found, world)
    assert isinstance(plan, Plan)
    assert len(plan.changes) == 1
    assert plan.leaves == ()
