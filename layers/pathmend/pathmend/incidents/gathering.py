"""Gather the circumstances of a decision: what Pathmend did lately, what AWS says of itself, who owns what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.guardrails.circumstances import Circumstances
from pathmend.plans.make import NoPlan

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot

COUNTED = timedelta(hours=1)
"""Limits are per hour."""


def gathered(
    subject: str, planned: Plan | NoPlan, snapshot: Snapshot, ports: Ports, *, quiet: str | None = None
) -> Circumstances:
    """Return the circumstances; where nothing is planned, nothing but the time is asked for.

    Raises:
        TemporaryError: AWS throttled or did not answer.
    """
    now = ports.clock.now()
    if isinstance(planned, NoPlan):
        return Circumstances(subject, now, quiet)
    return Circumstances(
        subject,
        now,
        quiet,
        changed=ports.ledger.since(now - COUNTED).changes,
        breakers=ports.ledger.breakers(now),
        service_events=ports.service_events.ongoing(),
        owned=ports.ownership.owners(planned.resources, snapshot, ports.rules),
    )
