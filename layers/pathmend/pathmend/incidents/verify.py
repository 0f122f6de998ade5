"""Verify that a change helped: look again and again until the alarm's own time is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.diagnosis.diagnose import diagnose
from pathmend.guardrails.decision import Mode
from pathmend.incidents.assess import assess, planned_for
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import known, note
from pathmend.incidents.recovery import look, pause_seconds
from pathmend.plans.plan import Plan

if TYPE_CHECKING:
    from pathmend.guardrails.decision import Decision
    from pathmend.incidents.assess import Assessment
    from pathmend.incidents.ports import Ports
    from pathmend.incidents.recovery import Recovery
    from pathmend.snapshot.world import Snapshot

STAGE = "verify_recovery"

MOST_ROUNDS = 5
"""Faults may hide behind each other; after so many repairs a person should look."""


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Where the recovery stands: recovered, waiting, not_recovered or another_round (with its decision)."""

    status: str
    reason: str
    wait_seconds: int = 0
    decision: str | None = None


def verify_recovery(incident_id: str, ports: Ports) -> VerifyResult:
    """Look at the signs of recovery once.

    When the time is over without recovery, other findings start another round; without them the change is to be undone.
    Where the alarm had a whole window to recover, and another fault is there to keep it ringing, no more time is lost.
    After a recovery, too, what waits for a round of its own gets it: faults hide behind each other.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; calling again looks again.
    """
    incident = known(ports, incident_id)
    if incident.state is State.OPEN and incident.round > 1 and incident.decision:
        # The first try saved the next round and its answer was lost.
        return _next_round(incident.decision)
    snapshot = ports.world.read(incident.subject)
    signs = look(incident, snapshot, ports)
    note(ports, incident_id, STAGE, signs.sentence)
    if signs.recovered:
        return _recovered(incident, signs.sentence, ports)
    if incident.verify_until and ports.clock.now() < incident.verify_until:
        return _meanwhile(incident, signs, snapshot, ports)
    if signs.silent:
        return _recovered(incident, signs.sentence, ports)
    if signs.model_open and incident.round < MOST_ROUNDS:
        again = _another_round(incident, ports)
        if again:
            return again
    return VerifyResult("not_recovered", signs.sentence)


def _recovered(incident: Incident, sentence: str, ports: Ports) -> VerifyResult:
    """Return that all is well, or the next round when something else is left that may be changed."""
    if incident.plan and incident.round < MOST_ROUNDS:
        seen = _with_leave(incident, ports)
        if seen:
            return _begin_round(replace(incident, verified=len(incident.applied)), seen, ports)
    return VerifyResult("recovered", sentence)


def _meanwhile(incident: Incident, signs: Recovery, snapshot: Snapshot, ports: Ports) -> VerifyResult:
    """Return that recovery takes its time, or the next round when a fault that is left is why it does not come."""
    alarms = ports.alarms.status(incident.alarm_arns)
    window = timedelta(seconds=max((alarm.window_seconds for alarm in alarms), default=0))
    had_time = incident.applied_at is not None and ports.clock.now() - incident.applied_at >= window
    if had_time and signs.model_open and not signs.unread and incident.round < MOST_ROUNDS:
        # Judged on what was just read, and read again with its figures only when there is something to propose.
        left = planned_for(diagnose(snapshot, incident.subject), snapshot)
        seen = _with_leave(incident, ports) if isinstance(left, Plan) else None
        if seen:
            return _begin_round(incident, seen, ports)
    return VerifyResult("waiting", signs.sentence, pause_seconds(alarms))


def _with_leave(incident: Incident, ports: Ports) -> Assessment | None:
    """Diagnose again; return what is found where something may be changed about it."""
    seen = assess(incident.subject, ports)
    return seen if seen.plan and seen.decision.mode is not Mode.REPORT else None


def _another_round(incident: Incident, ports: Ports) -> VerifyResult | None:
    """Diagnose again; return the next round when something else is found that a change repairs."""
    seen = assess(incident.subject, ports)
    return _begin_round(incident, seen, ports) if seen.plan else None


def _begin_round(incident: Incident, seen: Assessment, ports: Ports) -> VerifyResult:
    ports.store.save(
        replace(
            incident,
            state=State.OPEN,
            round=incident.round + 1,
            diagnosis=seen.diagnosis,
            plan=seen.plan,
            decision=seen.decision,
            answer=None,
            task_token=None,
            updated_at=ports.clock.now(),
        )
    )
    note(ports, incident.id, STAGE, f"round {incident.round + 1}", *seen.sentences)
    return _next_round(seen.decision)


def _next_round(decision: Decision) -> VerifyResult:
    return VerifyResult("another_round", "something else was found", decision=decision.mode.value)
