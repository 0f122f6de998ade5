"""What keeps a call from a service of AWS: the network on its way, and then IAM with what that way gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.evaluate import Verdict as Access
from pathmend.diagnosis.actions import service_of
from pathmend.diagnosis.dependency import Strength
from pathmend.diagnosis.finding import NoMechanicalRepair
from pathmend.diagnosis.path_troubles import Attempt, path_troubles
from pathmend.diagnosis.request_context import region_of
from pathmend.diagnosis.service_access import access_troubles
from pathmend.diagnosis.service_call import Call
from pathmend.diagnosis.service_way import Kind, way_to
from pathmend.diagnosis.unused_endpoint import unused_instead
from pathmend.network.flow import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.diagnosis.dependency import AwsNeed, Dependency, Dependents
    from pathmend.diagnosis.trouble import Trouble
    from pathmend.snapshot.world import Snapshot


def service_troubles(
    snapshot: Snapshot, who: Dependents, dependency: Dependency, need: AwsNeed, siblings: tuple[str, ...]
) -> Iterator[Trouble | str]:
    """Yield what keeps the call from being answered, and in a sentence what cannot be known about it."""
    way = way_to(snapshot, who.interface, service_of(need.action), region_of(who, need))
    call = Call(snapshot, who, dependency, need, way)
    if way.unsure:
        yield f"the way to {service_of(need.action)}: {way.unsure}"
    else:
        yield from _network_troubles(call, siblings)
    if way.trace.verdict is Verdict.UNKNOWN:
        yield f"the way to {service_of(need.action)}: {way.trace.unknown[0]}"
    if who.role_arn not in snapshot.principals:
        return
    answer = call.answer()
    yield from access_troubles(call, answer)
    if answer.verdict is Access.UNKNOWN and _matters(dependency) and not call.allowed_in_own_account():
        yield f"whether {need.words} is allowed: {'; '.join(answer.unknown) or 'not all of its policies were read'}"


def _matters(dependency: Dependency) -> bool:
    """Return whether somebody wants to know: what a role merely names and nobody saw fail is not worth a word."""
    seen = dependency.observed
    return dependency.strength is Strength.DECLARED or (seen is not None and seen.failures > 0)


def _network_troubles(call: Call, siblings: tuple[str, ...]) -> Iterator[Trouble]:
    """Yield what blocks the way; where nothing mends it, an endpoint that would make it needless says more."""
    way = call.way
    known = way.kind is not Kind.INTERNET or way.list_id is not None
    found = tuple(path_troubles(Attempt(call.snapshot, call.who, call.dependency, way.trace, siblings, known)))
    mechanical = any(not isinstance(one.cause, NoMechanicalRepair) for one in found)
    yield from found if mechanical or not found else tuple(unused_instead(call)) or found
