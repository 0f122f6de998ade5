"""Write the journal: one line per thing that happened, with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.incidents.incident import Incident, JournalEntry

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports


def note(ports: Ports, incident_id: str, stage: str, *texts: str) -> None:
    """Append the texts to the incident's journal, all with the present time."""
    now = ports.clock.now()
    ports.store.write_journal(incident_id, [JournalEntry(now, stage, text) for text in texts])


def known(ports: Ports, incident_id: str) -> Incident:
    """Return the incident.

    Raises:
        NotFoundError: there is none with this id.
    """
    incident = ports.store.get(incident_id)
    if incident is None:
        raise NotFoundError(f"there is no incident {incident_id}: check the id, or its retention is over")
    return incident
