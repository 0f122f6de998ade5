"""Ask people: put the proposal before them and wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known, note

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports


def request_approval(incident_id: str, task_token: str, ports: Ports) -> None:
    """Record that the incident waits, with the token that wakes the workflow, and publish the proposal.

    Called again with the same token, it publishes again: a message too many is better than none.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: the store or the topic did not answer.
    """
    incident = known(ports, incident_id)
    if incident.task_token != task_token:
        now = ports.clock.now()
        incident = ports.store.save(
            replace(
                incident,
                state=State.AWAITING_APPROVAL,
                task_token=task_token,
                proposed_at=now,
                updated_at=now,
                expires_at=now + timedelta(seconds=ports.approval_seconds),
            )
        )
    ports.notifier.publish(ports.announcer.proposal(incident))
    note(
        ports,
        incident_id,
        "request_approval",
        f"proposal published, answer awaited until {incident.expires_at:%Y-%m-%d %H:%M} UTC",
    )
