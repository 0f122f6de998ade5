"""Undoing is planned like a repair: what still holds our value, newest first, with all that it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.fingerprint import fingerprint
from pathmend.plans.no_plan import NoPlan
from pathmend.plans.plan import Plan, Risk
from pathmend.plans.steps import apply, steps_of
from pathmend.plans.undo import undo_plan
from tests.builders import (
    LOAD_BALANCER_ARN,
    a_workshop,
    allow_tcp,
    fault_1,
    fault_2,
    fault_3,
    with_association,
    with_entry,
)
from tests.unit.diagnosis.needs import KEY, a_needy_workshop, document, statement, with_endpoint
from tests.unit.diagnosis.worlds import with_health
from tests.unit.plans.planning import planned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.plans.plan import PlannedChange
    from pathmend.snapshot.world import Snapshot


def repaired(world: Snapshot) -> tuple[tuple[PlannedChange, ...], Snapshot]:
    """Return the steps that repair the world, and the world after them."""
    plan = planned(world)
    return plan.steps, apply(plan.changes, world)


def undoing(applied: Sequence[PlannedChange], world: Snapshot) -> Plan:
    """Return the plan that undoes the steps."""
    plan = undo_plan(applied, world, LOAD_BALANCER_ARN)
    assert isinstance(plan, Plan), plan
    return plan


def not_undoing(applied: Sequence[PlannedChange], world: Snapshot) -> str:
    """Return why there is nothing to undo."""
    plan = undo_plan(applied, world, LOAD_BALANCER_ARN)
    assert isinstance(plan, NoPlan), plan
    return plan.reason


def test_everything_is_undone_newest_first_and_the_world_is_as_before() -> None:
    """The undos of the steps are the changes of the plan, in the opposite order."""
    world = fault_3(fault_2(fault_1(a_workshop())))
    steps, after = repaired(world)
    plan = undoing(steps, after)
    assert plan.changes == tuple(step.undo for step in reversed(steps))
    assert apply(plan.changes, after) == world
    assert plan.leaves == ()
    assert [step.requests for step in plan.steps] == [step.undo_requests for step in reversed(steps)]


def test_what_an_undo_closes_opens_and_breaks_is_said() -> None:
    """A person who asks for it sees the fault come back; nothing that it opens is needed by anybody."""
    steps, after = repaired(fault_3(a_workshop()))
    plan = undoing(steps, after)
    assert [str(reach) for reach in plan.effect.closed] == ["10.0.11.0/24 tcp 1024-32767 ingress"]
    assert plan.beyond == plan.effect.opened != ()
    assert len(plan.breaks) == 1
    assert plan.breaks[0] == diagnose(fault_3(a_workshop()), LOAD_BALANCER_ARN).findings[0].sentence
    assert (plan.repairs, plan.risk) == ((), Risk.HIGH)


def test_an_undo_is_bound_to_the_world_that_it_was_planned_for() -> None:
    """As every plan is."""
    steps, after = repaired(fault_3(a_workshop()))
    plan = undoing(steps, after)
    drifted = with_entry(after, "acl-alb", allow_tcp(7, "10.0.0.0/16", (7, 7)))
    assert plan.fingerprint == fingerprint(plan.changes, after) != undoing(steps, drifted).fingerprint


def test_the_connections_that_an_undo_cuts_are_named() -> None:
    """A subnet goes back to the table that it came from."""
    steps, after = repaired(fault_1(a_workshop()))
    plan = undoing(steps, after)
    assert plan.changes == (AssociateRouteTable("subnet-alb-b", "rtb-app-b"),)
    assert plan.disrupts
    assert plan.effect.rerouted


def test_what_somebody_else_changed_since_is_left_alone_and_said() -> None:
    """The slot does not hold our value any more; the others are undone all the same."""
    steps, after = repaired(fault_3(fault_1(a_workshop())))
    theirs = with_entry(after, "acl-alb", allow_tcp(1100, "10.0.11.0/24", (80, 65535)))
    plan = undoing(steps, theirs)
    assert [change.kind for change in plan.changes] == ["AssociateRouteTable"]
    (sentence,) = plan.leaves
    assert sentence.startswith("left alone, changed by somebody else since: ingress rule 1100: allow TCP 80-65535")


def test_what_is_as_before_already_needs_no_undo() -> None:
    """Somebody undid it by hand, or a rollback got that far."""
    world = fault_3(a_workshop())
    steps, _ = repaired(world)
    assert not_undoing(steps, world) == "nothing is left to undo"
    assert not_undoing((), world) == "nothing is left to undo"


def test_where_all_was_changed_by_others_there_is_no_plan_and_each_is_named() -> None:
    """Nothing is touched that is not ours any more."""
    steps, after = repaired(fault_1(a_workshop()))
    assert "changed by somebody else since: subnet-alb-b is associated with rtb-main" in not_undoing(
        steps, with_association(after, "subnet-alb-b", "rtb-main")
    )


def test_what_is_gone_cannot_be_undone() -> None:
    """Neither where the thing itself is gone, nor where what it should go back to is."""
    steps, after = repaired(fault_1(a_workshop()))
    tables = {key: table for key, table in after.route_tables.items() if key != "rtb-app-b"}
    reason = not_undoing(steps, replace(after, route_tables=tables))
    assert "cannot be undone: associate subnet subnet-alb-b with rtb-app-b" in reason
    assert "route table rtb-app-b does not exist (any more)" in reason


def test_a_slot_that_two_rounds_set_goes_back_all_the_way() -> None:
    """The newer undo leads to the older value, which the older undo then finds."""
    world = a_workshop()
    first = SetAclEntry("acl-alb", egress=False, rule_number=50, entry=allow_tcp(50, "10.0.11.0/24", (7, 7)))
    second = replace(first, entry=allow_tcp(50, "10.0.11.0/24", (9, 9)))
    steps = tuple(steps_of((first, second), world))
    plan = undoing(steps, apply((first, second), world))
    assert plan.changes == (first, replace(first, entry=None))


def test_a_step_that_was_made_twice_is_undone_once() -> None:
    """It was made again because somebody had undone it."""
    steps, after = repaired(fault_3(a_workshop()))
    assert len(undoing((*steps, *steps), after).changes) == 1


def test_an_undo_that_clears_a_finding_says_which() -> None:
    """Our own change had done it: what is unhealthy because of the blocked path is no fault of the undo's."""
    blocking = SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=None)
    steps = tuple(steps_of((blocking,), a_workshop()))
    world = with_health(blocking.after(a_workshop()), "Target.Timeout", zones="a")
    plan = undoing(steps, world)
    assert len(plan.repairs) == 1
    assert plan.breaks == ()


def test_what_an_undo_allows_again_is_said() -> None:
    """Going back to a wider policy grants something."""
    wide, narrow = (document(statement("s3:GetObject", key, Principal="*")) for key in ("*", KEY))
    world = with_endpoint(a_needy_workshop(), "vpce-s3", policy=wide)
    steps = tuple(steps_of((SetEndpointPolicy("vpce-s3", narrow),), world))
    (grant,) = undoing(steps, apply((step.change for step in steps), world)).grants
    assert grant.startswith("vpce-s3: ")
