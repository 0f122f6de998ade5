"""The calls that a person makes by hand are those of the world as it is, wherever Pathmend stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.errors import NotFoundError, TemporaryError
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.calls_by_hand import with_present_calls
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.triage import triage
from tests.builders import a_workshop, fault_1
from tests.unit.incidents.stories import an_alarm, approved, ports_over


def _applied():
    """Return ports and the id of an incident that moved a subnet: its association has a new id now."""
    ports = ports_over(fault_1(a_workshop()))
    incident_id = approved(ports).id
    apply_plan(incident_id, ports)
    ports.clock.advance(10)
    (step,) = known(ports, incident_id).applied
    assert step.undo_requests != step.undo.requests(ports.world.snapshot)
    return ports, incident_id


def _is_exact(ports, incident_id):
    (step,) = known(ports, incident_id).applied
    return step.undo_requests == step.undo.requests(ports.world.snapshot) != ()


def test_a_rollback_that_dies_half_way_leaves_the_calls_of_now():
    """AWS throttles until the workflow gives up: the notice names the association that there is."""
    ports, incident_id = _applied()
    ports.executor.fail(len(ports.executor.requests) + 1, TemporaryError("throttled"))
    with pytest.raises(TemporaryError):
        roll_back(incident_id, "no recovery", ports)
    assert close_incident(incident_id, State.ROLLBACK_FAILED, "throttled", ports) is State.ROLLBACK_FAILED
    assert _is_exact(ports, incident_id)


def test_a_stranded_incident_is_told_with_the_calls_of_now():
    """Its workflow never came to undo anything."""
    ports, incident_id = _applied()
    ports.clock.advance(5 * 3_600)
    triage(an_alarm(event_id="late"), ports)
    assert known(ports, incident_id).state is State.ROLLBACK_FAILED
    assert _is_exact(ports, incident_id)


def test_where_the_world_says_nothing_the_planned_calls_stay():
    """A load balancer or a subnet that is gone, or a step that does not stand: nothing better is known."""
    ports, incident_id = _applied()
    incident = known(ports, incident_id)
    now = ports.world.snapshot
    ports.world.snapshot = replace(now, subnets={})
    assert with_present_calls(incident, ports) == incident
    ports.world.snapshot = fault_1(a_workshop())
    assert with_present_calls(incident, ports) == incident
    ports.world.error = NotFoundError("the load balancer is gone")
    assert with_present_calls(incident, ports) == incident
    assert with_present_calls(replace(incident, undone=(0,)), ports).undone == (0,)
