"""What the targets of a load balancer need, and what keeps them from it, as far as the snapshot can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.declared import declared
from pathmend.diagnosis.dependency import AwsNeed, HostNeed
from pathmend.diagnosis.dependency_findings import findings_of
from pathmend.diagnosis.dependents import dependents_of
from pathmend.diagnosis.host_way import way_to_host
from pathmend.diagnosis.inferred import inferred, unread_of
from pathmend.diagnosis.metadata import metadata_troubles
from pathmend.diagnosis.name_resolution import name_troubles
from pathmend.diagnosis.observed import observed
from pathmend.diagnosis.path_troubles import Attempt, path_troubles
from pathmend.diagnosis.profiles import profile_troubles
from pathmend.diagnosis.service_troubles import service_troubles
from pathmend.diagnosis.trouble import Trouble
from pathmend.errors import InvalidSnapshotError
from pathmend.network.flow import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pathmend.diagnosis.dependency import Dependency, Dependents
    from pathmend.diagnosis.finding import Finding
    from pathmend.snapshot.world import Snapshot

MOST_NEEDS = 200
"""Of one kind of target: a role that names more is asked about the first ones, and that is said."""

MOST_IN_ALL = 1_000
"""Of all kinds of targets together: a tag of its own on each of hundreds makes each a kind, and time is short."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the targets need, the findings about that, and what could not be known."""

    needs: Mapping[Dependents, tuple[Dependency, ...]]
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


def dependencies(snapshot: Snapshot, load_balancer_arn: str) -> Dependencies:
    """Return what the load balancer's targets need and what keeps them from it: one finding per cause over them all."""
    unknown: list[str] = []
    needs: dict[Dependents, tuple[Dependency, ...]] = {}
    left = MOST_IN_ALL
    for who in dependents_of(snapshot, load_balancer_arn):
        needs[who] = _known(_needs(snapshot, who, load_balancer_arn), unknown, most=min(left, MOST_NEEDS))
        left -= len(needs[who])
    found = [one for who in needs for one in _troubles(snapshot, who, needs)]
    found += _guarded(profile_troubles(snapshot, needs), "instance profiles")
    unknown += [one for one in found if isinstance(one, str)]
    troubles = [one for one in found if isinstance(one, Trouble)]
    total = sum(len(who.instances) for who in needs)
    return Dependencies(needs, findings_of(snapshot, troubles, total), tuple(dict.fromkeys(unknown)))


def _known(found: Iterator[Dependency | str], unknown: list[str], *, most: int) -> tuple[Dependency, ...]:
    """Return the first of the needs, each once, what was declared ahead of what was inferred; note the sentences."""
    needs: dict[object, Dependency] = {}
    for one in found:
        if isinstance(one, str):
            unknown.append(one)
        else:
            needs.setdefault(one.need, one)
    if len(needs) > most:
        too_many = "the role names too many" if most == MOST_NEEDS else "all targets together have too many"
        unknown.append(f"{len(needs) - most} of {len(needs)} needs were not looked at: {too_many}")
    return tuple(needs.values())[:most]


def _needs(snapshot: Snapshot, who: Dependents, load_balancer_arn: str) -> Iterator[Dependency | str]:
    yield from unread_of(snapshot, who)
    try:
        named = tuple(inferred(snapshot, who))
    except InvalidSnapshotError as exc:
        named = ()
        yield f"what {who.role_arn} names: {exc}"
    allowed = tuple(one.need for one in named if isinstance(one.need, AwsNeed))
    for one in (*declared(snapshot, who, load_balancer_arn, allowed), *named):
        yield one if isinstance(one, str) else observed(snapshot, who, load_balancer_arn, one)


def _troubles(
    snapshot: Snapshot, who: Dependents, needs: Mapping[Dependents, Sequence[Dependency]]
) -> Iterator[Trouble | str]:
    siblings = tuple(dict.fromkeys(other.interface.subnet_id for other in needs))
    yield from name_troubles(snapshot, who, needs[who])
    yield from metadata_troubles(who, needs[who])
    for one in needs[who]:
        need = one.need
        if isinstance(need, AwsNeed):
            yield from _guarded(service_troubles(snapshot, who, one, need, siblings), need.words)
        elif isinstance(need, HostNeed):
            yield from _host_troubles(snapshot, who, one, need, siblings)


def _host_troubles(
    snapshot: Snapshot, who: Dependents, dependency: Dependency, need: HostNeed, siblings: tuple[str, ...]
) -> Iterator[Trouble | str]:
    found = way_to_host(snapshot, who.interface, need)
    if isinstance(found, str):
        yield found
        return
    yield from path_troubles(Attempt(snapshot, who, dependency, found, siblings))
    if found.verdict is Verdict.UNKNOWN:
        yield f"{need.words}: {found.unknown[0]}"


def _guarded(found: Iterator[Trouble | str] | Iterator[Trouble], what: str) -> Iterator[Trouble | str]:
    """Hand on what is found; a policy that cannot be understood makes this unknown, and nothing else."""
    try:
        yield from found
    except InvalidSnapshotError as exc:
        yield f"{what}: {exc}"
