"""Trouble that came with an own change is reported, and the breaker opens on what was changed."""

from __future__ import annotations

from dataclasses import replace

from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.own_changes import own_changes
from pathmend.plans.steps import steps_of
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, a_workshop, allow_tcp, fault_2, fault_3
from tests.fakes import NOON
from tests.unit.incidents.stories import an_alarm, ports_over, triaged

ACTING = Rules(ceiling=Mode.ACT, by_kind=(("SetAclEntry", Mode.ACT),))
HARM = SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=allow_tcp(1100, "10.0.0.0/16", (32768, 65535)))
OTHER_BALANCER = LOAD_BALANCER_ARN.replace("app/", "app/other-")


def _after_an_own_change(change=HARM, *, world=None, **overrides):
    """Return ports in whose world another load balancer's incident made a change a moment ago."""
    ports = ports_over(world or a_workshop())
    ports.rules = ACTING
    world = ports.world.snapshot
    steps = tuple(steps_of([change], world))
    incident = replace(
        Incident("inc-before", OTHER_BALANCER, State.RESOLVED, NOON, NOON, applied=steps, closed_at=NOON), **overrides
    )
    ports.store.incidents[incident.id] = incident
    plan = type("Steps", (), {"changes": (change,)})()
    ports.ledger.record(own_changes(incident, plan, world), version=0)
    ports.world.snapshot = change.after(world)
    return ports


def test_trouble_that_undoing_an_own_change_clears_is_reported():
    """The model says who did it: nothing more is changed, and the report names the way back."""
    ports = _after_an_own_change()
    result, incident = triaged(ports)
    assert ports.workflow.executions == {incident.id: "report"}
    assert "a change of Pathmend's own incident inc-before brought it about" in result.reason
    assert "`pathmend rollback inc-before` undoes it" in result.reason
    assert incident.plan is not None
    breaker = ports.ledger.open_breakers["inc-before"]
    assert breaker.resources == ("acl-alb",)


def test_an_incident_that_is_not_over_is_undone_once_it_is():
    """Its own workflow may still undo it."""
    ports = _after_an_own_change(state=State.VERIFYING)
    assert "`pathmend rollback inc-before`, once that incident has ended, undoes it" in triaged(ports)[0].reason


def test_trouble_of_another_kind_is_not_blamed_on_a_change():
    """A health check's codes have nothing to do with the ACL."""
    harmless = replace(HARM, rule_number=50, entry=allow_tcp(50, "192.0.2.0/24", (23, 23), action="deny"))
    ports = _after_an_own_change(harmless)
    ports.world.snapshot = fault_2(ports.world.snapshot)
    result, incident = triaged(ports)
    assert "brought it about" not in result.reason
    assert incident.diagnosis is not None
    assert [one.resource for one in incident.diagnosis.findings] == [TARGET_GROUP_ARN]
    assert ports.ledger.open_breakers == {}


def test_a_repair_is_not_blamed_for_a_smaller_gap_where_it_closed_a_larger_one():
    """Somebody narrows the ACL after we took a wide deny from it: undoing that would only hide the new gap."""
    wide = SetAclEntry("acl-alb", egress=False, rule_number=10, entry=None)
    denied = replace(wide, entry=allow_tcp(10, "10.0.0.0/16", (1024, 65535), action="deny")).after(a_workshop())
    ports = _after_an_own_change(wide, world=denied)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    result, incident = triaged(ports)
    assert "brought it about" not in result.reason
    assert ports.ledger.open_breakers == {}
    assert ports.workflow.executions == {incident.id: "act"}


def test_what_was_undone_is_not_blamed():
    """The same trouble without our value in the slot is somebody else's."""
    ports = _after_an_own_change(undone=(0,))
    assert "brought it about" not in triaged(ports)[0].reason


def test_what_is_older_than_an_hour_is_not_blamed():
    """By then it would have shown."""
    ports = _after_an_own_change()
    ports.clock.advance(3_700)
    assert "brought it about" not in triaged(ports)[0].reason


def test_an_incident_that_is_not_kept_any_more_is_not_blamed():
    """Its steps are not known."""
    ports = _after_an_own_change()
    del ports.store.incidents["inc-before"]
    assert "brought it about" not in triaged(ports)[0].reason


def test_the_next_alarm_about_it_meets_the_breaker():
    """Until a person has looked, it is only reported."""
    ports = _after_an_own_change()
    _, incident = triaged(ports)
    close_incident(incident.id, State.REPORTED, "", ports)
    ports.store.incidents["inc-before"] = replace(ports.store.incidents["inc-before"], undone=(0,))
    result, second = triaged(ports, an_alarm(event_id="again"))
    assert ports.workflow.executions[second.id] == "report"
    assert "opened a breaker on acl-alb" in result.reason
