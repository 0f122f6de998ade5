"""Triage: from an event to an incident with its diagnosis, its plan and its decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.guardrails.decision import Decision, Mode
from pathmend.incidents.aftermath import recent_repair, with_aftermath
from pathmend.incidents.assess import Assessment, assess
from pathmend.incidents.blame import with_blame
from pathmend.incidents.incident import Incident, State, Trigger
from pathmend.incidents.journaling import note
from pathmend.incidents.service_health import noted
from pathmend.incidents.stranded import give_up, stranded
from pathmend.incidents.subjects import NoSubject, subjects_of
from pathmend.incidents.withdraw import withdraw
from pathmend.signals.parse import parse
from pathmend.signals.signal import (
    AlarmChanged,
    AlarmState,
    AuditRequested,
    Compliance,
    ComplianceChanged,
    Ignored,
    ServiceHealthChanged,
)

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports
    from pathmend.signals.signal import Signal

ABANDONED_AFTER = timedelta(minutes=16)
"""Longer than a Lambda function may live: an incident that is still open then was left by a triage that died."""


@dataclass(frozen=True, slots=True)
class TriageResult:
    """What became of an event: started, joined, withdrawn, noted or ignored; with the incident where there is one."""

    outcome: str
    reason: str
    incident_id: str | None = None
    summary: tuple[str, ...] = ()


def triage(event: object, ports: Ports) -> TriageResult:
    """Open, join or leave the incident that the event is about; hand a new one to the workflow.

    Safe to call again with the same event: it joins the incident that it opened, or carries on where it was cut off.

    Raises:
        InvalidEventError: the event is malformed.
        TemporaryError: AWS throttled; the same event may be triaged later.
    """
    signal = parse(event)
    if isinstance(signal, Ignored):
        return TriageResult("ignored", signal.reason)
    if isinstance(signal, ServiceHealthChanged):
        return TriageResult("noted", noted(signal, ports))
    aim = _aim(signal)
    if aim == "none":
        return TriageResult("ignored", "the state of this event asks for nothing")
    subjects = subjects_of(signal, ports)
    if isinstance(subjects, NoSubject):
        return TriageResult("ignored", subjects.reason)
    treat = withdraw_signal if aim == "recovered" else begin
    results = [treat(signal, subject, ports) for subject in subjects]
    return results[0] if len(results) == 1 else _merged(results)


def _aim(signal: Signal) -> str:
    """Return whether the signal reports trouble, a recovery, or nothing to act on."""
    match signal:
        case AlarmChanged(state=AlarmState.ALARM) | ComplianceChanged(compliance=Compliance.NON_COMPLIANT):
            return "trouble"
        case AuditRequested():
            return "trouble"
        case AlarmChanged(state=AlarmState.OK) | ComplianceChanged(compliance=Compliance.COMPLIANT):
            return "recovered"
        case _:
            return "none"


def withdraw_signal(signal: Signal, subject: str, ports: Ports) -> TriageResult:
    """Withdraw the proposal that waits about the subject, if this recovery ends the trouble."""
    incident = ports.store.holding(subject)
    if incident is None:
        return TriageResult("ignored", f"no incident about {subject} is open: there is nothing to withdraw")
    outcome, reason = withdraw(incident, _trigger(signal), ports)
    return TriageResult(outcome, reason, incident.id)


def begin(signal: Signal, subject: str, ports: Ports) -> TriageResult:
    """Open the subject's incident, or join the one that is open; carry on one that a dead triage left behind."""
    calls_before = ports.meter.calls()
    now = ports.clock.now()
    trigger = _trigger(signal)
    fresh = Incident(ports.ids.new(), subject, State.OPEN, now, now, triggers=(trigger,))
    held = ports.store.open(fresh)
    if not _left_behind(held, trigger, ports) and stranded(held, now):
        give_up(held, ports)
        held = ports.store.open(fresh)
    if _left_behind(held, trigger, ports):
        return _start(held, signal, ports, calls_before=calls_before)
    return _join(held, trigger, ports)


def _join(held: Incident, trigger: Trigger, ports: Ports) -> TriageResult:
    ports.store.join(held.id, trigger)
    note(ports, held.id, "triage", f"joined by {trigger.words}")
    if held.state is State.OPEN and held.decision:
        # Its triage may have died just before it handed it over; an execution that runs already is not started again.
        ports.workflow.start(held.id, held.decision.mode.value)
    return TriageResult("joined", f"incident {held.id} about {held.subject} is open already", held.id)


def _left_behind(held: Incident, trigger: Trigger, ports: Ports) -> bool:
    """Say whether this triage began the incident, or one that never finished: for the same event, or long ago."""
    if held.state is not State.OPEN or held.decision is not None:
        return False
    same = trigger.event_id in {t.event_id for t in held.triggers}
    return same or ports.clock.now() - held.updated_at > ABANDONED_AFTER


def _start(incident: Incident, signal: Signal, ports: Ports, *, calls_before: int) -> TriageResult:
    note(ports, incident.id, "triage", *(f"opened by {t.words}" for t in incident.triggers))
    quiet = signal.quiet if isinstance(signal, AlarmChanged) else None
    symptoms = _symptoms(signal)
    repair = recent_repair(incident.subject, ports) if symptoms else None
    try:
        # A count of errors proves nothing while it still holds those from before the repair.
        seen = assess(incident.subject, ports, symptoms=() if repair else symptoms, quiet=quiet)
    except NotFoundError as exc:
        seen = Assessment(None, None, Decision(Mode.REPORT, (f"{exc}; an alarm about it can be deleted",)))
    if repair and seen.plan is None:
        seen = with_aftermath(seen, repair)
    seen = with_blame(incident.subject, seen, ports)
    saved = ports.store.save(
        replace(
            incident,
            diagnosis=seen.diagnosis,
            plan=seen.plan,
            decision=seen.decision,
            updated_at=ports.clock.now(),
            api_calls=ports.meter.calls() - calls_before,
        )
    )
    note(ports, saved.id, "triage", *seen.sentences)
    ports.workflow.start(saved.id, seen.decision.mode.value)
    return TriageResult("started", "; ".join(seen.decision.reasons), saved.id, seen.sentences)


def _symptoms(signal: Signal) -> frozenset[str]:
    return frozenset(m.name for m in signal.metrics) if isinstance(signal, AlarmChanged) else frozenset()


def _trigger(signal: Signal) -> Trigger:
    envelope = signal.envelope
    if isinstance(signal, AlarmChanged):
        return Trigger(envelope.id, "alarm", signal.alarm_arn, envelope.time, signal.reason)
    if isinstance(signal, ComplianceChanged):
        text = f"{signal.compliance.value} {signal.annotation}".strip()
        return Trigger(envelope.id, "compliance", signal.rule_name, envelope.time, text)
    return Trigger(envelope.id, "audit", "audit", envelope.time)


def _merged(results: list[TriageResult]) -> TriageResult:
    first = next((r for r in results if r.outcome == "started"), results[0])
    return replace(first, reason="; ".join(f"{r.incident_id or '-'}: {r.outcome}, {r.reason}" for r in results))
