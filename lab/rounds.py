"""One round of the demonstration: break the world, follow the incident as its people see it, let the lab judge."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from lab import control, faults, judge, world_alarms
from lab.clients import for_lab
from lab.emulators import LabError
from lab.stage import CLOSED, WAITING, Row, answer, await_alarm, await_calm, await_message, describe

if TYPE_CHECKING:
    from lab.inbox import Message
    from lab.stage import Stage

PROPOSAL_SECONDS, CLOSING_SECONDS = 100, 120
AUDIT_SECONDS = 60
# Longer than the health checks need to notice a repair.
SETTLE_SECONDS = 6
# All eight faults are more than one incident's worth of rounds.
AUDITS = 8
# What rings for each fault. The third is known earlier, by the Config rule; its alarm still has to ring and recover.
ALARMS = {"1": world_alarms.QUIET_ZONE, "2": world_alarms.UNHEALTHY, "3": world_alarms.ELB_5XX}
TITLES = {
    "1": "a subnet of the load balancer lost its way back to the internet",
    "2": "the application answers health checks with 299",
    "3": "half of the reply ports of one zone are shut",
    "4": "the endpoint of DynamoDB has no route tables",
    "5": "the policy of S3's endpoint does not name the object that the page reads",
    "6": "a network ACL denies an external host",
    "7": "the routes to the peer network are gone",
    "8": "a firewall drops HTTP for the web API's host",
    "all": "all eight at once",
    "decoy": "nothing is broken, and some things look odd",
}


NOTHING = "nothing to repair"


def repair_round(stage: Stage, fault: str, *, how: str) -> Row:
    """Break the world by `fault` and follow its incident to the end; answered as `how` says: `page`, `cli` or `ask`.

    A fault that rings no alarm is found by an audit.

    Raises:
        LabError: No proposal or no ending came in time.
    """
    row, began = _break(stage, fault)
    if fault not in ALARMS:
        request_audit(stage, began)
    proposal = await_message(stage, lambda one: one.state == WAITING, PROPOSAL_SECONDS, "a proposal", began)
    row.proposed_after = proposal.at - began
    # Before the answer: what happens after it belongs to the repair.
    row.calls = len(control.calls_since(stage.endpoints, began))
    stage.screen.proposal(proposal.text)
    if fault in ALARMS:
        await_alarm(stage, ALARMS[fault], began)
    answer(stage, proposal, how, began)
    ending = await_message(
        stage,
        lambda one: one.incident_id == proposal.incident_id and one.state in CLOSED,
        CLOSING_SECONDS,
        "the end of the incident",
        began,
    )
    row.outcome = ending.state
    row.recovered_after = ending.at - began
    stage.screen.stage(f"the incident is closed: {ending.state}", began)
    row.notes = await_calm(stage, began)
    describe(stage, row, proposal.incident_id)
    row.passed = ending.state == "resolved" and not row.notes
    stage.screen.verdict(row)
    return row


def rounds_until_well(stage: Stage, fault: str, *, how: str) -> Row:
    """Break the world by `fault` and answer one proposal after another until the lab finds nothing wrong.

    Raises:
        LabError: An incident stood still.
    """
    row, began = _break(stage, fault)
    changes: list[str] = []
    for _ in range(AUDITS):
        request_audit(stage, began)
        ending = _answer_all(stage, (row, changes), how, began)
        row.outcome, row.recovered_after = ending.state, ending.at - began
        stage.screen.stage(f"the incident is closed: {ending.state}", began)
        if not _broken(stage):
            break
    row.notes = await_calm(stage, began)
    row.cause, row.change = f"{len(changes)} proposals, one after another", "; ".join(changes)
    row.passed = row.outcome in {"resolved", "reported"} and not row.notes
    stage.screen.verdict(row)
    return row


def _answer_all(stage: Stage, told: tuple[Row, list[str]], how: str, began: float) -> Message:
    """Answer what is proposed until an incident closes; return the message that says so."""
    row, changes = told
    answered: set[str | None] = set()
    while True:
        message = await_message(
            stage,
            lambda one: one.state in CLOSED or (one.state == WAITING and one.link not in answered),
            CLOSING_SECONDS,
            "the end or the next proposal",
            began,
        )
        if message.state in CLOSED:
            return message
        answered.add(message.link)
        if row.proposed_after is None:
            row.proposed_after = message.at - began
            row.calls = len(control.calls_since(stage.endpoints, began))
        stage.screen.proposal(message.text)
        planned = stage.command.show(message.incident_id).get("plan") or {}
        changes.append(" and ".join(one["summary"] for one in planned.get("changes") or []))
        answer(stage, message, how, began)


def _broken(stage: Stage) -> bool:
    """Say whether more is wrong than what only takes its time to recover."""
    deadline = time.time() + SETTLE_SECONDS
    while time.time() < deadline:
        found = judge.complaints(stage.endpoints)
        if not any(sign in one for one in found for sign in (" lose", "FAILED", "these codes")):
            return False
        time.sleep(0.5)
    return True


def decoy_round(stage: Stage) -> Row:
    """Hide odd but harmless things, ask for an audit, and expect a report that proposes and changes nothing.

    Raises:
        LabError: The audit came to no end in time.
    """
    row, began = _break(stage, "decoy")
    before = judge.fingerprint(stage.endpoints)
    request_audit(stage, began)
    ending = await_message(
        stage, lambda one: one.state in CLOSED or one.state == WAITING, AUDIT_SECONDS, "the audit's report", began
    )
    row.calls = len(control.calls_since(stage.endpoints, began))
    describe(stage, row, ending.incident_id)
    row.notes = judge.complaints(stage.endpoints)
    if judge.fingerprint(stage.endpoints) != before:
        row.notes.append("the world was changed")
    if ending.state != "reported" or row.change or row.cause:
        row.notes.append(f"something was found or proposed: {row.cause} {row.change}")
    if NOTHING not in row.reason:
        row.notes.append(f"the report does not say {NOTHING!r} but {row.reason!r}")
    row.outcome = ending.state if row.notes else row.reason
    row.passed = not row.notes
    stage.screen.verdict(row)
    return row


def _break(stage: Stage, fault: str) -> tuple[Row, float]:
    what = "Decoys" if fault == "decoy" else f"Fault {fault}"
    stage.screen.title(f"{what}: {TITLES[fault]}")
    stage.inbox.clear()
    began = time.time()
    faults.break_(fault, stage.endpoints, stage.world)
    stage.screen.stage("the world is as it should not be", began)
    return Row(fault), began


def request_audit(stage: Stage, began: float) -> None:
    """Ask for an audit of the load balancer, as the schedule does.

    Raises:
        LabError: The bus did not take the event.
    """
    detail = json.dumps({"loadBalancerArn": stage.world["load_balancer_arn"]})
    entry = {"Source": "pathmend", "DetailType": "Load Balancer Audit Requested", "Detail": detail}
    answered = for_lab(stage.endpoints, "events").put_events(Entries=[entry])
    if answered["FailedEntryCount"]:
        raise LabError(f"the bus did not take the audit's event: {answered}")
    stage.screen.stage("an audit of the load balancer is requested", began)
