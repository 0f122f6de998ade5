"""The acts that the stories share: what happens between an event and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import world_alarms

if TYPE_CHECKING:
    from tests.integration.story.stage import Stage

_LOOKS = 3
_ALARMS = {"1": world_alarms.QUIET_ZONE, "2": world_alarms.UNHEALTHY}


def noticed(stage: Stage, fault: str) -> str:
    """Break the world and bring triage the event by which AWS notices; return the incident."""
    stage.workshop.break_(fault)
    alarm = _ALARMS.get(fault)
    return started(stage, stage.workshop.alarm_event(alarm) if alarm else stage.workshop.compliance_events[-1])


def started(stage: Stage, event: dict[str, Any], decision: str = "ask") -> str:
    """Bring triage an event that opens an incident; return the incident."""
    answer = stage.deliver(event)
    assert answer["outcome"] == "started", answer
    incident = str(answer["incident_id"])
    assert {"incident_id": incident, "decision": decision} in stage.started(), answer
    return incident


def audited(stage: Stage, fault: str) -> str:
    """Break the world by a fault that rings no alarm, and let the audit find it; return the incident."""
    stage.workshop.break_(fault)
    return audit(stage)


def audit(stage: Stage, decision: str = "ask") -> str:
    """Let the schedule ask for an audit, and bring triage its event; return the incident."""
    assert stage.functions.invoke("audit", {}) == {"requested": 1}
    (event,) = stage.on_the_bus()
    return started(stage, event, decision)


def mends_the_page(stage: Stage, fault: str, broken: set[str]) -> str:
    """Find a fault of what the page depends on by an audit, repair it with leave, and see the page pass."""
    incident = audited(stage, fault)
    assert stage.workshop.failing_tests() == broken
    approved(stage, incident)
    assert stage.workshop.failing_tests() == set()
    proven(stage, incident)
    return incident


def proven(stage: Stage, incident: str) -> None:
    """Verify until the repair is seen to hold, and close."""
    for _ in range(_LOOKS):
        verdict = stage.step("verify_recovery", incident)
        if verdict["status"] != "waiting":
            break
        stage.workshop.settle()
    assert verdict["status"] == "recovered", verdict
    closes(stage, incident, "resolved")


def approved(stage: Stage, incident: str, waiting: str = "the-task-token") -> None:
    """Propose, approve by the page, and apply."""
    status, page = stage.answer(stage.propose(incident, waiting), "approve")
    assert status == 200, page
    assert stage.recorder.handed_over[-1] == (waiting, "approved")
    applied = stage.step("apply_plan", incident)
    assert applied["outcome"] == "applied", applied
    assert applied["wait_seconds"] > 0


def recovers(stage: Stage, incident: str) -> None:
    """Look too early, when alarms and rules still say what they said; look again, and close."""
    waiting = stage.step("verify_recovery", incident)
    assert waiting["status"] == "waiting", waiting
    stage.workshop.settle()
    recovered = stage.step("verify_recovery", incident)
    assert recovered["status"] == "recovered", recovered
    closes(stage, incident, "resolved")


def rolls_back(stage: Stage, incident: str, alarm: str | None = world_alarms.QUIET_ZONE) -> None:
    """Let the time for recovery pass without any, undo, and close."""
    stage.pass_time(hours=1)
    if alarm:
        stage.workshop.settle()
        stage.workshop.set_alarm(alarm, alarming=True)
    verdict = stage.step("verify_recovery", incident)
    assert verdict["status"] == "not_recovered", verdict
    undone = stage.step("roll_back", incident, reason=verdict["reason"])
    assert undone["outcome"] == "rolled_back", undone
    closes(stage, incident, "rolled_back")


def closes(stage: Stage, incident: str, outcome: str) -> None:
    """Close, tell people once, and let go of the subject."""
    stage.mails()
    assert stage.step("close_incident", incident, outcome=outcome, reason="the story ends") == {"state": outcome}
    assert len(stage.mails()) == 1
    assert stage.open_incidents() == []


def association(stage: Stage) -> dict[str, Any]:
    """Return the association of the load balancer's subnet b."""
    subnet = stage.workshop.ids["subnets"]["WebApp-ALB1-b"]
    tables = stage.client("ec2").describe_route_tables()["RouteTables"]
    links = [link for table in tables for link in table["Associations"] if link.get("SubnetId") == subnet]
    return links[0] if links else {}


def table_of_subnet_b(stage: Stage) -> str:
    """Return the route table that the load balancer's subnet b is associated with."""
    return str(association(stage)["RouteTableId"])


def matcher(stage: Stage) -> str:
    """Return the success codes of the target group."""
    arn = stage.workshop.ids["target_group_arn"]
    group = stage.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    return str(group["Matcher"]["HttpCode"])


def acl(stage: Stage) -> dict[str, Any]:
    """Return the network ACL of the load balancer's subnets."""
    named = [{"Name": "tag:Name", "Values": ["WebApp-ALB-NACL"]}]
    acl: dict[str, Any] = stage.client("ec2").describe_network_acls(Filters=named)["NetworkAcls"][0]
    return acl


def entry(stage: Stage, number: int) -> dict[str, Any]:
    """Return an ingress entry of that network ACL; empty where there is none."""
    entries = [one for one in acl(stage)["Entries"] if one["RuleNumber"] == number and not one["Egress"]]
    return entries[0] if entries else {}


def reply_entry(stage: Stage) -> dict[str, Any]:
    """Return the entry that lets the replies from zone a in."""
    return entry(stage, 1100)
