"""Blame: whether the trouble that was found came with a change of our own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.diagnosis.diagnose import diagnose
from pathmend.guardrails.decision import Mode
from pathmend.incidents.breakers import open_breaker
from pathmend.incidents.gathering import COUNTED
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.plan import Plan
from pathmend.plans.steps import apply
from pathmend.plans.undo import undo_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.incidents.assess import Assessment
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import PlannedChange
    from pathmend.snapshot.world import Snapshot


def with_blame(subject: str, seen: Assessment, ports: Ports) -> Assessment:
    """Return the assessment; where the model says that undoing an own change clears a finding, as a report only.

    The breaker opens on what was changed: Pathmend does not repair what it broke by changing more. A slot that holds
    our value no more is not ours.

    Raises:
        TemporaryError: the store did not answer.
    """
    if seen.diagnosis is None or seen.snapshot is None or not seen.diagnosis.findings:
        return seen
    for incident in _lately_applied(ports):
        undo = undo_plan(_standing(incident), seen.snapshot, subject)
        cleared = _cleared(undo, seen.snapshot, subject) if isinstance(undo, Plan) and undo.repairs else ()
        if cleared:
            sentence = _sentence(incident, cleared[0])
            open_breaker(incident.id, _standing(incident), sentence, ports)
            reasons = (sentence, *seen.decision.reasons)
            return replace(seen, decision=replace(seen.decision, mode=Mode.REPORT, reasons=reasons))
    return seen


def _lately_applied(ports: Ports) -> Iterator[Incident]:
    """Yield the incidents whose changes were made in the last hour, the latest first."""
    changed = ports.ledger.since(ports.clock.now() - COUNTED).changes
    for incident_id in dict.fromkeys(one.incident_id for one in reversed(changed)):
        incident = ports.store.get(incident_id)
        if incident:
            yield incident


def _standing(incident: Incident) -> tuple[PlannedChange, ...]:
    return tuple(step for index, step in enumerate(incident.applied) if index not in incident.undone)


def _cleared(undo: Plan, snapshot: Snapshot, subject: str) -> tuple[str, ...]:
    """Return the findings that the undo clears, but for those in whose place it brings more of the same."""
    world = without_outdated_health(snapshot, subject)
    will_be = diagnose(apply(undo.changes, world), subject).findings
    brought = {one.key for one in will_be if one.sentence in undo.breaks}
    found = diagnose(world, subject).findings
    return tuple(one.sentence for one in found if one.sentence in undo.repairs and one.key not in brought)


def _sentence(incident: Incident, cleared: str) -> str:
    when = "" if incident.state.closed else ", once that incident has ended,"
    return (
        f"a change of Pathmend's own incident {incident.id} brought it about: undoing that clears: {cleared}; "
        f"`pathmend rollback {incident.id}`{when} undoes it"
    )
