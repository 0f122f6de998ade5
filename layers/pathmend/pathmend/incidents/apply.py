"""Apply an approved plan, step by step, with the journal before and after each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.incidents.incident import Incident, State, Verdict
from pathmend.incidents.journaling import known, note
from pathmend.incidents.recovery import patience_seconds, pause_seconds
from pathmend.plans.fingerprint import fingerprint

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import Plan, PlannedChange

STAGE = "apply_plan"

BEGUN = (State.APPLYING, State.VERIFYING)
"""A retry may come after the last save of the first try: then the world is as our own change left it."""


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """How it went (applied, stale or failed), why, and how long to wait before the first look at the recovery."""

    outcome: str
    reason: str
    wait_seconds: int = 0


def apply_plan(incident_id: str, ports: Ports) -> ApplyResult:
    """Make the plan's changes, if the world is still the one they were made for and somebody with the right said yes.

    After a crash between any two lines it carries on: a step that took effect requests nothing the second time.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; calling again carries on.
    """
    incident = known(ports, incident_id)
    plan = incident.plan
    if plan is None or incident.state.closed or not _allowed(incident, plan):
        return _failed(ports, incident_id, "there is no approval for this plan: nothing was changed")
    if incident.state not in BEGUN:
        refusal = _refusal(incident, plan, ports)
        if refusal:
            return _stale(ports, incident_id, refusal)
        incident = ports.store.save(replace(incident, state=State.APPLYING, updated_at=ports.clock.now()))
    try:
        for step in plan.steps:
            incident = _make(step, incident, ports)
    except PermanentError as exc:
        return _failed(ports, incident_id, f"stopped: {exc}")
    return _applied(incident, ports)


def _allowed(incident: Incident, plan: Plan) -> bool:
    """Say whether a rule lets the plan act by itself, or a person approved exactly this plan."""
    if incident.decision and incident.decision.mode is Mode.ACT:
        return True
    given = incident.answer
    return given is not None and given.verdict is Verdict.APPROVED and given.fingerprint == plan.fingerprint


def _refusal(incident: Incident, plan: Plan, ports: Ports) -> str | None:
    """Return why the plan may not be begun (any more)."""
    if ports.rules.kill_switch:
        return "the kill switch is on: nothing was changed"
    if fingerprint(plan.changes, ports.world.read(incident.subject)) != plan.fingerprint:
        return f"{', '.join(plan.resources)} changed since the plan was made: nothing was changed"
    return None


def _make(step: PlannedChange, incident: Incident, ports: Ports) -> Incident:
    """Make one step: first what is needed to undo it is saved, then AWS is called, then the journal says so.

    What is as wanted already, and not by us, is not noted as ours: a rollback would undo somebody else's work. A step
    of a verified round that is made again, as somebody undid it, is noted again: a rollback leaves verified ones.

    Raises:
        PermanentError: the slot holds something else than the plan was made for: it is somebody else's now.
    """
    world = ports.world.read(incident.subject)
    requests, present = step.change.requests(world), step.change.before(world)
    if not requests:
        note(ports, incident.id, STAGE, f"already so: {step.change.summary}")
        return incident
    if present != step.before:
        raise PermanentError(f"changed by somebody else meanwhile: {present}; planned for: {step.before}")
    if step not in incident.applied[incident.verified :]:
        note(ports, incident.id, STAGE, f"before: {step.before}; will {step.change.summary}")
        incident = ports.store.save(replace(incident, applied=(*incident.applied, step), updated_at=ports.clock.now()))
    for request in requests:
        ports.executor.call(request)
        note(ports, incident.id, STAGE, f"called {request.iam_action}")
    return incident


def _applied(incident: Incident, ports: Ports) -> ApplyResult:
    for rule in incident.config_rules:
        ports.compliance.evaluate(rule)
        note(
            ports,
            incident.id,
            STAGE,
            f"asked Config rule {rule} to evaluate again: it does not see such edits by itself",
        )
    alarms = ports.alarms.status(incident.alarm_arns)
    now = ports.clock.now()
    patience = timedelta(seconds=patience_seconds(alarms, incident.config_rules))
    ports.store.save(
        replace(incident, state=State.VERIFYING, applied_at=now, updated_at=now, verify_until=now + patience)
    )
    note(ports, incident.id, STAGE, f"applied; recovery awaited until {now + patience:%H:%M:%S} UTC")
    return ApplyResult("applied", "every change is made", pause_seconds(alarms))


def _stale(ports: Ports, incident_id: str, reason: str) -> ApplyResult:
    note(ports, incident_id, STAGE, reason)
    return ApplyResult("stale", reason)


def _failed(ports: Ports, incident_id: str, reason: str) -> ApplyResult:
    note(ports, incident_id, STAGE, reason)
    return ApplyResult("failed", reason)
