"""Rounds of an incident: each has its own diagnosis, plan and decision, and its own approval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.incidents.incident import Incident, State
from pathmend.incidents.journaling import note
from pathmend.incidents.leases import give_back

if TYPE_CHECKING:
    from pathmend.guardrails.decision import Mode
    from pathmend.incidents.assess import Assessment
    from pathmend.incidents.ports import Ports

MOST_ROUNDS = 5
"""Faults may hide behind each other; after so many repairs a person should look."""


def begin_round(incident: Incident, seen: Assessment, ports: Ports, *, stage: str, superseded: str = "") -> None:
    """Save the next round; `superseded` is why the proposal of this one was not applied, where it was not.

    Raises:
        ConflictError: somebody saved the incident meanwhile.
    """
    # Before the save: after it, nobody would know what the plan of before had taken.
    give_back(incident, ports)
    ports.store.save(
        replace(
            incident,
            state=State.OPEN,
            round=incident.round + 1,
            diagnosis=seen.diagnosis,
            plan=seen.plan,
            decision=seen.decision,
            answer=None,
            task_token=None,
            waiting_since=None,
            superseded=superseded,
            made_before=len(incident.applied),
            updated_at=ports.clock.now(),
        )
    )
    why = (superseded,) if superseded else ()
    note(ports, incident.id, stage, *why, f"round {incident.round + 1}", *seen.sentences)


def next_decision(incident: Incident) -> Mode | None:
    """Return the decision of a round that was saved and not begun: the answer of whoever saved it was lost."""
    if incident.state is State.OPEN and incident.round > 1 and incident.decision:
        return incident.decision.mode
    return None
