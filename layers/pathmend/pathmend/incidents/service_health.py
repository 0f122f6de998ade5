"""Keep what AWS Health says of AWS's own services: while one is in trouble, nothing is repaired on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.circumstances import ServiceEvent

if TYPE_CHECKING:
    from pathmend.incidents.ports import Ports
    from pathmend.signals.signal import ServiceHealthChanged


def noted(signal: ServiceHealthChanged, ports: Ports) -> str:
    """Keep or forget the event, and return the sentence that says so; what is told twice is kept once."""
    if not signal.open:
        ports.service_events.ended(signal.arn, told_at=signal.updated_at)
        return f"AWS Health says that {signal.code} in {signal.region} has ended"
    event = ServiceEvent(signal.arn, signal.service, signal.code, signal.region, signal.started_at, signal.entities)
    ports.service_events.note(event, told_at=signal.updated_at)
    what = ", ".join(signal.entities) or "it"
    return f"AWS Health says that {signal.code} in {signal.region} is open: nothing is repaired on {what} until it ends"
