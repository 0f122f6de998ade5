"""Undo what was done, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError
from pathmend.incidents.journaling import known, note

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import PlannedChange

STAGE = "roll_back"


@dataclass(frozen=True, slots=True)
class RollBackResult:
    """Whether all was undone (rolled_back) or something could not be (rollback_failed), and what to do by hand.

    nothing_to_undo: it failed before its first change. The state machine takes any word but rolled_back as a failure.
    """

    outcome: str
    reason: str


def roll_back(incident_id: str, reason: str, ports: Ports) -> RollBackResult:
    """Undo every step that was begun and still stands; what somebody else changed since is left alone.

    Steps of rounds that were verified stay: what did not help came after them.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; calling again carries on.
    """
    incident = known(ports, incident_id)
    begun = incident.applied[incident.verified :]
    if not begun:
        note(ports, incident_id, STAGE, f"nothing to undo: {reason}")
        return RollBackResult("nothing_to_undo", reason)
    note(ports, incident_id, STAGE, f"undoing {len(begun)} changes: {reason}")
    failures: list[str] = []
    for step in reversed(begun):
        try:
            _undo(step, incident_id, incident.subject, ports)
        except PermanentError as exc:
            failures.append(f"by hand: {step.undo.summary} ({exc})")
            note(ports, incident_id, STAGE, failures[-1])
    if failures:
        return RollBackResult("rollback_failed", "; ".join((reason, *failures)))
    return RollBackResult("rolled_back", reason)


def _undo(step: PlannedChange, incident_id: str, subject: str, ports: Ports) -> None:
    snapshot = ports.world.read(subject)
    requests = step.undo.requests(snapshot)
    if not requests:
        note(ports, incident_id, STAGE, f"already so: {step.undo.summary}")
        return
    if step.change.requests(snapshot):
        note(ports, incident_id, STAGE, f"left alone, changed by somebody else since: {step.change.before(snapshot)}")
        return
    for request in requests:
        ports.executor.call(request)
        note(ports, incident_id, STAGE, f"called {request.iam_action}: {step.undo.summary}")
