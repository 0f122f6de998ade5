"""Incidents whose workflow ended without closing them: they must not hold their subject for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.incidents.breakers import open_breaker
from pathmend.incidents.calls_by_hand import with_present_calls
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import note
from pathmend.incidents.leases import LONGEST_WAIT, give_back

if TYPE_CHECKING:
    from datetime import datetime

    from pathmend.incidents.ports import Ports

GRACE = timedelta(hours=1)
"""Beyond the moment at which the workflow moves on: it may retry undoing for 39 minutes, anything else for 18."""


def stranded(incident: Incident, now: datetime) -> bool:
    """Say whether an open incident should long have moved on: its execution was stopped, timed out or failed."""
    waits_until = {State.AWAITING_APPROVAL: incident.expires_at, State.VERIFYING: incident.verify_until}
    due = [incident.updated_at, waits_until.get(incident.state) or incident.updated_at]
    if incident.waiting_since:
        due.append(incident.waiting_since + LONGEST_WAIT)
    return not incident.state.closed and now > max(due) + GRACE


def give_up(incident: Incident, ports: Ports) -> None:
    """Close a stranded incident, so that its subject is free, and tell the people.

    What it changed and nobody verified must be undone by hand: that is as loud as a rollback that failed. Called again
    after a crash it tells again: a message too many is better than none.

    Raises:
        ConflictError: somebody saved it at this moment, so it is not stranded.
        TemporaryError: the store or the topic did not answer.
    """
    steps = [incident.applied[index] for index in incident.outstanding]
    done = "; look by hand at what it changed" if steps else ""
    reason = f"left {incident.state.value.replace('_', ' ')}: its workflow ended without closing it{done}"
    # Whoever loses this save must not tell anybody; and the time of the last step stays, so that a crash after it is
    # found as stranded as before.
    incident = ports.store.save(replace(with_present_calls(incident, ports), reason=reason))
    open_breaker(incident.id, steps, reason, ports)
    give_back(incident, ports)
    now = ports.clock.now()
    state = State.ROLLBACK_FAILED if steps else State.FAILED
    incident = replace(incident, state=state, closed_at=now, updated_at=now)
    note(ports, incident.id, "triage", reason)
    ports.notifier.publish(ports.announcer.outcome(incident, ports.store.journal(incident.id)))
    ports.store.save(incident)
