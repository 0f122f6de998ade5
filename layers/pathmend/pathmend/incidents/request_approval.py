"""Ask people: put the proposal before them and wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError
from pathmend.incidents.incident import Incident, State, Verdict
from pathmend.incidents.journaling import known, note

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports


def request_approval(incident_id: str, task_token: str, ports: Ports) -> bool:
    """Record that the incident waits, with the token that wakes the workflow, and publish the proposal.

    Called again with the same token, it publishes again: a message too many is better than none. Returns False when
    the trouble ended before people were asked: then nobody is.

    Raises:
        NotFoundError: there is no such incident.
        PermanentError: the incident is over.
        TemporaryError: the store or the topic did not answer.
    """
    incident = known(ports, incident_id)
    if incident.state.closed:
        raise PermanentError(f"incident {incident_id} is {incident.state.value}: there is nothing to ask")
    if _withdrawn(incident):
        ports.workflow.answer(task_token, Verdict.RECOVERED_BY_ITSELF)
        note(ports, incident_id, "request_approval", "nobody is asked: the trouble is over")
        return False
    if incident.task_token != task_token:
        now = ports.clock.now()
        incident = ports.store.save(
            replace(
                incident,
                state=State.AWAITING_APPROVAL,
                task_token=task_token,
                # An answer to a token of before did not count, and whoever gave it was told so.
                answer=None,
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
    return True


def _withdrawn(incident: Incident) -> bool:
    given = incident.answer
    return incident.state is State.OPEN and given is not None and given.verdict is Verdict.RECOVERED_BY_ITSELF
