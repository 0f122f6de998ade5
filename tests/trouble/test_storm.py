"""A storm: a thousand alarms of one load balancer are one incident, one execution, one proposal, and few calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import boto3
import pytest
from moto import mock_aws

from pathmend.aws.clients import Clients
from pathmend.incidents.request_approval import request_approval
from pathmend.incidents.triage import triage
from tests.builders import LOAD_BALANCER_ARN
from tests.fakes import FakePorts
from tests.trouble.boto_trouble import Wire
from tests.trouble.extent import WHOLE
from tests.trouble.injected import Injected
from tests.trouble.memory import FewWorlds
from tests.trouble.moto_store import made_store
from tests.trouble.small_world import a_small_world, both_faults
from tests.unit.incidents.stories import TOKEN, an_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.incidents.incident import Incident
    from tests.fakes import InMemoryIncidentStore

STORM, DYNAMO_STORM = 1_000, 100 if WHOLE else 30
CALLS_PER_JOIN = 8
"""Bounded, whatever the world's size: find the subject's incident, add the trigger, write a line."""


def _alarms(count: int) -> Iterator[dict[str, object]]:
    """Yield events of many alarms, of which every third comes twice."""
    for number in range(count):
        arn = f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm-{number}"
        event = an_alarm(event_id=f"event-{number}", arn=arn)
        yield event
        if number % 3 == 0:
            yield event


def _one_incident(ports: FakePorts) -> Incident:
    held = ports.store.holding(LOAD_BALANCER_ARN)
    assert held
    assert ports.workflow.executions == {held.id: "ask"}
    return held


def test_a_thousand_alarms_are_one_incident() -> None:
    """One execution, one proposal; every alarm is in it; the world is read once."""
    ports = FakePorts(FewWorlds(both_faults(a_small_world())))
    for event in _alarms(STORM // 2):
        assert triage(event, ports).outcome in {"started", "joined"}
    ports.workflow.waiting.add(TOKEN)
    held = _one_incident(ports)
    request_approval(held.id, TOKEN, ports)
    for event in list(_alarms(STORM))[STORM // 2 :]:
        assert triage(event, ports).outcome == "joined"
    held = _one_incident(ports)
    assert len(held.alarm_arns) == STORM
    assert len(ports.store.incidents) == 1
    assert [one.subject for one in ports.notifier.published] == [f"proposal {held.id}"]
    assert ports.world.reads == 1


def test_a_join_makes_few_calls() -> None:
    """The thousandth alarm costs what the second one did."""
    ports = FakePorts(FewWorlds(both_faults(a_small_world())))
    counted = []
    for event in _alarms(STORM // 10):
        watched = Injected(ports)
        triage(event, watched.as_ports)
        counted.append(len(watched.calls))
    assert max(counted[1:]) <= CALLS_PER_JOIN
    assert counted[1] == counted[-1]


def test_many_alarms_are_one_incident_in_dynamodb() -> None:
    """The same over the real store: every trigger is kept, and a join is a handful of calls to AWS."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        wire = Wire()
        wire.tap(patch)
        ports = FakePorts(FewWorlds(both_faults(a_small_world())))
        store = made_store(Clients(boto3.Session("testing", "testing", region_name="us-east-1")))
        ports.store = cast("InMemoryIncidentStore", store)
        counted = []
        for event in _alarms(DYNAMO_STORM):
            before = len(wire.calls)
            triage(event, ports)
            counted.append(len(wire.calls) - before)
        held = _one_incident(ports)
        assert len(held.alarm_arns) == DYNAMO_STORM
        assert len(store.journal(held.id)) >= DYNAMO_STORM
        assert max(counted[1:]) <= CALLS_PER_JOIN
