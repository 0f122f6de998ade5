"""The stories: each plays an incident from its event to its end and says what must be true on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab import world_alarms
from lab.acls import Entry
from pathmend.errors import TemporaryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.story.stage import Stage


def fault_1_is_approved_and_recovers(stage: Stage) -> None:
    """The way back of a subnet is lost; the zone's silence raises an alarm of metric math."""
    incident = _noticed(stage, "1")
    _approved(stage, incident)
    _recovers(stage, incident)
    assert _table_of_subnet_b(stage) == stage.workshop.ids["route_tables"]["WebApp-Public-RTB"]


def fault_2_is_approved_and_recovers(stage: Stage) -> None:
    """The health check's answer is one that the matcher does not admit."""
    incident = _noticed(stage, "2")
    _approved(stage, incident)
    _recovers(stage, incident)
    assert "299" in _matcher(stage)


def fault_3_is_approved_and_recovers(stage: Stage) -> None:
    """The Config rule finds the narrowed entry; after the repair it is asked to look again."""
    incident = _noticed(stage, "3")
    _approved(stage, incident)
    _recovers(stage, incident)
    assert _reply_entry(stage)["PortRange"] == {"From": 1024, "To": 65535}


def fault_1_does_not_recover_and_is_rolled_back(stage: Stage) -> None:
    """The alarm stays: the subnet gets its wrong table back."""
    incident = _noticed(stage, "1")
    before = _table_of_subnet_b(stage)
    _approved(stage, incident)
    assert _table_of_subnet_b(stage) != before
    _rolls_back(stage, incident)
    assert _table_of_subnet_b(stage) == before


def fault_2_does_not_recover_and_is_rolled_back(stage: Stage) -> None:
    """The application falls silent meanwhile: the matcher is put back, and no other finding has a repair."""
    incident = _noticed(stage, "2")
    _approved(stage, incident)
    stage.workshop.application.change({"stopped": stage.workshop.ids["instances"]})
    try:
        _rolls_back(stage, incident)
    finally:
        stage.workshop.application.change({"stopped": []})
    assert _matcher(stage) == "200"


def fault_3_does_not_recover_and_is_rolled_back(stage: Stage) -> None:
    """The entry is narrowed again."""
    incident = _noticed(stage, "3")
    _approved(stage, incident)
    _rolls_back(stage, incident, alarm=None)
    assert _reply_entry(stage)["PortRange"] == {"From": 32768, "To": 65535}


def a_lost_association_is_made_and_unmade(stage: Stage) -> None:
    """The subnet falls back to the main table, which leads nowhere."""
    ec2 = stage.client("ec2")
    ec2.disassociate_route_table(AssociationId=_association(stage)["RouteTableAssociationId"])
    stage.workshop.settle()
    incident = _started(stage, stage.workshop.alarm_event(world_alarms.QUIET_ZONE))
    _approved(stage, incident)
    assert _table_of_subnet_b(stage) == stage.workshop.ids["route_tables"]["WebApp-Public-RTB"]
    _rolls_back(stage, incident)
    assert _association(stage) == {}


def a_lost_entry_is_reported(stage: Stage) -> None:
    """The reply entry of zone a is gone: whether one may be made is for a person to say."""
    stage.client("ec2").delete_network_acl_entry(
        NetworkAclId=_acl(stage)["NetworkAclId"], RuleNumber=1100, Egress=False
    )
    stage.workshop.evaluate_rule()
    incident = _started(stage, stage.workshop.compliance_events[-1], decision="report")
    _closes(stage, incident, "reported")


def a_deny_is_removed_and_put_back(stage: Stage) -> None:
    """A deny stands before the entry that lets a part of zone a's replies in."""
    acl = _acl(stage)["NetworkAclId"]
    deny = Entry(50, "10.0.11.0/24", (1024, 1999), action="deny")
    stage.client("ec2").create_network_acl_entry(**deny.request(acl))
    try:
        stage.workshop.settle()
        stage.workshop.set_alarm(world_alarms.ELB_5XX, alarming=True)
        incident = _started(stage, stage.workshop.alarm_event(world_alarms.ELB_5XX))
        _approved(stage, incident)
        assert _entry(stage, 50) == {}
        _rolls_back(stage, incident, world_alarms.ELB_5XX)
        assert _entry(stage, 50)["RuleAction"] == "deny"
    finally:
        if _entry(stage, 50):
            stage.client("ec2").delete_network_acl_entry(NetworkAclId=acl, RuleNumber=50, Egress=False)


def a_second_fault_makes_a_second_round(stage: Stage) -> None:
    """Behind the first fault there is another: it is found when the first repair is verified."""
    incident = _noticed(stage, "1")
    _approved(stage, incident)
    stage.workshop.break_("2")
    stage.pass_time(hours=1)
    assert stage.step("verify_recovery", incident) | {"reason": ""} == {
        "status": "another_round",
        "reason": "",
        "wait_seconds": 0,
        "decision": "ask",
    }
    _approved(stage, incident, waiting="the-token-of-round-2")
    _recovers(stage, incident)


def a_proposal_is_rejected(stage: Stage) -> None:
    """Somebody says no, and nothing is changed."""
    incident = _noticed(stage, "1")
    before = _table_of_subnet_b(stage)
    status, _ = stage.answer(stage.propose(incident), "reject")
    assert status == 200
    assert stage.recorder.handed_over == [("the-task-token", "rejected")]
    _closes(stage, incident, "rejected")
    assert _table_of_subnet_b(stage) == before


def an_alarm_that_recovers_withdraws_the_proposal(stage: Stage) -> None:
    """The trouble ends by itself while the proposal waits."""
    incident = _noticed(stage, "2")
    stage.propose(incident)
    stage.workshop.mend()
    stage.workshop.settle()
    answer = stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))
    assert (answer["outcome"], answer["incident_id"]) == ("withdrawn", incident)
    assert stage.recorder.handed_over == [("the-task-token", "recovered_by_itself")]
    _closes(stage, incident, "recovered_by_itself")


def an_alarm_does_not_withdraw_while_another_rings(stage: Stage) -> None:
    """Two alarms are about one load balancer; one of them becomes quiet."""
    incident = _noticed(stage, "1")
    stage.workshop.set_alarm(world_alarms.UNHEALTHY, alarming=True)
    assert stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))["outcome"] == "joined"
    stage.propose(incident)
    stage.workshop.set_alarm(world_alarms.UNHEALTHY, alarming=False)
    assert stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))["outcome"] == "noted"
    assert stage.recorder.handed_over == []
    _closes(stage, incident, "expired")


def an_audit_asks_for_every_load_balancer(stage: Stage) -> None:
    """The schedule asks; the bus carries one request for each; a healthy load balancer is reported on and closed."""
    assert stage.functions.invoke("audit", {}) == {"requested": 1}
    (event,) = stage.on_the_bus()
    assert event["detail"] == {"loadBalancerArn": stage.workshop.ids["load_balancer_arn"]}
    incident = _started(stage, event, decision="report")
    _closes(stage, incident, "reported")


def a_malformed_event_is_kept(stage: Stage) -> None:
    """An event that nothing can be made of goes to the queue of failed events, with the reason."""
    stage.workshop.break_("2")
    event = stage.workshop.alarm_event(world_alarms.UNHEALTHY)
    event["detail"]["alarmName"] = 7
    assert stage.deliver(event)["outcome"] == "invalid"
    ((body, attributes),) = stage.received("FailedEventsQueue")
    assert event["id"] in body
    assert attributes["reason"]["StringValue"]


def an_event_delivered_twice_counts_once(stage: Stage) -> None:
    """EventBridge delivers at least once."""
    stage.workshop.break_("1")
    event = stage.workshop.alarm_event(world_alarms.QUIET_ZONE)
    first = stage.deliver(event)
    executions = len(stage.started())
    assert stage.deliver(event)["incident_id"] == first["incident_id"]
    assert len(stage.started()) == executions
    _closes(stage, first["incident_id"], "expired")


def a_throttled_triage_is_tried_again(stage: Stage) -> None:
    """AWS is busy while triage reads: the event is forgotten as unworked, and its retry carries on."""
    stage.workshop.break_("1")
    event = stage.workshop.alarm_event(world_alarms.QUIET_ZONE)
    stage.recorder.failing["DescribeSubnets"] = "RequestLimitExceeded"
    with pytest.raises(TemporaryError):
        stage.deliver(event)
    stage.recorder.failing.clear()
    incident = _started(stage, event)
    _closes(stage, incident, "expired")


def a_triage_that_cannot_start_the_workflow_is_tried_again(stage: Stage) -> None:
    """All is found and saved when Step Functions is busy: the retry of the event must start the remediation."""
    stage.workshop.break_("1")
    event = stage.workshop.alarm_event(world_alarms.QUIET_ZONE)
    stage.recorder.failing["StartExecution"] = "ThrottlingException"
    with pytest.raises(TemporaryError):
        stage.deliver(event)
    stage.recorder.failing.clear()
    stage.deliver(event)
    (incident,) = stage.open_incidents()
    assert {"incident_id": incident, "decision": "ask"} in stage.started()
    _closes(stage, incident, "expired")


STORIES: dict[str, Callable[[Stage], None]] = {
    story.__name__: story
    for story in (
        fault_1_is_approved_and_recovers,
        fault_2_is_approved_and_recovers,
        fault_3_is_approved_and_recovers,
        fault_1_does_not_recover_and_is_rolled_back,
        fault_2_does_not_recover_and_is_rolled_back,
        fault_3_does_not_recover_and_is_rolled_back,
        a_lost_association_is_made_and_unmade,
        a_lost_entry_is_reported,
        a_deny_is_removed_and_put_back,
        a_second_fault_makes_a_second_round,
        a_proposal_is_rejected,
        an_alarm_that_recovers_withdraws_the_proposal,
        an_alarm_does_not_withdraw_while_another_rings,
        an_audit_asks_for_every_load_balancer,
        a_malformed_event_is_kept,
        an_event_delivered_twice_counts_once,
        a_throttled_triage_is_tried_again,
        a_triage_that_cannot_start_the_workflow_is_tried_again,
    )
}

_ALARMS = {"1": world_alarms.QUIET_ZONE, "2": world_alarms.UNHEALTHY}


def _noticed(stage: Stage, fault: str) -> str:
    """Break the world and bring triage the event by which AWS notices; return the incident."""
    stage.workshop.break_(fault)
    alarm = _ALARMS.get(fault)
    return _started(stage, stage.workshop.alarm_event(alarm) if alarm else stage.workshop.compliance_events[-1])


def _started(stage: Stage, event: dict[str, Any], decision: str = "ask") -> str:
    answer = stage.deliver(event)
    assert answer["outcome"] == "started", answer
    incident = str(answer["incident_id"])
    assert {"incident_id": incident, "decision": decision} in stage.started(), answer
    return incident


def _approved(stage: Stage, incident: str, waiting: str = "the-task-token") -> None:
    status, page = stage.answer(stage.propose(incident, waiting), "approve")
    assert status == 200, page
    assert stage.recorder.handed_over[-1] == (waiting, "approved")
    applied = stage.step("apply_plan", incident)
    assert applied["outcome"] == "applied", applied
    assert applied["wait_seconds"] > 0


def _recovers(stage: Stage, incident: str) -> None:
    """The first look is too early: alarms and rules still say what they said."""
    waiting = stage.step("verify_recovery", incident)
    assert waiting["status"] == "waiting", waiting
    stage.workshop.settle()
    recovered = stage.step("verify_recovery", incident)
    assert recovered["status"] == "recovered", recovered
    _closes(stage, incident, "resolved")


def _rolls_back(stage: Stage, incident: str, alarm: str | None = world_alarms.QUIET_ZONE) -> None:
    stage.pass_time(hours=1)
    if alarm:
        stage.workshop.settle()
        stage.workshop.set_alarm(alarm, alarming=True)
    verdict = stage.step("verify_recovery", incident)
    assert verdict["status"] == "not_recovered", verdict
    undone = stage.step("roll_back", incident, reason=verdict["reason"])
    assert undone["outcome"] == "rolled_back", undone
    _closes(stage, incident, "rolled_back")


def _closes(stage: Stage, incident: str, outcome: str) -> None:
    stage.mails()
    assert stage.step("close_incident", incident, outcome=outcome, reason="the story ends") == {"state": outcome}
    assert len(stage.mails()) == 1
    assert stage.open_incidents() == []


def _association(stage: Stage) -> dict[str, Any]:
    subnet = stage.workshop.ids["subnets"]["WebApp-ALB1-b"]
    tables = stage.client("ec2").describe_route_tables()["RouteTables"]
    links = [link for table in tables for link in table["Associations"] if link.get("SubnetId") == subnet]
    return links[0] if links else {}


def _table_of_subnet_b(stage: Stage) -> str:
    return str(_association(stage)["RouteTableId"])


def _matcher(stage: Stage) -> str:
    arn = stage.workshop.ids["target_group_arn"]
    group = stage.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    return str(group["Matcher"]["HttpCode"])


def _acl(stage: Stage) -> dict[str, Any]:
    named = [{"Name": "tag:Name", "Values": ["WebApp-ALB-NACL"]}]
    acl: dict[str, Any] = stage.client("ec2").describe_network_acls(Filters=named)["NetworkAcls"][0]
    return acl


def _entry(stage: Stage, number: int) -> dict[str, Any]:
    entries = [one for one in _acl(stage)["Entries"] if one["RuleNumber"] == number and not one["Egress"]]
    return entries[0] if entries else {}


def _reply_entry(stage: Stage) -> dict[str, Any]:
    return _entry(stage, 1100)
