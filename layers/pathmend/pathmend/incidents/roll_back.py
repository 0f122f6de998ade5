"""Undo what was done, newest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError, TemporaryError
from pathmend.incidents.breakers import open_breaker
from pathmend.incidents.calls_by_hand import with_present_calls
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import known, note
from pathmend.incidents.leases import LONGEST_WAIT, PAUSE_SECONDS, give_back, take, waited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import PlannedChange

STAGE = "roll_back"


@dataclass(frozen=True, slots=True)
class RollBackResult:
    """Whether all was undone (rolled_back), something could not be (rollback_failed) or nothing had been done.

    busy: another incident holds what is to be undone; try again in `wait_seconds`.
    """

    outcome: str
    reason: str
    wait_seconds: int = 0


def roll_back(incident_id: str, reason: str, ports: Ports) -> RollBackResult:
    """Undo every step that was begun and still stands; what somebody else changed since is left alone.

    Steps of rounds that were verified stay: what did not help came after them. Called again it carries on; what was
    undone once is not looked at again, whoever set it since.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: AWS throttled; calling again carries on.
    """
    incident = known(ports, incident_id)
    begun = incident.state is State.ROLLING_BACK
    if incident.state.closed or (not begun and not _anything_stands(incident, ports)):
        return _nothing_to_undo(incident, reason, ports)
    holder = take(incident, ports)
    if holder:
        return _busy(incident, holder, reason, ports)
    if not begun:
        now = ports.clock.now()
        # Should this die for good, the notice is made of what is saved here.
        incident = with_present_calls(incident, ports)
        incident = ports.store.save(replace(incident, state=State.ROLLING_BACK, waiting_since=None, updated_at=now))
        note(ports, incident_id, STAGE, f"undoing {len(incident.outstanding)} changes: {reason}")
    return _undo_all(incident, reason, ports)


def _anything_stands(incident: Incident, ports: Ports) -> bool:
    """Say whether a step that was begun took effect; where that cannot be read, it must be taken to have."""
    steps = [incident.applied[index] for index in incident.outstanding]
    try:
        world = ports.world.read(incident.subject) if steps else None
        return world is not None and any(step.undo.requests(world) for step in steps)
    except PermanentError:
        return True


def _nothing_to_undo(incident: Incident, reason: str, ports: Ports) -> RollBackResult:
    """Return that; a step that was begun and never took effect does not count as standing any more."""
    if incident.outstanding and not incident.state.closed:
        now = ports.clock.now()
        ports.store.save(replace(incident, undone=(*incident.undone, *incident.outstanding), updated_at=now))
    note(ports, incident.id, STAGE, f"nothing to undo: {reason}")
    return RollBackResult("nothing_to_undo", reason)


def _busy(incident: Incident, holder: str, reason: str, ports: Ports) -> RollBackResult:
    if waited(incident, holder, STAGE, ports) < LONGEST_WAIT:
        return RollBackResult("busy", reason, PAUSE_SECONDS)
    return RollBackResult("rollback_failed", f"{reason}; incident {holder} has held the same resources for an hour")


def _undo_all(incident: Incident, reason: str, ports: Ports) -> RollBackResult:
    failures, left = list[str](), list[str]()
    undone: list[PlannedChange] = []
    for index in incident.outstanding:
        step = incident.applied[index]
        try:
            left += _undo(step, incident, ports, just_undone=undone)
        except PermanentError as exc:
            failures.append(f"by hand: {step.undo.summary} ({exc})")
            note(ports, incident.id, STAGE, failures[-1])
            kept = with_present_calls(incident, ports)
            incident = ports.store.save(replace(kept, updated_at=ports.clock.now())) if kept != incident else incident
        else:
            now = ports.clock.now()
            incident = ports.store.save(replace(incident, undone=(*incident.undone, index), updated_at=now))
            undone.append(step)
    # While the leases are held: whoever waits for them must find it open.
    open_breaker(incident.id, incident.applied[incident.verified :], f"its changes were undone: {reason}", ports)
    give_back(incident, ports)
    return RollBackResult("rollback_failed" if failures else "rolled_back", "; ".join((reason, *failures, *left)))


def _undo(
    step: PlannedChange, incident: Incident, ports: Ports, *, just_undone: Sequence[PlannedChange]
) -> tuple[str, ...]:
    """Undo the step, unless it does not stand any more; return what was left alone.

    Raises:
        PermanentError: it cannot be undone.
        TemporaryError: AWS throttled, or shows still what was undone in the same place a moment ago.
    """
    snapshot = ports.world.read(incident.subject)
    alike = (one for one in just_undone if one.change.resources[0] == step.change.resources[0])
    if any(one.undo.requests(snapshot) and not one.change.requests(snapshot) for one in alike):
        raise TemporaryError(f"AWS does not show yet what was undone: {step.change.before(snapshot)}")
    requests = step.undo.requests(snapshot)
    if not requests:
        note(ports, incident.id, STAGE, f"already so: {step.undo.summary}")
        return ()
    if step.change.requests(snapshot):
        left = f"left alone, changed by somebody else since: {step.change.before(snapshot)}"
        note(ports, incident.id, STAGE, left)
        return (left,)
    for request in requests:
        ports.executor.call(request)
        note(ports, incident.id, STAGE, f"called {request.iam_action}: {step.undo.summary}")
    return ()
