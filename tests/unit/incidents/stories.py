"""Events, and the steps of an incident's life, for the tests of the use cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pathmend.incidents.answer import answer
from pathmend.incidents.incident import Channel, Incident, Verdict
from pathmend.incidents.journaling import known
from pathmend.incidents.request_approval import request_approval
from pathmend.incidents.triage import TriageResult, triage
from pathmend.signals.signal import AlarmState
from tests.builders import LOAD_BALANCER_ARN, a_workshop
from tests.fakes import FakePorts, FakeWorld

EVENTS = Path(__file__).parents[3] / "events"
FULL_NAME = LOAD_BALANCER_ARN.split(":loadbalancer/")[1]
ALARM_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:unhealthy"
RULE = "ConfigRuleForALBSubnetCheck"
TOKEN = "task-token"


def ports_over(world: Any = None) -> FakePorts:
    """Return ports over a world in which the alarm is in ALARM."""
    ports = FakePorts(FakeWorld(world if world is not None else a_workshop()))
    ports.alarms.set(ALARM_ARN, AlarmState.ALARM, window_seconds=180)
    return ports


def an_alarm(state: str = "ALARM", *, event_id: str = "event-1", **overrides: Any) -> dict[str, Any]:
    """Return the event of the workshop's alarm; `dimensions`, `namespace`, `metric` and `arn` may be other ones."""
    arn = overrides.get("arn", ALARM_ARN)
    metric = {
        "namespace": overrides.get("namespace", "AWS/ApplicationELB"),
        "name": overrides.get("metric", "UnHealthyHostCount"),
        "dimensions": overrides.get("dimensions", {"LoadBalancer": FULL_NAME}),
    }
    row = {"id": "m1", "metricStat": {"metric": metric, "period": 60, "stat": "Average"}, "returnData": True}
    detail = {
        "alarmName": arn.rsplit(":", 1)[-1],
        "state": {"value": state, "reason": "Threshold Crossed"},
        "configuration": overrides.get("configuration", {"metrics": [row]}),
        **overrides.get("detail", {}),
    }
    return an_event("CloudWatch Alarm State Change", "aws.cloudwatch", detail, event_id=event_id, resources=[arn])


def a_compliance_change(compliance: str = "NON_COMPLIANT", **overrides: Any) -> dict[str, Any]:
    """Return the event of the workshop's Config rule about the load balancer."""
    detail = {
        "configRuleName": RULE,
        "resourceType": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "resourceId": LOAD_BALANCER_ARN,
        "newEvaluationResult": {"complianceType": compliance},
        **overrides,
    }
    return an_event("Config Rules Compliance Change", "aws.config", detail, event_id="config-1")


def an_audit_request(arn: str = LOAD_BALANCER_ARN) -> dict[str, Any]:
    """Return the event that asks for a diagnosis."""
    return an_event("Load Balancer Audit Requested", "pathmend", {"loadBalancerArn": arn}, event_id="audit-1")


def an_event(
    kind: str, source: str, detail: dict[str, Any], *, event_id: str, resources: list[str] | None = None
) -> dict[str, Any]:
    """Return an EventBridge event."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": kind,
        "source": source,
        "account": "123456789012",
        "time": "2026-11-22T11:59:58Z",
        "region": "us-east-1",
        "resources": resources or [],
        "detail": detail,
    }


def a_sample(name: str) -> Any:
    """Return one of the files in events/."""
    return json.loads((EVENTS / name).read_text())


def triaged(ports: FakePorts, event: object = None) -> tuple[TriageResult, Incident]:
    """Triage an event (the alarm by default) and return the result with the incident."""
    result = triage(event if event is not None else an_alarm(), ports)
    assert result.incident_id is not None, result
    return result, known(ports, result.incident_id)


def proposed(ports: FakePorts, event: object = None) -> Incident:
    """Triage the event and put the proposal before people."""
    _, incident = triaged(ports, event)
    ports.workflow.waiting.add(TOKEN)
    request_approval(incident.id, TOKEN, ports)
    return known(ports, incident.id)


def approved(ports: FakePorts, event: object = None) -> Incident:
    """Triage the event, propose, and approve."""
    return approve(proposed(ports, event), ports)


def approve(incident: Incident, ports: FakePorts) -> Incident:
    """Approve what is proposed now, and return the incident after it."""
    assert incident.plan is not None
    said = answer(
        incident.id,
        Verdict.APPROVED,
        who="ada",
        channel=Channel.PAGE,
        fingerprint=incident.plan.fingerprint,
        ports=ports,
    )
    assert said.accepted, said
    return known(ports, incident.id)


def texts(ports: FakePorts, incident_id: str) -> str:
    """Return the journal as one text."""
    return "\n".join(entry.text for entry in ports.store.journal(incident_id))
