"""Incidents whose workflow ended without closing them: they must not hold their subject for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import note

if TYPE_CHECKING:
    from datetime import datetime

    from pathmend.incidents.ports import Ports

GRACE = timedelta(hours=1)
"""Beyond the moment at which the workflow moves on: verify, undo and close may each be retried for some 18 minutes."""


def stranded(incident: Incident, now: datetime) -> bool:
    """Say whether an open incident should long have moved on: its execution was stopped, timed out or failed."""
    waits_until = {State.AWAITING_APPROVAL: incident.expires_at, State.VERIFYING: incident.verify_until}
    due = max(incident.updated_at, waits_until.get(incident.state) or incident.updated_at)
    return not incident.state.closed and now > due + GRACE


def give_up(incident: Incident, ports: Ports) -> None:
    """Close a stranded incident as failed, so that its subject is free.

    Raises:
        ConflictError: somebody saved it at this moment, so it is not stranded.
    """
    done = "; look by hand at what it changed" if incident.applied else ""
    reason = f"left {incident.state.value.replace('_', ' ')}: its workflow ended without closing it{done}"
    now = ports.clock.now()
    ports.store.save(replace(incident, state=State.FAILED, reason=reason, closed_at=now, updated_at=now))
    note(ports, incident.id, "triage", reason)
