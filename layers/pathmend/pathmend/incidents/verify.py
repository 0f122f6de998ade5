"""Verify that a change helped: look again and again until the alarm's own time is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.diagnosis.diagnose import diagnose
from pathmend.guardrails.decision import Mode
from pathmend.incidents.assess import assess, planned_for
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known, note
from pathmend.incidents.leases import take
from pathmend.incidents.older_words import judged_anew_at, without_older_words
from pathmend.incidents.recovery import health, look, pause_seconds
from pathmend.incidents.rounds import MOST_ROUNDS, begin_round, next_decision
from pathmend.plans.plan import Plan

if TYPE_CHECKING:
    from pathmend.incidents.assess import Assessment
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports
    from pathmend.incidents.recovery import Recovery
    from pathmend.snapshot.world import Snapshot

STAGE = "verify_recovery"


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Where the recovery stands.

    recovered, partly_recovered, waiting, not_recovered, or another_round with its decision.
    """

    status: str
    reason: str
    wait_seconds: int = 0
    decision: str | None = None


def verify_recovery(incident_id: str, ports: Ports) -> VerifyResult:
    """Look at the signs of recovery once.

    When the time is over without recovery, other findings start another round; without them the change is to be undone,
    unless more targets are healthy than before it: a person must look at the rest then.
    Where the alarm had a whole window to recover, and another fault is there to keep it ringing, no more time is lost.
    After a recovery, too, what waits for a round of its own gets it: faults hide behind each other.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; calling again looks again.
    """
    incident = known(ports, incident_id)
    decision = next_decision(incident)
    if decision:
        # The first try saved the next round and its answer was lost.
        return _next_round(decision)
    if incident.state is not State.VERIFYING:
        return VerifyResult("not_recovered", f"nothing is to be verified: it is {incident.state.value}")
    _stay_in_hold(incident, ports)
    snapshot = ports.world.read(incident.subject)
    signs = look(incident, snapshot, ports)
    note(ports, incident_id, STAGE, signs.sentence)
    if signs.recovered:
        return _recovered(incident, signs.sentence, ports)
    incident = _with_time_for_checks(incident, snapshot, ports)
    if incident.verify_until and ports.clock.now() < incident.verify_until:
        return _meanwhile(incident, signs, snapshot, ports)
    return _in_the_end(incident, signs, snapshot, ports)


def _with_time_for_checks(incident: Incident, snapshot: Snapshot, ports: Ports) -> Incident:
    """Wait longer than the alarms need where the load balancer has not asked its targets often enough by then."""
    now, until = ports.clock.now(), judged_anew_at(incident, snapshot)
    if until is None or incident.verify_until is None or not incident.verify_until <= now < until:
        return incident
    note(ports, incident.id, STAGE, f"recovery awaited until {until:%H:%M:%S} UTC: targets are not all asked anew yet")
    return ports.store.save(replace(incident, verify_until=until, updated_at=now))


def _in_the_end(incident: Incident, signs: Recovery, snapshot: Snapshot, ports: Ports) -> VerifyResult:
    """Return what became of it when its time is over."""
    if signs.silent:
        return _recovered(incident, signs.sentence, ports)
    if signs.model_open and incident.round < MOST_ROUNDS:
        again = _another_round(incident, ports)
        if again:
            return again
    return _helped_some(incident, signs, snapshot) or VerifyResult("not_recovered", signs.sentence)


def _stay_in_hold(incident: Incident, ports: Ports) -> None:
    """Renew the leases: while it is looked whether a change helped, nobody else is to change the same resources."""
    holder = take(incident, ports)
    if holder:
        note(ports, incident.id, STAGE, f"the leases ran out, and incident {holder} is changing the same resources")


def _helped_some(incident: Incident, signs: Recovery, snapshot: Snapshot) -> VerifyResult | None:
    """Return that the repair helped a part of the targets: its flows are open, and more are healthy than before."""
    before = incident.healthy_before
    if before is None or signs.unread or not signs.model_open or not before < signs.healthy < signs.targets:
        return None
    sick = "; ".join(health(incident, snapshot).sick)
    counts = f"{signs.healthy} of {signs.targets} targets are healthy, {before} were before the change"
    return VerifyResult("partly_recovered", f"{counts}; still {sick}; {signs.sentence}")


def _recovered(incident: Incident, sentence: str, ports: Ports) -> VerifyResult:
    """Return that all is well, or the next round when something else is left that may be changed."""
    if incident.plan and incident.round < MOST_ROUNDS:
        seen = _with_leave(incident, ports)
        if seen:
            return _next_round_of(replace(incident, verified=len(incident.applied)), seen, ports)
    return VerifyResult("recovered", sentence)


def _meanwhile(incident: Incident, signs: Recovery, snapshot: Snapshot, ports: Ports) -> VerifyResult:
    """Return that recovery takes its time, or the next round when a fault that is left is why it does not come."""
    alarms = ports.alarms.status(incident.alarm_arns)
    window = timedelta(seconds=max((alarm.window_seconds for alarm in alarms), default=0))
    had_time = incident.applied_at is not None and ports.clock.now() - incident.applied_at >= window
    if had_time and signs.model_open and not signs.unread and incident.round < MOST_ROUNDS:
        # Judged on what was just read, and read again with its figures only when there is something to propose.
        now = without_older_words(incident, snapshot, ports.clock.now())
        left = planned_for(diagnose(now, incident.subject), now)
        seen = _with_leave(incident, ports) if isinstance(left, Plan) else None
        if seen:
            return _next_round_of(incident, seen, ports)
    return VerifyResult("waiting", signs.sentence, pause_seconds(alarms))


def _with_leave(incident: Incident, ports: Ports) -> Assessment | None:
    """Diagnose again; return what is found where something may be changed about it."""
    seen = assess(incident.subject, ports, changed_by=incident)
    return seen if seen.plan and seen.decision.mode is not Mode.REPORT else None


def _another_round(incident: Incident, ports: Ports) -> VerifyResult | None:
    """Diagnose again; return the next round when something else is found that a change repairs."""
    seen = assess(incident.subject, ports, changed_by=incident)
    return _next_round_of(incident, seen, ports) if seen.plan else None


def _next_round_of(incident: Incident, seen: Assessment, ports: Ports) -> VerifyResult:
    begin_round(incident, seen, ports, stage=STAGE)
    return _next_round(seen.decision.mode)


def _next_round(decision: Mode) -> VerifyResult:
    return VerifyResult("another_round", "something else was found", decision=decision.value)
