"""Begin to apply a plan: with the leases held, in the world it was made for, and with nothing that forbids it now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.guardrails.decide import decide, refusals
from pathmend.guardrails.decision import Mode
from pathmend.incidents.assess import Assessment, assess
from pathmend.incidents.drift import drift
from pathmend.incidents.gathering import COUNTED, at_hand
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import note
from pathmend.incidents.leases import LONGEST_WAIT, PAUSE_SECONDS, take, waited
from pathmend.incidents.own_changes import own_changes
from pathmend.incidents.recovery import health
from pathmend.incidents.rounds import MOST_ROUNDS, begin_round

if TYPE_CHECKING:
    from pathmend.guardrails.decision import Decision
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot

STAGE = "apply_plan"


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """How it went: applied, failed, or nothing was changed (busy, stale, refused, another_round with its decision).

    `wait_seconds` is until the first look at the recovery, or until the next try where it is busy.
    """

    outcome: str
    reason: str
    wait_seconds: int = 0
    decision: str | None = None


def begin(incident: Incident, plan: Plan, ports: Ports) -> Incident | ApplyResult:
    """Return the incident when its first change may be made now; else why nothing was changed, and what comes next.

    Called again before the first change it asks everything again, and counts nothing twice.

    Raises:
        ConflictError: somebody saved the incident, or recorded a change, at this moment.
        TemporaryError: AWS throttled or did not answer.
    """
    holder = take(incident, ports)
    if holder:
        return _busy(incident, holder, ports)
    try:
        snapshot = ports.world.read(incident.subject)
        changed = drift(plan, snapshot)
        if changed:
            return _superseded(incident, changed, ports)
    except NotFoundError as exc:
        return nothing_changed(ports, incident, "stale", str(exc))
    return _weighed_again(_applying(incident, snapshot, ports), plan, snapshot, ports)


def nothing_changed(ports: Ports, incident: Incident, outcome: str, why: str) -> ApplyResult:
    """Return the outcome, and note it."""
    reason = f"{why}: nothing was changed"
    note(ports, incident.id, STAGE, reason)
    return ApplyResult(outcome, reason)


def _busy(incident: Incident, holder: str, ports: Ports) -> ApplyResult:
    why = f"incident {holder} is changing the same resources"
    if waited(incident, holder, STAGE, ports) < LONGEST_WAIT:
        return ApplyResult("busy", why, PAUSE_SECONDS)
    return nothing_changed(ports, incident, "refused", f"{why}, and has been for an hour")


def _superseded(incident: Incident, changed: str, ports: Ports) -> ApplyResult:
    """Diagnose anew: an approval is for the world that was shown, and for no other."""
    if incident.round >= MOST_ROUNDS:
        return nothing_changed(ports, incident, "stale", changed)
    seen = assess(incident.subject, ports, changed_by=incident)
    if seen.plan is None:
        return nothing_changed(ports, incident, "stale", "; ".join((changed, *seen.decision.reasons)))
    begin_round(incident, seen, ports, stage=STAGE, superseded=changed)
    return ApplyResult("another_round", changed, decision=seen.decision.mode.value)


def _applying(incident: Incident, snapshot: Snapshot, ports: Ports) -> Incident:
    """Save that the incident is being applied, and how many targets were healthy before its first change."""
    if incident.state is State.APPLYING:
        return incident
    all_verified = len(incident.applied) == incident.verified
    healthy = health(incident, snapshot).healthy if all_verified else incident.healthy_before
    now = ports.clock.now()
    return ports.store.save(
        replace(incident, state=State.APPLYING, healthy_before=healthy, waiting_since=None, updated_at=now)
    )


def _weighed_again(incident: Incident, plan: Plan, snapshot: Snapshot, ports: Ports) -> Incident | ApplyResult:
    """Return the incident where the guardrails still let it go on; from here on the plan's changes count."""
    record = ports.ledger.since(ports.clock.now() - COUNTED)
    own = own_changes(incident, plan, snapshot)
    if set(own) <= set(record.changes):
        return incident
    others = tuple(one for one in record.changes if one not in own)
    circumstances = at_hand(incident.subject, plan, snapshot, ports, changed=others)
    refused = refusals(plan, snapshot, ports.rules, circumstances)
    if refused:
        return nothing_changed(ports, incident, "refused", "; ".join(refused))
    decision = decide(plan, snapshot, ports.rules, circumstances)
    if incident.answer is None and decision.mode is not Mode.ACT:
        return _to_be_asked(incident, decision, ports)
    ports.ledger.record(own, version=record.version)
    return incident


def _to_be_asked(incident: Incident, decision: Decision, ports: Ports) -> ApplyResult:
    """Ask people about what was to be done without them, and may not be any more."""
    why = f"it may not act by itself any more: {'; '.join(decision.reasons)}"
    if incident.round >= MOST_ROUNDS:
        return nothing_changed(ports, incident, "refused", why)
    begin_round(incident, Assessment(incident.diagnosis, incident.plan, decision), ports, stage=STAGE, superseded=why)
    return ApplyResult("another_round", why, decision=decision.mode.value)
