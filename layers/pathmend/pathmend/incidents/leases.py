"""Leases of an incident: what it holds while it changes something, and how long it waits for another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.incidents.journaling import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import PlannedChange

LEASE = timedelta(minutes=20)
"""Longer than the workflow may retry one step: what died before it could give back holds nobody up for long."""

LONGEST_WAIT = timedelta(hours=1)
"""Beyond it the world has moved on, and a person should look at who holds on for so long."""

PAUSE_SECONDS = 30
"""Between two tries, while another incident holds what this one wants to change."""


def touched(steps: Iterable[PlannedChange]) -> tuple[str, ...]:
    """Return the resources that the steps, or their undoing, touch or rely on, each once."""
    changes = (change for step in steps for change in (step.change, step.undo))
    return tuple(dict.fromkeys(resource for change in changes for resource in change.resources))


def take(incident: Incident, ports: Ports) -> str | None:
    """Take or renew the leases on all that the incident's plan and rollback touch; return who holds one of them else.

    Raises:
        TemporaryError: the store did not answer, or somebody took or gave back one at this moment.
    """
    steps = (*_planned(incident), *incident.applied[incident.verified :])
    return ports.locks.hold(touched(steps), incident.id, until=ports.clock.now() + LEASE)


def give_back(incident: Incident, ports: Ports) -> None:
    """Give back every lease that the incident holds, those of steps that were verified meanwhile as well."""
    ports.locks.release(touched((*_planned(incident), *incident.applied)), incident.id)


def waited(incident: Incident, holder: str, stage: str, ports: Ports) -> timedelta:
    """Return how long the incident has waited for the other one; the first time, note that it does.

    Raises:
        ConflictError: somebody saved the incident meanwhile.
    """
    now = ports.clock.now()
    if incident.waiting_since is None:
        ports.store.save(replace(incident, waiting_since=now))
        note(ports, incident.id, stage, f"waiting: incident {holder} is changing the same resources")
        return timedelta(0)
    return now - incident.waiting_since


def _planned(incident: Incident) -> tuple[PlannedChange, ...]:
    return incident.plan.steps if incident.plan else ()
