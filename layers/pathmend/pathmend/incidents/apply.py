"""Apply an approved plan, step by step, with the journal before and after each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.incidents.begin import STAGE, ApplyResult, begin, nothing_changed
from pathmend.incidents.incident import Incident, State, Verdict
from pathmend.incidents.journaling import known, note
from pathmend.incidents.leases import take
from pathmend.incidents.recovery import patience_seconds, pause_seconds
from pathmend.incidents.rounds import next_decision

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import Plan, PlannedChange

__all__ = ["ApplyResult", "apply_plan"]

_NOT_BEGUN = (State.OPEN, State.AWAITING_APPROVAL, State.APPLYING)
"""In any other open state its changes are made already, or are being undone."""


def apply_plan(incident_id: str, ports: Ports) -> ApplyResult:
    """Make the plan's changes, if the world is still the one they were made for and somebody with the right said yes.

    After a crash between any two lines it carries on: a step that took effect requests nothing the second time.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; calling again carries on.
    """
    incident = known(ports, incident_id)
    plan = incident.plan
    if incident.state is State.VERIFYING:
        return ApplyResult("applied", "every change is made", pause_seconds(ports.alarms.status(incident.alarm_arns)))
    if plan is None or incident.state not in _NOT_BEGUN or not _allowed(incident, plan):
        return _not_allowed(incident, ports)
    if not incident.begun:
        begun = begin(incident, plan, ports)
        if isinstance(begun, ApplyResult):
            return begun
        incident = begun
    try:
        for step in plan.steps:
            incident = _make(step, incident, ports)
    except PermanentError as exc:
        reason = f"stopped: {exc}"
        note(ports, incident_id, STAGE, reason)
        return ApplyResult("failed", reason)
    return _applied(incident, plan, ports)


def _allowed(incident: Incident, plan: Plan) -> bool:
    """Say whether a rule lets the plan act by itself, or a person approved exactly this plan."""
    if incident.decision and incident.decision.mode is Mode.ACT:
        return True
    given = incident.answer
    return given is not None and given.verdict is Verdict.APPROVED and given.fingerprint == plan.fingerprint


def _not_allowed(incident: Incident, ports: Ports) -> ApplyResult:
    decision = next_decision(incident)
    if decision:
        # The first try found the plan superseded, saved the next round, and its answer was lost.
        return ApplyResult("another_round", incident.superseded, decision=decision.value)
    return nothing_changed(ports, incident, "failed", "there is no approval for this plan")


def _make(step: PlannedChange, incident: Incident, ports: Ports) -> Incident:
    """Make one step: first what is needed to undo it is saved, then AWS is called, then the journal says so.

    What is as wanted already, and not by us, is not noted as ours: a rollback would undo somebody else's work.

    Raises:
        PermanentError: it must not be made any more: the slot is somebody else's by now, the lease is another
            incident's, or the kill switch is on.
    """
    world = ports.world.read(incident.subject)
    requests, present = step.change.requests(world), step.change.before(world)
    if not requests:
        note(ports, incident.id, STAGE, f"already so: {step.change.summary}")
        return incident
    if present != step.before:
        raise PermanentError(f"changed by somebody else meanwhile: {present}; planned for: {step.before}")
    _still_free(incident, ports)
    if step not in incident.begun:
        note(ports, incident.id, STAGE, f"before: {step.before}; will {step.change.summary}")
        incident = ports.store.save(replace(incident, applied=(*incident.applied, step), updated_at=ports.clock.now()))
    for request in requests:
        ports.executor.call(request)
        note(ports, incident.id, STAGE, f"called {request.iam_action}")
    return incident


def _still_free(incident: Incident, ports: Ports) -> None:
    """Renew the leases. What is begun is undone, not finished, when somebody pulls the kill switch half way."""
    if ports.rules.kill_switch:
        raise PermanentError("the kill switch is on")
    holder = take(incident, ports)
    if holder:
        raise PermanentError(f"the leases ran out, and incident {holder} is changing the same resources")


def _applied(incident: Incident, plan: Plan, ports: Ports) -> ApplyResult:
    for rule in incident.config_rules:
        _evaluate(rule, incident.id, ports)
    alarms = ports.alarms.status(incident.alarm_arns)
    now = ports.clock.now()
    patience = timedelta(seconds=patience_seconds(alarms, incident.config_rules, plan.changes))
    ports.store.save(
        replace(incident, state=State.VERIFYING, applied_at=now, updated_at=now, verify_until=now + patience)
    )
    note(ports, incident.id, STAGE, f"applied; recovery awaited until {now + patience:%H:%M:%S} UTC")
    return ApplyResult("applied", "every change is made", pause_seconds(alarms))


def _evaluate(rule: str, incident_id: str, ports: Ports) -> None:
    """Ask the rule to look again; that it cannot be asked is no reason to undo a repair."""
    try:
        ports.compliance.evaluate(rule)
    except PermanentError as exc:
        note(ports, incident_id, STAGE, f"Config rule {rule} could not be asked to evaluate again: {exc}")
        return
    note(ports, incident_id, STAGE, f"asked Config rule {rule} to evaluate again: it does not see such edits by itself")
