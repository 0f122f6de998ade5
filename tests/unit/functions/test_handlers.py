"""Each handler parses, calls its use case, and returns what the state machine (or the caller) waits for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.errors import NotFoundError
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.rules import Rules
from pathmend.incidents.incident import State
from pathmend.signals.signal import AlarmState
from tests.builders import LOAD_BALANCER_ARN, fault_2

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.conftest import HandlerPorts

    Call = Callable[[str, Any], Any]

EVENTS = Path(__file__).parents[3] / "events"
TOKEN = "task-token"


def an_event(name: str) -> Any:
    """Return a sample event."""
    return json.loads((EVENTS / name).read_text())


@pytest.fixture
def proposed(call: Call, ports: HandlerPorts) -> str:
    """Bring fault 2 as far as its proposal and return the incident's id."""
    ports.world.snapshot = fault_2(ports.world.snapshot)
    event = an_event("cloudwatch/unhealthy_hosts.alarm.json")
    ports.alarms.set(event["resources"][0], AlarmState.ALARM)
    result = call("triage", event)
    assert result["outcome"] == "started"
    incident_id: str = result["incident_id"]
    ports.workflow.waiting.add(TOKEN)
    assert call("request_approval", {"incident_id": incident_id, "task_token": TOKEN}) == {"incident_id": incident_id}
    return incident_id


def test_triage_answers_with_what_became_of_the_event(call: Call, proposed: str, ports: HandlerPorts) -> None:
    """A second event joins; the answer is JSON."""
    event = {**an_event("cloudwatch/unhealthy_hosts.alarm.json"), "id": "another"}
    again = call("triage", event)
    assert (again["outcome"], again["incident_id"]) == ("joined", proposed)
    assert json.loads(json.dumps(again))["reason"]
    assert ports.dead_letters.kept == []


def test_triage_leaves_out_what_there_is_not(call: Call) -> None:
    """An event that is none of ours has no incident."""
    answer = call("triage", an_event("cloudwatch/unrelated.alarm.json"))
    assert answer["outcome"] == "ignored"
    assert "incident_id" not in answer


@pytest.mark.parametrize("event", ["no object", [], {}, {"id": "1", "detail": 7}])
def test_triage_keeps_what_nothing_can_be_made_of(call: Call, ports: HandlerPorts, event: object) -> None:
    """A retry could not cure it, and nothing is lost."""
    answer = call("triage", event)
    assert answer["outcome"] == "invalid"
    assert ports.dead_letters.kept == [(event, answer["reason"])]


def test_an_audit_asks_for_every_load_balancer(call: Call, ports: HandlerPorts) -> None:
    """And says how many."""
    assert call("audit", {}) == {"requested": 1}
    assert ports.audit_requests.requested == [LOAD_BALANCER_ARN]


def test_a_proposal_is_published_with_its_token_kept(call: Call, proposed: str, ports: HandlerPorts) -> None:
    """The time to it is measured in the first round only."""
    incident = ports.store.get(proposed)
    assert incident
    assert incident.task_token == TOKEN
    assert len(ports.notifier.published) == 1
    ports.store.save(replace(incident, round=2))
    assert call("request_approval", {"incident_id": proposed, "task_token": TOKEN})


def test_an_approved_plan_is_applied_verified_and_closed(call: Call, proposed: str, ports: HandlerPorts) -> None:
    """The outputs are those that the state machine's choices read."""
    incident = ports.store.get(proposed)
    assert incident
    assert incident.plan
    ports.store.save(replace(incident, decision=Decision(Mode.ACT, ("a rule lets it",))))
    ports.rules = Rules(ceiling=Mode.ACT, by_kind=(("ModifyMatcher", Mode.ACT),))
    applied = call("apply_plan", {"incident_id": proposed})
    assert applied["outcome"] == "applied"
    assert applied["wait_seconds"] > 0
    waiting = call("verify_recovery", {"incident_id": proposed})
    assert waiting["status"] == "waiting"
    assert waiting["wait_seconds"] > 0
    assert "decision" not in waiting
    undone = call("roll_back", {"incident_id": proposed, "reason": "a test"})
    assert undone == {"outcome": "rolled_back", "reason": "a test", "wait_seconds": 0}
    closed = call("close_incident", {"incident_id": proposed, "outcome": "rolled_back", "reason": "a test"})
    assert closed == {"state": "rolled_back"}
    stored = ports.store.get(proposed)
    assert stored
    assert stored.state is State.ROLLED_BACK


@pytest.mark.parametrize("name", ["request_approval", "apply_plan", "verify_recovery", "roll_back", "close_incident"])
def test_what_a_handler_cannot_cure_is_raised(call: Call, name: str) -> None:
    """The state machine catches it and closes."""
    with pytest.raises(NotFoundError, match="gone"):
        call(name, {"incident_id": "gone", "task_token": TOKEN, "outcome": "failed", "reason": "r"})
