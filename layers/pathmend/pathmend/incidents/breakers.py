"""Breakers: where Pathmend stops trusting itself until a person has looked, or an hour has passed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError
from pathmend.guardrails.circumstances import Breaker
from pathmend.guardrails.rules import Rules
from pathmend.incidents.journaling import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import PlannedChange


def open_breaker(incident_id: str, steps: Sequence[PlannedChange], reason: str, ports: Ports) -> None:
    """Open the incident's breaker on what its steps changed; without any, there is nothing to hold back from.

    Opened again, as after a crash, it takes the place of the first.

    Raises:
        TemporaryError: the store did not answer.
    """
    resources = tuple(dict.fromkeys(step.change.resources[0] for step in steps))
    if resources:
        now = ports.clock.now()
        ports.ledger.open_breaker(
            Breaker(incident_id, reason, resources, now, now + timedelta(minutes=_minutes(ports)))
        )


def _minutes(ports: Ports) -> int:
    """Return how long a breaker stays open; rules that cannot be read hinder no rollback."""
    try:
        return ports.rules.breaker_minutes
    except PermanentError:
        return Rules().breaker_minutes


def close_breaker(incident_id: str, who: str, ports: Ports) -> bool:
    """Close the incident's breaker, as somebody has looked; False when there is none.

    Raises:
        TemporaryError: the store did not answer.
    """
    if not ports.ledger.close_breaker(incident_id):
        return False
    note(ports, incident_id, "breaker", f"closed by {who}")
    return True
