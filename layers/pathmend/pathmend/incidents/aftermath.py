"""The aftermath of a repair: for a while, figures and alarms still speak of the time before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.incidents.incident import State

if TYPE_CHECKING:
    from pathmend.incidents.assess import Assessment
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports

AFTERMATH = timedelta(minutes=10)
"""The figures cover five minutes, and an alarm may need as long to see the last bad one."""

LOOK_BACK = 20
"""How many incidents are looked through for the repair; a repair older than so many others is over anyway."""


def recent_repair(subject: str, ports: Ports) -> Incident | None:
    """Return the incident that repaired the subject a short while ago, if there is one."""
    since = ports.clock.now() - AFTERMATH
    return next(
        (
            incident
            for incident in ports.store.recent(LOOK_BACK)
            if incident.subject == subject
            and incident.state is State.RESOLVED
            and incident.applied_at is not None
            and incident.applied_at > since
        ),
        None,
    )


def with_aftermath(seen: Assessment, repair: Incident) -> Assessment:
    """Say beside the decision that the alarm may be about the time before the repair."""
    sentence = (
        f"errors counted before {repair.applied_at:%H:%M:%S} UTC are those that incident {repair.id} repaired: "
        "look again if they go on"
    )
    return replace(seen, decision=replace(seen.decision, reasons=(*seen.decision.reasons, sentence)))
