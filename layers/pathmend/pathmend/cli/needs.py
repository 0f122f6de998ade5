"""What the targets of a load balancer need, each with the way that it takes and what becomes of it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.channels.access_answer import ByWay
from pathmend.channels.looked_at import LookedAt
from pathmend.diagnosis.actions import service_of
from pathmend.diagnosis.dependencies import dependencies
from pathmend.diagnosis.dependency import AwsNeed, HostNeed
from pathmend.diagnosis.host_way import way_to_host
from pathmend.diagnosis.request_context import region_of
from pathmend.diagnosis.service_call import Call
from pathmend.diagnosis.service_way import way_to
from pathmend.errors import InvalidSnapshotError

if TYPE_CHECKING:
    from pathmend.diagnosis.dependency import Dependency, Dependents
    from pathmend.snapshot.world import Snapshot


def needs_of(snapshot: Snapshot, load_balancer_arn: str) -> tuple[LookedAt, ...]:
    """Return every need that the diagnosis looks at, targets that are alike taken together."""
    found = dependencies(snapshot, load_balancer_arn).needs
    return tuple(_looked_at(snapshot, who, one) for who, needs in found.items() for one in needs)


def _looked_at(snapshot: Snapshot, who: Dependents, dependency: Dependency) -> LookedAt:
    match dependency.need:
        case AwsNeed() as need:
            return _call(snapshot, who, dependency, need)
        case HostNeed() as need:
            found = way_to_host(snapshot, who.interface, need)
            if isinstance(found, str):
                return LookedAt(who.ids, dependency, unknown=(found,))
            return LookedAt(who.ids, dependency, trace=found)
        case _:
            return LookedAt(who.ids, dependency)


def _call(snapshot: Snapshot, who: Dependents, dependency: Dependency, need: AwsNeed) -> LookedAt:
    way = way_to(snapshot, who.interface, service_of(need.action), region_of(who, need))
    by = ByWay(who.first.id, way, way.words(snapshot))
    if who.role_arn is None:
        return LookedAt(who.ids, dependency, by, way.trace, unknown=("who asks: no role was read",))
    try:
        answer = Call(snapshot, who, dependency, need, way).answer()
    except InvalidSnapshotError as exc:
        return LookedAt(who.ids, dependency, by, way.trace, unknown=(str(exc),))
    return LookedAt(who.ids, dependency, by, way.trace, answer)
