"""Close an incident: every way ends here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known, note

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports


def outcome_of(word: str) -> State:
    """Return the closed state that the word names; any other word is a failure: the incident is closed all the same."""
    return next((state for state in State if state.value == word and state.closed), State.FAILED)


def close_incident(incident_id: str, outcome: State, reason: str, ports: Ports) -> State:
    """Save how the incident ended, let go of its subject and tell the people.

    Of a report, the reason is why the decision was to report. An incident that is closed keeps its first outcome;
    people are told again, in case the first try died before it did.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: the store or the topic did not answer.
    """
    incident = known(ports, incident_id)
    if outcome is State.REPORTED and incident.decision:
        reason = "; ".join(incident.decision.reasons)
    if not incident.state.closed:
        now = ports.clock.now()
        incident = ports.store.save(replace(incident, state=outcome, reason=reason, closed_at=now, updated_at=now))
        note(ports, incident_id, "close_incident", f"{outcome.value}: {reason}")
    ports.notifier.publish(ports.announcer.outcome(incident, ports.store.journal(incident_id)))
    return incident.state
