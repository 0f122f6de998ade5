"""The stories: each plays an incident from its event to its end and says what must be true on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab import world_alarms
from lab.acls import Entry
from pathmend.errors import TemporaryError
from tests.integration.story.acts import (
    acl,
    approved,
    association,
    closes,
    entry,
    matcher,
    noticed,
    recovers,
    reply_entry,
    rolls_back,
    started,
    table_of_subnet_b,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.story.stage import Stage


def fault_1_is_approved_and_recovers(stage: Stage) -> None:
    """The way back of a subnet is lost; the zone's silence raises an alarm of metric math."""
    incident = noticed(stage, "1")
    approved(stage, incident)
    recovers(stage, incident)
    assert table_of_subnet_b(stage) == stage.workshop.ids["route_tables"]["WebApp-Public-RTB"]


def fault_2_is_approved_and_recovers(stage: Stage) -> None:
    """The health check's answer is one that the matcher does not admit."""
    incident = noticed(stage, "2")
    approved(stage, incident)
    recovers(stage, incident)
    assert "299" in matcher(stage)


def fault_3_is_approved_and_recovers(stage: Stage) -> None:
    """The Config rule finds the narrowed entry; after the repair it is asked to look again."""
    incident = noticed(stage, "3")
    approved(stage, incident)
    recovers(stage, incident)
    assert reply_entry(stage)["PortRange"] == {"From": 1024, "To": 65535}


def fault_1_does_not_recover_and_is_rolled_back(stage: Stage) -> None:
    """The alarm stays: the subnet gets its wrong table back."""
    incident = noticed(stage, "1")
    before = table_of_subnet_b(stage)
    approved(stage, incident)
    assert table_of_subnet_b(stage) != before
    rolls_back(stage, incident)
    assert table_of_subnet_b(stage) == before


def fault_2_does_not_recover_and_is_rolled_back(stage: Stage) -> None:
    """The application falls silent meanwhile: the matcher is put back, and no other finding has a repair."""
    incident = noticed(stage, "2")
    approved(stage, incident)
    stage.workshop.application.change({"stopped": stage.workshop.ids["instances"]})
    try:
        rolls_back(stage, incident)
    finally:
        stage.workshop.application.change({"stopped": []})
    assert matcher(stage) == "200"


def fault_3_does_not_recover_and_is_rolled_back(stage: Stage) -> None:
    """The entry is narrowed again."""
    incident = noticed(stage, "3")
    approved(stage, incident)
    rolls_back(stage, incident, alarm=None)
    assert reply_entry(stage)["PortRange"] == {"From": 32768, "To": 65535}


def a_lost_association_is_made_and_unmade(stage: Stage) -> None:
    """The subnet falls back to the main table, which leads nowhere."""
    ec2 = stage.client("ec2")
    ec2.disassociate_route_table(AssociationId=association(stage)["RouteTableAssociationId"])
    stage.workshop.settle()
    incident = started(stage, stage.workshop.alarm_event(world_alarms.QUIET_ZONE))
    approved(stage, incident)
    assert table_of_subnet_b(stage) == stage.workshop.ids["route_tables"]["WebApp-Public-RTB"]
    rolls_back(stage, incident)
    assert association(stage) == {}


def a_lost_entry_is_made_and_unmade(stage: Stage) -> None:
    """The reply entry of zone a is gone, and the target there falls ill of it."""
    entry = {"NetworkAclId": acl(stage)["NetworkAclId"], "RuleNumber": 1100, "Egress": False}
    stage.client("ec2").delete_network_acl_entry(**entry)
    stage.workshop.evaluate_rule()
    incident = started(stage, stage.workshop.compliance_events[-1])
    approved(stage, incident)
    rolls_back(stage, incident, alarm=None)
    assert reply_entry(stage) == {}


def a_deny_is_removed_and_put_back(stage: Stage) -> None:
    """A deny stands before the entry that lets a part of zone a's replies in."""
    acl_id = acl(stage)["NetworkAclId"]
    deny = Entry(50, "10.0.11.0/24", (1024, 1999), action="deny")
    stage.client("ec2").create_network_acl_entry(**deny.request(acl_id))
    try:
        stage.workshop.settle()
        stage.workshop.set_alarm(world_alarms.ELB_5XX, alarming=True)
        incident = started(stage, stage.workshop.alarm_event(world_alarms.ELB_5XX))
        approved(stage, incident)
        assert entry(stage, 50) == {}
        rolls_back(stage, incident, world_alarms.ELB_5XX)
        assert entry(stage, 50)["RuleAction"] == "deny"
    finally:
        if entry(stage, 50):
            stage.client("ec2").delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=50, Egress=False)


def a_second_fault_makes_a_second_round(stage: Stage) -> None:
    """Behind the first fault there is another: it is found when the first repair is verified."""
    incident = noticed(stage, "1")
    approved(stage, incident)
    stage.workshop.break_("2")
    stage.pass_time(hours=1)
    assert stage.step("verify_recovery", incident) | {"reason": ""} == {
        "status": "another_round",
        "reason": "",
        "wait_seconds": 0,
        "decision": "ask",
    }
    approved(stage, incident, waiting="the-token-of-round-2")
    recovers(stage, incident)


def a_proposal_is_rejected(stage: Stage) -> None:
    """Somebody says no, and nothing is changed."""
    incident = noticed(stage, "1")
    before = table_of_subnet_b(stage)
    status, _ = stage.answer(stage.propose(incident), "reject")
    assert status == 200
    assert stage.recorder.handed_over == [("the-task-token", "rejected")]
    closes(stage, incident, "rejected")
    assert table_of_subnet_b(stage) == before


def an_alarm_that_recovers_withdraws_the_proposal(stage: Stage) -> None:
    """The trouble ends by itself while the proposal waits."""
    incident = noticed(stage, "2")
    stage.propose(incident)
    stage.workshop.mend()
    stage.workshop.settle()
    answer = stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))
    assert (answer["outcome"], answer["incident_id"]) == ("withdrawn", incident)
    assert stage.recorder.handed_over == [("the-task-token", "recovered_by_itself")]
    closes(stage, incident, "recovered_by_itself")


def an_alarm_does_not_withdraw_while_another_rings(stage: Stage) -> None:
    """Two alarms are about one load balancer; one of them becomes quiet."""
    incident = noticed(stage, "1")
    stage.workshop.set_alarm(world_alarms.UNHEALTHY, alarming=True)
    assert stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))["outcome"] == "joined"
    stage.propose(incident)
    stage.workshop.set_alarm(world_alarms.UNHEALTHY, alarming=False)
    assert stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))["outcome"] == "noted"
    assert stage.recorder.handed_over == []
    closes(stage, incident, "expired")


def an_audit_asks_for_every_load_balancer(stage: Stage) -> None:
    """The schedule asks; the bus carries one request for each; a healthy load balancer is reported on and closed."""
    assert stage.functions.invoke("audit", {}) == {"requested": 1}
    (event,) = stage.on_the_bus()
    assert event["detail"] == {"loadBalancerArn": stage.workshop.ids["load_balancer_arn"]}
    incident = started(stage, event, decision="report")
    closes(stage, incident, "reported")


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
    closes(stage, first["incident_id"], "expired")


def a_throttled_triage_is_tried_again(stage: Stage) -> None:
    """AWS is busy while triage reads: the event is forgotten as unworked, and its retry carries on."""
    stage.workshop.break_("1")
    event = stage.workshop.alarm_event(world_alarms.QUIET_ZONE)
    stage.recorder.failing["DescribeSubnets"] = "RequestLimitExceeded"
    with pytest.raises(TemporaryError):
        stage.deliver(event)
    stage.recorder.failing.clear()
    incident = started(stage, event)
    closes(stage, incident, "expired")


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
    closes(stage, incident, "expired")


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
        a_lost_entry_is_made_and_unmade,
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
