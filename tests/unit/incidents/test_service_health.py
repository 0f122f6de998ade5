"""AWS Health's events are kept while they are open, and reach the circumstances of a decision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pathmend.incidents.triage import triage
from tests.fakes import FakePorts

HEALTH = Path(__file__).parents[3] / "events" / "health"


def event(name: str) -> Any:
    """Return a sample event."""
    return json.loads((HEALTH / f"{name}.json").read_text())


def test_an_open_issue_is_noted_and_its_end_forgets_it() -> None:
    """It opens no incident: it is no trouble of ours."""
    ports = FakePorts()
    opened = triage(event("elb_api_issue.open"), ports)
    assert (opened.outcome, opened.incident_id) == ("noted", None)
    assert "is open: nothing is repaired on it until it ends" in opened.reason
    (kept,) = ports.service_events.ongoing()
    assert (kept.service, kept.region) == ("ELASTICLOADBALANCING", "us-east-1")
    closed = triage(event("elb_api_issue.closed"), ports)
    assert (closed.outcome, closed.reason.rsplit(" ", 2)[-2:]) == ("noted", ["has", "ended"])
    assert ports.service_events.ongoing() == ()
    assert ports.store.recent(1) == ()


def test_trouble_of_one_instance_is_kept_with_its_name() -> None:
    """So that it holds back only what has to do with that instance."""
    ports = FakePorts()
    assert "nothing is repaired on i-0abc0def012345678 until" in triage(event("ec2_one_instance.open"), ports).reason
    (kept,) = ports.service_events.ongoing()
    assert kept.entities == ("i-0abc0def012345678",)


def test_a_word_that_comes_late_or_twice_changes_nothing() -> None:
    """EventBridge delivers at least once, and in no certain order."""
    ports = FakePorts()
    for name in ("elb_api_issue.open", "elb_api_issue.open", "elb_api_issue.closed", "elb_api_issue.open"):
        assert triage(event(name), ports).outcome == "noted"
    assert ports.service_events.ongoing() == ()


def test_another_regions_trouble_is_ignored() -> None:
    """AWS Health sends it here as a backup."""
    ports = FakePorts()
    assert triage(event("ec2_backup.open"), ports).outcome == "ignored"
    assert ports.service_events.ongoing() == ()
