"""What a diagnosis looked at of the targets' needs: each with its way, and what network and policies say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.access.answer import Verdict
from pathmend.channels.access_record import blocker_record, deciding_record, miss_record, way_record
from pathmend.channels.sections import Line, Section
from pathmend.channels.words import plain
from pathmend.diagnosis.dependency import AwsNeed, HostNeed, OwnHostNeed
from pathmend.network.flow import Verdict as Passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.access.answer import Answer
    from pathmend.channels.access_answer import ByWay
    from pathmend.diagnosis.dependency import Dependency, Need, Observed
    from pathmend.network.flow import Trace

Record = dict[str, object]
_NAMED = 3
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One need of targets that are alike. `by` and `answer` are of calls to AWS, `trace` of all that goes by a network.

    `unknown` are sentences: what of it could not be told.
    """

    instances: tuple[str, ...]
    dependency: Dependency
    by: ByWay | None = None
    trace: Trace | None = None
    answer: Answer | None = None
    unknown: tuple[str, ...] = ()


def dependencies_section(looked: Sequence[LookedAt]) -> Section:
    """Return a line for each need and what becomes of it: who has it, and beside it how we know."""
    alike: dict[tuple[str, str], list[str]] = {}
    order = list(dict.fromkeys(one.dependency.need.words for one in looked))
    for one in sorted(looked, key=lambda one: order.index(one.dependency.need.words)):
        alike.setdefault((_words(one), _detail(one)), []).extend(one.instances)
    lines = tuple(
        Line(plain(f"{words}, for {_several(who)}", _LONGEST), detail) for (words, detail), who in alike.items()
    )
    return Section("What the targets need", lines)


def _several(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _words(one: LookedAt) -> str:
    verdicts = "; ".join(_verdicts(one))
    return f"{one.dependency.need.words}{': ' if verdicts else ''}{verdicts}"


def _verdicts(one: LookedAt) -> Iterator[str]:
    if one.by:
        yield one.by.words
    if one.trace:
        where = dict.fromkeys(f"{b.code} at {b.element_id}" for b in one.trace.blockers)
        yield f"the network {one.trace.verdict.value}" + (f" ({', '.join(where)})" if where else "")
    if one.answer:
        yield f"IAM {one.answer.verdict.value}"
    if one.dependency.observed:
        yield _seen(one.dependency.observed)


def _seen(seen: Observed) -> str:
    after = "" if seen.failed_seconds is None else f" after {seen.failed_seconds:g} s"
    return f"{seen.failures:,} of {seen.calls:,} calls failed{after}"


def _detail(one: LookedAt) -> str:
    why = one.dependency.why
    nearest = [] if one.answer is None or one.answer.verdict is not Verdict.DENIED else one.answer.misses[:1]
    parts = (f"{why.fact}: {why.source}", *(miss.sentence for miss in nearest), *_open_questions(one))
    return plain("; ".join(parts), _LONGEST)


def _open_questions(one: LookedAt) -> Iterator[str]:
    if one.trace and one.trace.verdict is Passage.UNKNOWN:
        yield from one.trace.unknown
    if one.answer and one.answer.verdict is Verdict.UNKNOWN:
        yield from one.answer.unknown
    yield from one.unknown


def dependency_record(one: LookedAt) -> Record:
    """Return the need for machines; what is not there is null or empty, never missing."""
    dependency, trace = one.dependency, one.trace
    why = dependency.why
    return {
        "instances": list(one.instances),
        "words": dependency.need.words,
        **_need(dependency.need),
        "strength": dependency.strength.value,
        "why": {"fact": why.fact, "source": why.source, "value": why.value},
        "observed": _observed(dependency.observed),
        "way": way_record(one.by) if one.by else None,
        "network": {"verdict": trace.verdict.value, "blockers": [blocker_record(b) for b in trace.blockers]}
        if trace
        else None,
        "access": _access(one.answer),
        "unknown": list(_open_questions(one)),
    }


def _need(need: Need) -> Record:
    own: Record
    match need:
        case AwsNeed():
            kind, own = "aws", {"action": need.action, "resource": need.resource}
        case HostNeed():
            address = None if need.address is None else str(need.address)
            kind, own = "host", {"scheme": need.scheme, "host": need.host, "port": need.port, "address": address}
        case OwnHostNeed():
            kind, own = "own_host", {"service": need.service.value}
    keys = ("action", "resource", "scheme", "host", "port", "address", "service")
    return {"kind": kind, **dict.fromkeys(keys), **own}


def _observed(seen: Observed | None) -> Record | None:
    if seen is None:
        return None
    return {
        "source": seen.source,
        "calls": seen.calls,
        "failures": seen.failures,
        "failed_seconds": seen.failed_seconds,
    }


def _access(answer: Answer | None) -> Record | None:
    if answer is None:
        return None
    return {
        "verdict": answer.verdict.value,
        "deciding": [deciding_record(one) for one in answer.deciding],
        "misses": [miss_record(one) for one in answer.misses],
    }
