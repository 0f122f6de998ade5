"""The stage of the demonstration: what its rounds work with, and how they wait for what happens."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab import judge, world_alarms
from lab.clients import for_lab
from lab.emulators import LabError
from lab.inbox import approve_by_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.emulators import Endpoints
    from lab.inbox import Command, Inbox, Message
    from lab.screen import Screen

CALM_SECONDS, PERSON_SECONDS = 60, 900
WAITING = "awaiting_approval"
CLOSED = frozenset(
    {
        *("resolved", "partly_recovered", "rolled_back", "rollback_failed", "refused", "rejected", "expired", "stale"),
        *("recovered_by_itself", "reported", "failed"),
    }
)


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


def await_message(
    stage: Stage, wanted: Callable[[Message], bool], limit_seconds: float, what: str, began: float
) -> Message:
    """Read the inbox until the wanted message comes; report alarms that change meanwhile.

    Raises:
        LabError: It did not come in time.
    """
    limit = PERSON_SECONDS if stage.screen.asks and what.startswith("the end") else limit_seconds
    deadline, seen = time.time() + limit, dict[str, str]()
    while time.time() < deadline:
        for name, state in alarms(stage).items():
            if seen.get(name, "OK") != state:
                stage.screen.stage(f"alarm {name}: {state}", began)
            seen[name] = state
        for message in stage.inbox.read():
            stage.screen.stage(f"message about {message.incident_id}: {message.state}", began)
            if wanted(message):
                return message
    raise LabError(f"{what} did not come in {limit:.0f} s; read the logs of the functions and {stage.home}")


def alarms(stage: Stage) -> dict[str, str]:
    """Return the states of the world's alarms."""
    found = for_lab(stage.endpoints, "cloudwatch").describe_alarms(AlarmNames=list(world_alarms.ALL))["MetricAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}


def await_alarm(stage: Stage, name: str, began: float) -> None:
    """Wait until an alarm rings.

    Raises:
        LabError: It did not in time.
    """
    deadline = time.time() + CALM_SECONDS
    while alarms(stage)[name] != "ALARM":
        if time.time() > deadline:
            raise LabError(f"alarm {name} did not fire in {CALM_SECONDS} s")
        time.sleep(0.3)
    stage.screen.stage(f"alarm {name} rings", began)


def answer(stage: Stage, proposal: Message, how: str, began: float) -> None:
    """Approve a proposal by `page` or `cli`, or leave that to the person at the terminal (`ask`).

    Raises:
        LabError: It could not be approved.
    """
    if how == "cli":
        stage.command.run("approve", proposal.incident_id)
        stage.screen.stage(f"approved: pathmend approve {proposal.incident_id}", began)
    elif proposal.link is None:
        raise LabError(f"the proposal has no link:\n{proposal.text}")
    elif how == "ask":
        stage.screen.invite(proposal.link, proposal.incident_id)
    else:
        approve_by_page(proposal.link)
        stage.screen.stage("approved: the page behind the link, its form sent", began)


def await_calm(stage: Stage, began: float) -> list[str]:
    """Wait until every alarm is OK and the lab's judge has no complaint; return what is wrong in the end."""
    deadline = time.time() + CALM_SECONDS
    while True:
        # The alarms first: they are quick to ask for, and the last to become quiet.
        loud = [f"alarm {name} is {state}" for name, state in alarms(stage).items() if state != "OK"]
        wrong = loud or judge.complaints(stage.endpoints)
        if not wrong:
            stage.screen.stage("every alarm is OK, and the lab finds nothing wrong", began)
            return []
        if time.time() > deadline:
            return wrong
        time.sleep(0.5)


def describe(stage: Stage, row: Row, incident_id: str) -> None:
    """Take over what the command shows of an incident."""
    incident = stage.command.show(incident_id)
    findings, plan = incident.get("findings") or [], incident.get("plan") or {}
    if findings:
        row.cause = f"{findings[0]['code']}: {findings[0]['sentence']}"
        row.evidence = "; ".join(f"{one['fact']}: {one['value']}" for one in findings[0]["evidence"][:2])
    row.change = "; ".join(one["summary"] for one in plan.get("changes") or [])
    row.reason = str(incident.get("reason") or "")
    stage.screen.journal(incident.get("journal") or [])
