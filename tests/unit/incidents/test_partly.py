"""Partly recovered, and what cannot be seen any more: what is neither a repair nor a reason to undo."""

from __future__ import annotations

from dataclasses import replace

from pathmend.incidents.apply import apply_plan
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.recovery import look
from pathmend.incidents.triage import triage
from pathmend.incidents.verify import verify_recovery
from pathmend.signals.signal import AlarmState
from tests.builders import TARGET_GROUP_ARN, a_workshop, fault_2, fault_4
from tests.unit.diagnosis.needs import a_needy_workshop
from tests.unit.incidents.stories import ALARM_ARN, an_audit_request, approved, ports_over, triaged

HOUR = 3_600


def _with_healthy(ports, count):
    """Make the first of the targets healthy and leave the rest sick."""
    world = ports.world.snapshot
    group = world.target_groups[TARGET_GROUP_ARN]
    sick = {"state": "unhealthy", "reason": "Target.Timeout", "description": "Request timed out"}
    well = {"state": "healthy", "reason": None, "description": None}
    targets = tuple(replace(t, **(well if i < count else sick)) for i, t in enumerate(group.targets))
    ports.world.snapshot = world.having("target_groups", replace(group, targets=targets))


def _applied():
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    assert known(ports, incident.id).healthy_before == 0
    return ports, incident.id


def test_a_repair_that_helped_some_stays_and_says_who_is_left():
    """Two of three are healthy when the time is over: undoing would take that away."""
    ports, incident_id = _applied()
    _with_healthy(ports, 2)
    assert verify_recovery(incident_id, ports).status == "waiting"
    ports.clock.advance(HOUR)
    result = verify_recovery(incident_id, ports)
    assert result.status == "partly_recovered"
    assert "2 of 3 targets are healthy, 0 were before the change; still i-" in result.reason
    assert "is unhealthy (Request timed out)" in result.reason
    assert close_incident(incident_id, State.PARTLY_RECOVERED, result.reason, ports) is State.PARTLY_RECOVERED
    assert len(ports.executor.requests) == 1


def test_a_repair_that_helped_nobody_is_undone():
    """None is healthy, as before."""
    ports, incident_id = _applied()
    _with_healthy(ports, 0)
    ports.clock.advance(HOUR)
    assert verify_recovery(incident_id, ports).status == "not_recovered"


def test_all_healthy_with_the_alarm_in_alarm_is_no_partial_recovery():
    """The alarm is about something else than the targets' health, and it is not OK."""
    ports, incident_id = _applied()
    _with_healthy(ports, 3)
    ports.clock.advance(HOUR)
    assert verify_recovery(incident_id, ports).status == "not_recovered"


def test_an_incident_of_before_does_not_know_how_it_was():
    """Without the count it cannot be said that it helped."""
    ports, incident_id = _applied()
    ports.store.save(replace(known(ports, incident_id), healthy_before=None))
    _with_healthy(ports, 2)
    ports.clock.advance(HOUR)
    assert verify_recovery(incident_id, ports).status == "not_recovered"


def test_the_count_of_before_is_that_of_the_first_change_that_is_not_verified():
    """A second round that follows a repair which did not suffice is measured against the time before both."""
    ports, incident_id = _applied()
    stored = known(ports, incident_id)
    assert stored.plan is not None
    left = ports.store.save(replace(stored, state=State.AWAITING_APPROVAL, round=2, made_before=1))
    ports.world.snapshot = fault_2(a_workshop())
    _with_healthy(ports, 1)
    ports.world.snapshot = _as_planned(ports, stored)
    apply_plan(left.id, ports)
    assert known(ports, incident_id).healthy_before == 0


def _as_planned(ports, stored):
    """Return the world with the slot as the plan found it."""
    return stored.plan.steps[0].undo.after(ports.world.snapshot)


def test_a_role_that_is_not_readable_any_more_makes_no_need_look_met():
    """A finding about what targets need vanishes when the role cannot be read: that proves nothing."""
    ports = ports_over(fault_4(a_needy_workshop()))
    result = triage(an_audit_request(), ports)
    incident = known(ports, str(result.incident_id))
    readable = look(incident, ports.world.snapshot, ports)
    assert readable.unread == ()
    assert not readable.model_open
    world = ports.world.snapshot
    hidden = replace(world, principals={}, unread={**world.unread, "Roles": "denied"})
    seen = look(incident, hidden, ports)
    assert seen.unread
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert not seen.recovered
    assert "flows on the model: unknown" in seen.sentence


def test_an_incident_without_a_plan_shows_the_signs_alone():
    """Nothing was planned, so nothing is left alone and nothing was to be repaired."""
    ports = ports_over()
    _, incident = triaged(ports)
    signs = look(incident, ports.world.snapshot, ports)
    assert (signs.model_open, signs.healthy, signs.targets) == (True, 3, 3)
