"""Stories of what holds Pathmend back: others' leases, drift, owners, AWS's own trouble, and what it undid before."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lab import world_alarms
from pathmend import bootstrap
from pathmend.aws.clients import Clients
from pathmend.aws.locks import DynamoLocks
from pathmend.aws.table import Table
from pathmend.incidents.undo import Preview, preview, request_undo
from tests.integration.story.acts import (
    acl,
    approved,
    closes,
    matcher,
    noticed,
    recovers,
    reply_entry,
    started,
    table_of_subnet_b,
)
from tests.integration.story.stage import TERRAFORM_STATE
from tests.template.application import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.story.stage import Stage


def another_incident_holds_what_is_to_be_changed(stage: Stage) -> None:
    """Who approved waits until the other one gives back, or its lease runs out; then the repair is made."""
    incident = noticed(stage, "2")
    stage.answer(stage.propose(incident), "approve")
    locks = DynamoLocks(Table(stage.client("dynamodb"), stage.table), stage.clock)
    group = stage.workshop.ids["target_group_arn"]
    assert locks.hold([group], "another", until=stage.clock.now() + timedelta(minutes=20)) is None
    busy = stage.step("apply_plan", incident)
    assert (busy["outcome"], busy["wait_seconds"] > 0, matcher(stage)) == ("busy", True, "200")
    assert "another" in busy["reason"]
    stage.pass_time(minutes=20)
    assert stage.step("apply_plan", incident)["outcome"] == "applied"
    assert locks.hold([group], "another", until=stage.clock.now() + timedelta(minutes=20)) == incident
    recovers(stage, incident)
    assert locks.hold([group], "another", until=stage.clock.now() + timedelta(minutes=20)) is None


def somebody_edits_what_was_approved(stage: Stage) -> None:
    """The approval is for another world: nothing is changed, and a new proposal says why."""
    incident = noticed(stage, "3")
    stage.answer(stage.propose(incident), "approve")
    edited = {key: value for key, value in reply_entry(stage).items() if key != "PortRange"}
    ports = {"From": 40_000, "To": 65_535}
    stage.client("ec2").replace_network_acl_entry(NetworkAclId=acl(stage)["NetworkAclId"], PortRange=ports, **edited)
    again = stage.step("apply_plan", incident)
    assert (again["outcome"], again["decision"]) == ("another_round", "ask"), again
    assert reply_entry(stage)["PortRange"] == ports
    stage.step("request_approval", incident, task_token="the-token-of-round-2")
    assert again["reason"] in " ".join(stage.mails()[-1].split())
    approved(stage, incident, waiting="the-token-of-round-3")
    recovers(stage, incident)
    assert reply_entry(stage)["PortRange"] == {"From": 1024, "To": 65535}


def a_repair_is_undone_later(stage: Stage) -> None:
    """A person sees what undoing does, asks for it, and the next alarm about it is reported, not repaired again."""
    incident = noticed(stage, "1")
    broken = table_of_subnet_b(stage)
    approved(stage, incident)
    recovers(stage, incident)
    ports = _of_a_person(stage)
    shown = preview(incident, ports)
    assert isinstance(shown, Preview)
    assert shown.refusals == ()
    asked = request_undo(incident, "arn:aws:iam::123456789012:user/ann", shown.plan.fingerprint, ports)
    assert asked.accepted, asked
    undone = stage.step("roll_back", incident, reason="ann asked for it")
    assert (undone["outcome"], table_of_subnet_b(stage)) == ("rolled_back", broken)
    closes(stage, incident, "rolled_back")
    stage.workshop.settle()
    answer = stage.deliver(stage.workshop.alarm_event(world_alarms.QUIET_ZONE))
    assert {"incident_id": answer["incident_id"], "decision": "report"} in stage.started()
    closes(stage, answer["incident_id"], "reported")


def a_part_of_the_targets_recovers(stage: Stage) -> None:
    """The repair holds; one application does not answer, which nobody but its people can mend."""
    incident = noticed(stage, "2")
    silent = stage.workshop.ids["instances"][0]
    stage.workshop.application.change({"stopped": [silent]})
    try:
        approved(stage, incident)
        stage.workshop.settle()
        stage.pass_time(hours=1)
        verdict = stage.step("verify_recovery", incident)
        assert verdict["status"] == "partly_recovered", verdict
        assert silent in verdict["reason"]
        closes(stage, incident, "partly_recovered")
        assert "299" in matcher(stage)
    finally:
        stage.workshop.application.change({"stopped": []})


def aws_has_trouble_of_its_own(stage: Stage) -> None:
    """While it lasts, nothing that was approved is changed, and nothing new is proposed; when it ends, all goes on."""
    incident = noticed(stage, "2")
    stage.answer(stage.propose(incident), "approve")
    assert _health(stage, "open") == "noted"
    refused = stage.step("apply_plan", incident)
    assert (refused["outcome"], matcher(stage)) == ("refused", "200")
    assert "AWS_ELASTICLOADBALANCING_API_ISSUE" in refused["reason"]
    closes(stage, incident, "refused")
    reported = started(stage, stage.workshop.alarm_event(world_alarms.UNHEALTHY), decision="report")
    closes(stage, reported, "reported")
    assert _health(stage, "closed") == "noted"
    again = started(stage, stage.workshop.alarm_event(world_alarms.UNHEALTHY))
    closes(stage, again, "expired")


def a_rollback_that_fails_is_loud(stage: Stage) -> None:
    """The permission is gone when it is needed most: the message says what to do by hand."""
    incident = noticed(stage, "1")
    approved(stage, incident)
    stage.recorder.failing["ReplaceRouteTableAssociation"] = "UnauthorizedOperation"
    failed = stage.step("roll_back", incident, reason="the story wants it so")
    assert failed["outcome"] == "rollback_failed", failed
    stage.mails()
    stage.step("close_incident", incident, outcome="rollback_failed", reason=failed["reason"])
    (mail,) = stage.mails()
    assert "aws ec2 replace-route-table-association" in mail
    assert stage.open_incidents() == []


def what_was_left_half_way_is_told(stage: Stage) -> None:
    """An execution was stopped after the change: the next alarm finds its incident, closes it loudly and goes on."""
    incident = noticed(stage, "1")
    approved(stage, incident)
    stage.mails()
    stage.pass_time(days=1)
    stage.workshop.break_("2")
    answer = stage.deliver(stage.workshop.alarm_event(world_alarms.UNHEALTHY))
    assert answer["outcome"] == "started", answer
    (mail,) = stage.mails()
    assert incident in mail
    closes(stage, answer["incident_id"], "expired")


def what_a_stack_owns_is_said(stage: Stage) -> None:
    """The proposal names the stack that would undo the change."""
    group = stage.workshop.ids["target_group_arn"]
    stage.stacks.made[group] = ("shop", "WebTargets", "AWS::ElasticLoadBalancingV2::TargetGroup")
    incident = noticed(stage, "2")
    stage.step("request_approval", incident, task_token="the-task-token")
    mail = stage.mails()[-1]
    assert "shop" in mail
    assert "WebTargets" in mail
    closes(stage, incident, "expired")


def what_terraform_owns_is_said(stage: Stage) -> None:
    """Its state is read where the rules name it: for the proposal, before the change, and for the next round."""
    table, group = (stage.workshop.ids["route_tables"]["WebApp-Public-RTB"], stage.workshop.ids["target_group_arn"])
    subnet = stage.workshop.ids["subnets"]["WebApp-ALB1-b"]
    owned = {"aws_route_table": table, "aws_lb_target_group": group, "aws_subnet": subnet}
    with _terraform(stage, owned):
        incident = noticed(stage, "1")
        stage.step("request_approval", incident, task_token="the-first-token")
        assert "aws_subnet.this" in stage.mails()[-1]
        approved(stage, incident)
        stage.workshop.break_("2")
        stage.pass_time(hours=1)
        assert stage.step("verify_recovery", incident)["status"] == "another_round"
        stage.step("request_approval", incident, task_token="the-token-of-round-2")
        assert "aws_lb_target_group.this" in stage.mails()[-1]
        closes(stage, incident, "expired")


def _health(stage: Stage, state: str) -> str:
    """Bring triage a sample event of AWS Health; return the outcome."""
    event = sample(f"health/elb_api_issue.{state}.json")
    return str(stage.deliver({**event, "id": f"{event['id']}-{stage.clock.now()}"})["outcome"])


def _of_a_person(stage: Stage) -> bootstrap.LivePorts:
    """Return the ports of a person at the command line."""
    given = (
        ("INCIDENTS_TABLE", stage.table),
        ("STATE_MACHINE_ARN", stage.functions.stack.made["RemediationStateMachine"]),
    )
    return bootstrap.LivePorts(bootstrap.Settings(given=given), Clients())


@contextmanager
def _terraform(stage: Stage, owned: dict[str, str]) -> Iterator[None]:
    """Have a state in S3 that owns resources, by their type, and rules that name it."""
    bucket, key = TERRAFORM_STATE.split("/", 1)
    s3: Any = stage.client("s3")
    resources = [
        {"mode": "managed", "type": kind, "name": "this", "instances": [{"attributes": {"id": one}}]}
        for kind, one in owned.items()
    ]
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({"version": 4, "resources": resources}))
    stage.rule({"terraform_states": [f"s3://{TERRAFORM_STATE}"]})
    try:
        yield
    finally:
        stage.rule({})
        s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)


STORIES: dict[str, Callable[[Stage], None]] = {
    story.__name__: story
    for story in (
        another_incident_holds_what_is_to_be_changed,
        somebody_edits_what_was_approved,
        a_repair_is_undone_later,
        a_part_of_the_targets_recovers,
        aws_has_trouble_of_its_own,
        a_rollback_that_fails_is_loud,
        what_was_left_half_way_is_told,
        what_a_stack_owns_is_said,
        what_terraform_owns_is_said,
    )
}
