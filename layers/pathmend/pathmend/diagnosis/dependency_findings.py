"""Findings about what targets need: the same cause for several targets, zones and needs is one finding."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.diagnosis.dependency_words import sentence_of
from pathmend.diagnosis.finding import (
    AclGap,
    Certainty,
    EndpointPolicyGap,
    EndpointWithoutTables,
    Evidence,
    Finding,
    NoMechanicalRepair,
    RouteGap,
)
from pathmend.diagnosis.service_access import DENIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.diagnosis.dependency import Observed
    from pathmend.diagnosis.finding import Cause
    from pathmend.diagnosis.trouble import Trouble
    from pathmend.snapshot.world import Snapshot

_SURE = (Certainty.PROVEN, Certainty.LIKELY, Certainty.POSSIBLE)
_MOST_ROWS = 24
"""Of evidence in one finding: enough for a person, however many targets and needs it joins."""

FAST_SECONDS = 1.0
"""A refusal comes back within this; a client waits longer than that for packets that are dropped."""


def findings_of(snapshot: Snapshot, troubles: Iterable[Trouble], total: int) -> tuple[Finding, ...]:
    """Return one finding per cause; `total` is how many targets there are in all."""
    joined: dict[object, list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        joined[_key(trouble)].append(trouble)
    parts = [part for own in joined.values() for part in _parts(own)]
    return tuple(_finding(snapshot, cause, own, total) for cause, own in parts)


def _key(trouble: Trouble) -> tuple[object, ...]:
    """Return what troubles of one cause have in common."""
    cause = trouble.cause
    match cause:
        case EndpointWithoutTables() | EndpointPolicyGap():
            return (trouble.code, cause.endpoint_id)
        case RouteGap():
            return (trouble.code, cause.destination, cause.target, cause.present)
        case AclGap():
            return (trouble.code, replace(cause, peers=()))
        case NoMechanicalRepair():
            # A role is refused one call here and another there; an element stops whatever comes.
            what = trouble.dependency.need if trouble.code == DENIED else trouble.says
            return (trouble.code, trouble.resource, what)
        case _:
            return (trouble.code, cause)


def _parts(troubles: Sequence[Trouble]) -> Iterator[tuple[Cause, tuple[Trouble, ...]]]:
    """Yield the cause that joins the troubles; gaps of a policy only where the actions are the same."""
    first = troubles[0].cause
    match first:
        case EndpointPolicyGap():
            yield from _policy_gaps(first.endpoint_id, troubles)
        case EndpointWithoutTables() | RouteGap():
            causes = (one.cause for one in troubles)
            ids = {
                t for cause in causes if isinstance(cause, EndpointWithoutTables | RouteGap) for t in cause.table_ids
            }
            yield replace(first, table_ids=tuple(sorted(ids))), tuple(troubles)
        case AclGap():
            peers = {peer for one in troubles if isinstance(one.cause, AclGap) for peer in one.cause.peers}
            yield replace(first, peers=tuple(sorted(peers, key=str))), tuple(troubles)
        case _:
            yield first, tuple(troubles)


def _policy_gaps(endpoint_id: str, troubles: Sequence[Trouble]) -> Iterator[tuple[Cause, tuple[Trouble, ...]]]:
    """Join what the same callers lack on a resource, and then the resources on which that is the same."""
    lacking: dict[tuple[str, str], set[str]] = defaultdict(set)
    for gap in [one.cause for one in troubles if isinstance(one.cause, EndpointPolicyGap)]:
        lacking[gap.resources[0], gap.actions[0]].update(gap.principals)
    actions: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (resource, action), own in sorted(lacking.items()):
        actions[resource, tuple(sorted(own))].append(action)
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (resource, callers), names in actions.items():
        together[tuple(names), callers].append(resource)
    for (same, callers), resources in together.items():
        cause = EndpointPolicyGap(endpoint_id, same, tuple(resources), callers)
        yield cause, tuple(one for one in troubles if _is_part(one.cause, cause))


def _is_part(one: Cause, whole: EndpointPolicyGap) -> bool:
    return (
        isinstance(one, EndpointPolicyGap)
        and one.resources[0] in whole.resources
        and one.actions[0] in whole.actions
        and one.principals[0] in whole.principals
    )


def _finding(snapshot: Snapshot, cause: Cause, troubles: Sequence[Trouble], total: int) -> Finding:
    return Finding(
        code=troubles[0].code,
        resource=min(one.resource for one in troubles),
        sentence=sentence_of(snapshot, cause, troubles, total),
        evidence=tuple(_evidence(troubles))[:_MOST_ROWS],
        certainty=min((one.certainty for one in troubles), key=_SURE.index),
        cause=cause,
        needs=tuple(sorted({one.dependency.need.words for one in troubles})),
    )


def _evidence(troubles: Sequence[Trouble]) -> Iterator[Evidence]:
    rows = [row for one in troubles for row in (one.dependency.why, *_observed(one), *one.evidence)]
    # What proves it first: why the target needs it, then what was seen, then the element's own state.
    yield from dict.fromkeys(rows)


def _observed(trouble: Trouble) -> Iterator[Evidence]:
    seen: Observed | None = trouble.dependency.observed
    if seen is None:
        return
    yield Evidence("calls that failed", seen.source, f"{seen.failures} of {seen.calls}")
    if seen.failed_seconds is not None:
        fast = seen.failed_seconds <= FAST_SECONDS
        means = "fast, as a refusal is" if fast else "slow, as where packets are dropped"
        yield Evidence("how long failed calls took", seen.source, f"{seen.failed_seconds:.3f} s: {means}")
