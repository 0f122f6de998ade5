"""The calls that undo a step in the world as it is: ids that AWS made up since it was planned are other ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.errors import PermanentError

if TYPE_CHECKING:
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import PlannedChange
    from pathmend.snapshot.world import Snapshot


def with_present_calls(incident: Incident, ports: Ports) -> Incident:
    """Return the incident with the calls that undo what is left of it now, for whoever may have to make them by hand.

    Where the world cannot be read for good, those that were planned are the best there is.

    Raises:
        TemporaryError: AWS throttled or did not answer.
    """
    if not incident.outstanding:
        return incident
    try:
        world = ports.world.read(incident.subject)
    except PermanentError:
        return incident
    left = set(incident.outstanding)
    steps = (_as_it_stands(step, world) if index in left else step for index, step in enumerate(incident.applied))
    return replace(incident, applied=tuple(steps))


def _as_it_stands(step: PlannedChange, world: Snapshot) -> PlannedChange:
    try:
        requests = step.undo.requests(world)
    except PermanentError:
        return step
    return replace(step, undo_requests=requests) if requests else step
