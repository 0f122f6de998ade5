"""Triage: which events open an incident, which join one, and which are left alone, with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pathmend.diagnosis.diagnose import wanted_figures
from pathmend.errors import InvalidEventError, TemporaryError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.triage import triage
from pathmend.signals.signal import AlarmState
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_load_balancer,
    a_workshop,
    decoys,
    fault_1,
    fault_2,
    fault_3,
)
from tests.unit.incidents.stories import (
    ALARM_ARN,
    FULL_NAME,
    RULE,
    TOKEN,
    a_compliance_change,
    a_sample,
    an_alarm,
    an_audit_request,
    ports_over,
    proposed,
    texts,
    triaged,
)

if TYPE_CHECKING:
    from tests.fakes import FakePorts


@pytest.mark.parametrize("fault", [fault_1, fault_2, fault_3])
def test_an_alarm_about_a_fault_starts_one_execution_that_asks(fault):
    """Each of the workshop's faults becomes an incident with a plan, and people are asked."""
    ports = ports_over(fault(a_workshop()))
    result, incident = triaged(ports)
    assert result.outcome == "started"
    assert incident.plan is not None
    assert incident.decision is not None
    assert incident.decision.mode is Mode.ASK
    assert ports.workflow.executions == {incident.id: "ask"}
    assert "planned:" in texts(ports, incident.id)


def test_a_healthy_world_is_reported_and_nothing_is_planned():
    """An alarm over a world without a fault ends in a report that says so."""
    ports = ports_over(decoys(a_workshop()))
    result, incident = triaged(ports)
    assert incident.plan is None
    assert ports.workflow.executions == {incident.id: "report"}
    assert result.reason == "nothing to repair"


def test_a_second_alarm_about_the_same_load_balancer_joins():
    """Two alarms of one load balancer are one incident, and both are waited for."""
    ports = ports_over(fault_2(a_workshop()))
    _, incident = triaged(ports)
    other = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:elb-5xx"
    result = triage(an_alarm(event_id="event-2", arn=other), ports)
    assert (result.outcome, result.incident_id) == ("joined", incident.id)
    assert known(ports, incident.id).alarm_arns == (ALARM_ARN, other)
    assert len(ports.workflow.executions) == 1


def test_the_same_event_twice_changes_nothing():
    """EventBridge delivers at least once: the second delivery joins and adds no trigger."""
    ports = ports_over(fault_2(a_workshop()))
    _, incident = triaged(ports)
    assert triage(an_alarm(), ports).outcome == "joined"
    assert len(known(ports, incident.id).triggers) == 1
    assert len(ports.workflow.executions) == 1


def test_a_triage_that_died_is_carried_on_by_its_own_retry():
    """The retry of the event that opened the incident finishes it, under the same id."""
    ports = ports_over(fault_2(a_workshop()))
    ports.world.error = TemporaryError("throttled")
    with pytest.raises(TemporaryError):
        triage(an_alarm(), ports)
    ports.world.error = None
    result, incident = triaged(ports)
    assert result.outcome == "started"
    assert incident.id == "inc-0001"
    assert incident.plan is not None


def test_a_triage_that_died_long_ago_is_carried_on_by_the_next_alarm():
    """An abandoned incident does not hold its subject for ever."""
    ports = ports_over(fault_2(a_workshop()))
    ports.world.error = TemporaryError("throttled")
    with pytest.raises(TemporaryError):
        triage(an_alarm(), ports)
    ports.world.error = None
    assert triage(an_alarm(event_id="event-2"), ports).outcome == "joined"
    ports.clock.advance(timedelta(minutes=17).total_seconds())
    assert triage(an_alarm(event_id="event-3"), ports).outcome == "started"


def test_a_load_balancer_that_is_gone_is_reported():
    """An alarm may outlive its load balancer: the incident says so and is closed by the workflow."""
    ports = ports_over()
    ports.world.snapshot = replace(ports.world.snapshot, load_balancers={})
    result, incident = triaged(ports)
    assert "does not exist" in result.reason
    assert "alarm about it can be deleted" in result.reason
    assert ports.workflow.executions == {incident.id: "report"}


def test_a_target_group_alone_leads_to_its_load_balancer():
    """An alarm without a LoadBalancer dimension is found by its target group."""
    ports = ports_over(fault_2(a_workshop()))
    _, incident = triaged(ports, an_alarm(dimensions={"TargetGroup": TARGET_GROUP_ARN.rsplit(":", 1)[1]}))
    assert incident.subject == LOAD_BALANCER_ARN


def test_a_composite_alarm_is_read_for_its_children():
    """A composite alarm has no metrics: the dimensions of its children name the load balancer."""
    ports = ports_over(fault_2(a_workshop()))
    status = ports.alarms.alarms[ALARM_ARN]
    ports.alarms.alarms[ALARM_ARN] = replace(status, dimensions=(("LoadBalancer", FULL_NAME),))
    _, incident = triaged(ports, an_alarm(configuration={"alarmRule": 'ALARM("a") OR ALARM("b")'}))
    assert incident.subject == LOAD_BALANCER_ARN


def test_a_muted_alarm_is_reported_and_not_acted_on():
    """EventBridge delivers the events of muted alarms too: we keep the mute ourselves."""
    ports = ports_over(fault_2(a_workshop()))
    ports.rules = Rules(ceiling=Mode.ACT, by_kind=(("ModifyMatcher", Mode.ACT),))
    muted = {"muteDetail": {"mutedByArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:night"}}
    _, incident = triaged(ports, an_alarm(detail=muted))
    assert ports.workflow.executions == {incident.id: "report"}
    assert incident.plan is not None


def test_a_config_rule_and_an_alarm_are_one_incident():
    """Fault 3 speaks twice: by a 5XX alarm and by a Config rule."""
    ports = ports_over(fault_3(a_workshop()))
    _, incident = triaged(ports, a_compliance_change())
    assert triage(an_alarm(metric="HTTPCode_ELB_5XX_Count"), ports).outcome == "joined"
    joined = known(ports, incident.id)
    assert joined.config_rules == (RULE,)
    assert joined.alarm_arns == (ALARM_ARN,)


def test_an_audit_request_opens_an_incident():
    """A load balancer without any alarm is diagnosed when an audit asks."""
    ports = ports_over(fault_1(a_workshop()))
    _, incident = triaged(ports, an_audit_request())
    assert incident.triggers[0].kind == "audit"
    assert incident.plan is not None


def test_an_application_error_is_reported_with_its_figures():
    """A Target_5XX that no blocked path explains is the application's: figures, and no change."""
    ports = ports_over()
    ports.figures = _figures(ports, {"HTTPCode_Target_5XX_Count": 12.0, "RequestCount": 600.0})
    _, incident = triaged(ports, an_alarm(metric="HTTPCode_Target_5XX_Count"))
    assert incident.plan is None
    assert incident.diagnosis is not None
    assert [f.code for f in incident.diagnosis.findings] == ["APPLICATION_ERRORS"]


def _figures(ports: FakePorts, values: dict[str, float]):
    """Return figures in which every query of a metric has the same value."""
    queries = wanted_figures(ports.world.snapshot, LOAD_BALANCER_ARN)
    return replace(ports.figures, values={q: values[q.name] for q in queries if q.name in values})


def test_what_cannot_be_read_is_said_and_not_assumed():
    """Without the load balancer's interfaces no path is proven: the report says what is unknown."""
    world = a_workshop()
    nodes = {i.id for i in world.nodes_of(a_load_balancer())}
    ports = ports_over(replace(world, interfaces={k: v for k, v in world.interfaces.items() if k not in nodes}))
    result, incident = triaged(ports)
    assert incident.plan is None
    assert "unknown" in result.reason


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (an_alarm(namespace="AWS/EC2", dimensions={"InstanceId": "i-1"}), "AWS/EC2"),
        (an_alarm(dimensions={}), "dimension"),
        (an_alarm(dimensions={"LoadBalancer": "net/NLB/1"}), "dimension"),
        (an_alarm(dimensions={"TargetGroup": "targetgroup/gone/1"}), "dimension"),
        (an_alarm(configuration={}), "dimension"),
        (an_alarm("INSUFFICIENT_DATA"), "asks for nothing"),
        (a_compliance_change("NOT_APPLICABLE"), "asks for nothing"),
        (a_compliance_change(resourceType="AWS::S3::Bucket"), "AWS::S3::Bucket"),
        (a_compliance_change(resourceId="WebApp-ALB"), "not the ARN"),
        (an_audit_request("arn:aws:s3:::bucket"), "not the ARN"),
        (an_alarm("OK"), "nothing to withdraw"),
        (an_alarm() | {"detail-type": "CloudWatch Alarm Configuration Change"}, "not an event Pathmend treats"),
    ],
)
def test_an_event_that_is_none_of_ours_gets_a_reason(event, word):
    """Nothing is opened, and the answer says why."""
    ports = ports_over(fault_2(a_workshop()))
    result = triage(event, ports)
    assert result.outcome == "ignored"
    assert word in result.reason
    assert ports.store.incidents == {}


@pytest.mark.parametrize("event", ["not json", None, [], {}, {"id": 1}, a_sample("cloudwatch/malformed.json")])
def test_a_malformed_event_names_what_is_wrong(event):
    """The error is one that no retry cures; the handler keeps the event with it."""
    with pytest.raises(InvalidEventError, match="event"):
        triage(event, ports_over())


def test_two_load_balancers_in_one_alarm_are_two_incidents():
    """A metric-math alarm over two load balancers starts both, and the answer names both."""
    ports = ports_over(fault_2(a_workshop()))
    second = a_load_balancer(arn=LOAD_BALANCER_ARN.replace("WebApp-ALB", "Other-ALB"), name="Other-ALB")
    ports.world.snapshot = ports.world.snapshot.having("load_balancers", second)
    rows = [
        {
            "id": f"m{n}",
            "metricStat": {
                "metric": {
                    "namespace": "AWS/ApplicationELB",
                    "name": "RequestCount",
                    "dimensions": {"LoadBalancer": n},
                },
                "period": 60,
            },
        }
        for n in (FULL_NAME, second.full_name)
    ]
    result = triage(an_alarm(configuration={"metrics": rows}), ports)
    assert result.outcome == "started"
    assert {i.subject for i in ports.store.incidents.values()} == {LOAD_BALANCER_ARN, second.arn}
    assert "inc-0002" in result.reason


def test_ok_while_people_are_asked_is_noted_only_while_another_alarm_rings():
    """The proposal is withdrawn when the last alarm is OK, not before."""
    ports = ports_over(fault_2(a_workshop()))
    other = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:elb-5xx"
    incident = proposed(ports)
    ports.alarms.set(other, AlarmState.ALARM)
    triage(an_alarm(event_id="event-2", arn=other), ports)
    assert triage(an_alarm("OK", event_id="event-3"), ports).outcome == "noted"
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    result = triage(an_alarm("OK", event_id="event-4", arn=other), ports)
    assert result.outcome == "withdrawn"
    assert ports.workflow.answers[TOKEN].value == "recovered_by_itself"
    assert known(ports, incident.id).state is State.AWAITING_APPROVAL
    assert triage(an_alarm("OK", event_id="event-5", arn=other), ports).outcome == "noted"
