"""Own changes, as the ledger counts them: one per step, by the resource that it changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.guardrails.circumstances import OwnChange
from pathmend.guardrails.touched import vpc_of

if TYPE_CHECKING:
    from pathmend.incidents.incident import Incident
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot


def own_changes(incident: Incident, plan: Plan, snapshot: Snapshot) -> tuple[OwnChange, ...]:
    """Return what the ledger is to hold of the plan.

    They bear the time at which the incident began to apply it, so that a second try records the very same ones; each
    step a microsecond of its own, so that two of one resource are two.
    """
    return tuple(
        OwnChange(
            incident.id,
            incident.subject,
            change.resources[0],
            vpc_of(change.resources[0], snapshot),
            incident.updated_at + timedelta(microseconds=number),
        )
        for number, change in enumerate(plan.changes)
    )
