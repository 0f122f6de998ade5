"""One round of the demonstration: break the world, follow the incident as its people see it, let the lab judge."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab import control, faults, judge, world_alarms
from lab.clients import for_lab
from lab.emulators import LabError
from lab.inbox import approve_by_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.emulators import Endpoints
    from lab.inbox import Command, Inbox, Message
    from lab.screen import Screen

PROPOSAL_SECONDS, CLOSING_SECONDS, CALM_SECONDS, PERSON_SECONDS = 100, 120, 60, 900
AUDIT_SECONDS = 60
# What rings for each fault. The third is known earlier, by the Config rule; its alarm still has to ring and recover.
ALARMS = {"1": world_alarms.QUIET_ZONE, "2": world_alarms.UNHEALTHY, "3": world_alarms.ELB_5XX}
CLOSED = frozenset(
    {"resolved", "rolled_back", "rejected", "expired", "stale", "recovered_by_itself", "reported", "failed"}
)
TITLES = {
    "1": "a subnet of the load balancer lost its way back to the internet",
    "2": "the application answers health checks with 299",
    "3": "half of the reply ports of one zone are shut",
    "decoy": "nothing is broken, and two things look odd",
}


NOTHING = "nothing to repair"


@dataclass(slots=True)
class Stage:
    """All a round works with."""

    endpoints: Endpoints
    world: dict[str, Any]
    inbox: Inbox
    command: Command
    screen: Screen
    outputs: dict[str, str]
    home: Path


@dataclass(slots=True)
class Row:
    """What the table shows of a round; times in seconds from breaking the world."""

    fault: str
    cause: str = ""
    evidence: str = ""
    change: str = ""
    proposed_after: float | None = None
    recovered_after: float | None = None
    calls: int = 0
    outcome: str = ""
    reason: str = ""
    passed: bool = False
    notes: list[str] = field(default_factory=list)


def repair_round(stage: Stage, fault: str, *, answer: str) -> Row:
    """Break the world by `fault` and follow its incident to the end; `answer` is `page`, `cli` or `ask`.

    Raises:
        LabError: No proposal or no ending came in time.
    """
    screen, row = stage.screen, Row(fault)
    screen.title(f"Fault {fault}: {TITLES[fault]}")
    stage.inbox.clear()
    began = time.time()
    faults.break_(fault, stage.endpoints, stage.world)
    screen.stage("the world is broken", began)
    proposal = _await(stage, lambda one: one.state == "awaiting_approval", PROPOSAL_SECONDS, "a proposal", began)
    row.proposed_after = proposal.at - began
    # Before the answer: what happens after it belongs to the repair.
    row.calls = _triage_calls(stage, began)
    screen.proposal(proposal.text)
    _await_alarm(stage, ALARMS[fault], began)
    _answer(stage, proposal, answer, began)
    ending = _await(
        stage,
        lambda one: one.incident_id == proposal.incident_id and one.state in CLOSED,
        CLOSING_SECONDS,
        "the end of the incident",
        began,
    )
    row.outcome = ending.state
    screen.stage(f"the incident is closed: {ending.state}", began)
    calm = _await_calm(stage, began)
    row.recovered_after = ending.at - began
    _describe(stage, row, proposal.incident_id)
    row.notes = calm + judge.complaints(stage.endpoints)
    row.passed = ending.state == "resolved" and not row.notes
    screen.verdict(row)
    return row


def _answer(stage: Stage, proposal: Message, answer: str, began: float) -> None:
    if answer == "cli":
        stage.command.run("approve", proposal.incident_id)
        stage.screen.stage(f"approved: pathmend approve {proposal.incident_id}", began)
    elif proposal.link is None:
        raise LabError(f"the proposal has no link:\n{proposal.text}")
    elif answer == "ask":
        stage.screen.invite(proposal.link, proposal.incident_id)
    else:
        approve_by_page(proposal.link)
        stage.screen.stage("approved: the page behind the link, its form sent", began)


def _await(stage: Stage, wanted: Callable[[Message], bool], limit_seconds: float, what: str, began: float) -> Message:
    """Read the inbox until the wanted message comes; report alarms that change meanwhile."""
    limit = PERSON_SECONDS if stage.screen.asks and what.startswith("the end") else limit_seconds
    deadline, seen = time.time() + limit, dict[str, str]()
    while time.time() < deadline:
        for name, state in _alarms(stage).items():
            if seen.get(name, "OK") != state:
                stage.screen.stage(f"alarm {name}: {state}", began)
            seen[name] = state
        for message in stage.inbox.read():
            stage.screen.stage(f"message about {message.incident_id}: {message.state}", began)
            if wanted(message):
                return message
    raise LabError(f"{what} did not come in {limit:.0f} s; read the logs of the functions and {stage.home}")


def _await_alarm(stage: Stage, name: str, began: float) -> None:
    deadline = time.time() + CALM_SECONDS
    while _alarms(stage)[name] != "ALARM":
        if time.time() > deadline:
            raise LabError(f"alarm {name} did not fire in {CALM_SECONDS} s")
        time.sleep(0.3)
    stage.screen.stage(f"alarm {name} rings", began)


def _alarms(stage: Stage) -> dict[str, str]:
    found = for_lab(stage.endpoints, "cloudwatch").describe_alarms(AlarmNames=list(world_alarms.ALL))["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def _await_calm(stage: Stage, began: float) -> list[str]:
    """Wait until every alarm is OK; return those that are not in the end."""
    deadline = time.time() + CALM_SECONDS
    while time.time() < deadline:
        loud = [f"alarm {name} is {state}" for name, state in _alarms(stage).items() if state != "OK"]
        if not loud:
            stage.screen.stage("every alarm is OK", began)
            return []
        time.sleep(0.5)
    return loud


def _describe(stage: Stage, row: Row, incident_id: str) -> None:
    incident = stage.command.show(incident_id)
    findings, plan = incident.get("findings") or [], incident.get("plan") or {}
    if findings:
        row.cause = f"{findings[0]['code']}: {findings[0]['sentence']}"
        row.evidence = "; ".join(f"{one['fact']}: {one['value']}" for one in findings[0]["evidence"][:2])
    row.change = "; ".join(one["summary"] for one in plan.get("changes") or [])
    row.reason = str(incident.get("reason") or "")
    stage.screen.journal(incident.get("journal") or [])


def _triage_calls(stage: Stage, began: float) -> int:
    return len(control.calls_since(stage.endpoints, began))


def decoy_round(stage: Stage) -> Row:
    """Hide two odd but harmless things, ask for an audit, and expect a report that proposes and changes nothing.

    Raises:
        LabError: The audit came to no end in time.
    """
    screen, row = stage.screen, Row("decoy")
    screen.title(f"Decoys: {TITLES['decoy']}")
    stage.inbox.clear()
    began = time.time()
    faults.break_("decoy", stage.endpoints, stage.world)
    before = judge.fingerprint(stage.endpoints)
    _request_audit(stage)
    screen.stage("an audit of the load balancer is requested", began)
    ending = _await(
        stage,
        lambda one: one.state in CLOSED or one.state == "awaiting_approval",
        AUDIT_SECONDS,
        "the audit's report",
        began,
    )
    row.calls = _triage_calls(stage, began)
    _describe(stage, row, ending.incident_id)
    row.notes = judge.complaints(stage.endpoints)
    if judge.fingerprint(stage.endpoints) != before:
        row.notes.append("the world was changed")
    if ending.state != "reported" or row.change or row.cause:
        row.notes.append(f"something was found or proposed: {row.cause} {row.change}")
    if NOTHING not in row.reason:
        row.notes.append(f"the report does not say {NOTHING!r} but {row.reason!r}")
    row.outcome = ending.state if row.notes else row.reason
    row.passed = not row.notes
    screen.verdict(row)
    return row


def _request_audit(stage: Stage) -> None:
    detail = json.dumps({"loadBalancerArn": stage.world["load_balancer_arn"]})
    entry = {"Source": "pathmend", "DetailType": "Load Balancer Audit Requested", "Detail": detail}
    for_lab(stage.endpoints, "events").put_events(Entries=[entry])
