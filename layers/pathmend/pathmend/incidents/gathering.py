"""Gather the circumstances of a decision: what Pathmend did lately, what AWS says of itself, who owns what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.guardrails.circumstances import Circumstances
from pathmend.plans.make import NoPlan

if TYPE_CHECKING:
    from pathmend.guardrails.circumstances import OwnChange
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
    changed = ports.ledger.since(now - COUNTED).changes
    return replace(at_hand(subject, planned, snapshot, ports, changed=changed), quiet=quiet)


def at_hand(
    subject: str, plan: Plan, snapshot: Snapshot, ports: Ports, *, changed: tuple[OwnChange, ...]
) -> Circumstances:
    """Return the circumstances of a plan where the own changes to count were read already.

    Raises:
        TemporaryError: AWS throttled or did not answer.
    """
    now = ports.clock.now()
    return Circumstances(
        subject,
        now,
        changed=changed,
        breakers=ports.ledger.breakers(now),
        service_events=ports.service_events.ongoing(),
        owned=ports.ownership.owners(plan.resources, snapshot, ports.rules),
    )
