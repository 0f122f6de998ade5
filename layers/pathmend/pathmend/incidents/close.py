"""Close an incident: every way ends here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.incidents.breakers import open_breaker
from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import known, note
from pathmend.incidents.leases import give_back

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports

_OF_A_ROLLBACK = (State.ROLLED_BACK, State.ROLLBACK_FAILED)


def outcome_of(word: str) -> State:
    """Return the closed state that the word names; any other word is a failure: the incident is closed all the same."""
    return next((state for state in State if state.value == word and state.closed), State.FAILED)


def close_incident(incident_id: str, outcome: State, reason: str, ports: Ports) -> State:
    """Save how the incident ended, let go of its subject and of what it holds, and tell the people.

    Of a report, the reason is why the decision was to report. An incident that is closed keeps its first outcome;
    people are told again, in case the first try died before it did. What is being undone is closed by the end of that.

    Raises:
        NotFoundError: there is no such incident.
        TemporaryError: the store or the topic did not answer.
    """
    incident = known(ports, incident_id)
    outcome = _as_it_stands(incident, outcome)
    if incident.state is State.ROLLING_BACK and outcome not in _OF_A_ROLLBACK:
        note(ports, incident_id, "close_incident", f"not closed as {outcome.value}: it is being undone")
        return incident.state
    if outcome is State.REPORTED and incident.decision:
        reason = "; ".join(incident.decision.reasons)
    if not incident.state.closed:
        incident = _closed(incident, outcome, reason, ports)
    give_back(incident, ports)
    ports.notifier.publish(ports.announcer.outcome(incident, ports.store.journal(incident_id)))
    return incident.state


def _as_it_stands(incident: Incident, outcome: State) -> State:
    """Return how a rollback ended that died before it could say so: what is loud must be true."""
    if outcome is not State.ROLLBACK_FAILED or incident.outstanding:
        return outcome
    return State.ROLLED_BACK if incident.state is State.ROLLING_BACK else State.FAILED


def _closed(incident: Incident, outcome: State, reason: str, ports: Ports) -> Incident:
    if outcome in _OF_A_ROLLBACK:
        # Where all was undone, the rollback may have died just before it did this.
        how = "could not be" if outcome is State.ROLLBACK_FAILED else "were"
        open_breaker(incident.id, incident.applied[incident.verified :], f"its changes {how} undone: {reason}", ports)
    now = ports.clock.now()
    incident = ports.store.save(replace(incident, state=outcome, reason=reason, closed_at=now, updated_at=now))
    note(ports, incident.id, "close_incident", f"{outcome.value}: {reason}")
    return incident
