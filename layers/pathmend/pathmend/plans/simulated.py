"""A candidate tried on the model: the world it leads to and how much it weighs, or why it is not safe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from pathmend.diagnosis.diagnose import diagnose
from pathmend.network.difference import difference
from pathmend.plans.bystanders import hurt
from pathmend.plans.candidates import candidates
from pathmend.plans.grants import grants_of
from pathmend.plans.intents import intent_against
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.steps import apply
from pathmend.plans.weight import Outcome, weight_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Cause, Finding
    from pathmend.plans.dependency_candidates import Candidate
    from pathmend.plans.weight import Weight
    from pathmend.snapshot.world import Snapshot

Identity: TypeAlias = "tuple[str, str, Cause]"
"""What makes two findings the same: code, resource and cause; evidence may carry figures that change."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A world and what is found in it."""

    world: Snapshot
    findings: tuple[Finding, ...]

    @property
    def identities(self) -> frozenset[Identity]:
        """Return what is found, to be compared."""
        return frozenset(identity(one) for one in self.findings)


@dataclass(frozen=True, slots=True)
class Simulated:
    """A candidate for a finding, the world it leads to, what it grants, what it reveals, and how much it weighs.

    `against` says whose intents it may go against.
    """

    finding: Finding
    changes: Candidate
    after: Seen
    grants: tuple[str, ...]
    revealed: tuple[Finding, ...]
    against: tuple[str, ...]
    weight: Weight


def identity(finding: Finding) -> Identity:
    """Return what makes the finding the same in two diagnoses."""
    return (finding.code, finding.resource, finding.cause)


def look(world: Snapshot, load_balancer_arn: str) -> Seen:
    """Return the world with what is found in it."""
    return Seen(world, diagnose(world, load_balancer_arn).findings)


def granted(changes: Iterable[Change], cause: Cause | None, world: Snapshot) -> tuple[str, ...]:
    """Say what policies, roles and firewalls allow after the changes and did not before, each once."""
    found: list[str] = []
    for change in changes:
        found += grants_of(change, cause, world)
        world = change.after(world)
    return tuple(dict.fromkeys(found))


class Trials:
    """Candidates tried for one load balancer, each once in each world. `causes` say what flows need."""

    def __init__(self, load_balancer_arn: str, causes: Sequence[Cause]) -> None:
        self._balancer, self._causes = load_balancer_arn, causes
        self._known: dict[tuple[Identity, int], tuple[Seen, tuple[Simulated | Obstacle, ...]]] = {}

    def of(self, finding: Finding, seen: Seen) -> tuple[Simulated | Obstacle, ...]:
        """Return what became of each candidate for the finding; nothing where it is cleared already."""
        key = (identity(finding), id(seen))
        if key not in self._known:
            self._known[key] = (seen, self._tried(finding, seen))
        return self._known[key][1]

    def safe(self, finding: Finding, seen: Seen) -> tuple[Simulated, ...]:
        """Return the candidates that clear the finding and do no harm, the lightest first."""
        found = (one for one in self.of(finding, seen) if isinstance(one, Simulated))
        return tuple(sorted(found, key=lambda one: one.weight))

    def outcome(self, changes: Candidate, before: Snapshot, seen: Seen, *, left: int, grants: int) -> Weight:
        """Return what changes weigh that lead from a world to another that was looked at."""
        effect = difference(before, seen.world)
        return weight_of(changes, Outcome(before, seen.world, effect, left, grants), self._causes)

    def _tried(self, finding: Finding, seen: Seen) -> tuple[Simulated | Obstacle, ...]:
        if identity(finding) not in seen.identities:
            return ()
        found = candidates(finding.cause, seen.world)
        return tuple(one if isinstance(one, Obstacle) else self._simulate(one, finding, seen) for one in found)

    def _simulate(self, changes: Candidate, finding: Finding, seen: Seen) -> Simulated | Obstacle:
        after = look(apply(changes, seen.world), self._balancer)
        fresh = tuple(one for one in after.findings if identity(one) not in seen.identities)
        effect = difference(seen.world, after.world)
        obstacle = _ineffective(finding, after, fresh, seen) or _harmful(hurt(effect, seen.world, self._balancer))
        if obstacle:
            return replace(obstacle, what=" and ".join(change.summary for change in changes))
        grants = granted(changes, finding.cause, seen.world)
        against = tuple(dict.fromkeys(filter(None, (intent_against(change, seen.world) for change in changes))))
        outcome = Outcome(seen.world, after.world, effect, grants=len(grants))
        return Simulated(finding, changes, after, grants, fresh, against, weight_of(changes, outcome, self._causes))


def _ineffective(finding: Finding, after: Seen, fresh: Sequence[Finding], seen: Seen) -> Obstacle | None:
    """Return that the finding would stay, in whole or in part, or that another would come."""
    if identity(finding) in after.identities:
        return Obstacle("would not clear it", f"find what else stops it: {finding.sentence}")
    for one in fresh:
        if _was_hidden(one, seen.findings):
            continue
        if one.key == finding.key:
            return Obstacle(
                f"would clear only a part of it, and leave: {one.sentence}", f"repair the rest: {one.sentence}"
            )
        return Obstacle(f"would bring another fault: {one.sentence}", f"repair first what is behind it: {one.sentence}")
    return None


def _harmful(harm: str | None) -> Obstacle | None:
    if harm is None:
        return None
    return Obstacle(harm, "decide whether they may lose that, or give them a subnet, a table or an ACL of their own")


def _was_hidden(fresh: Finding, present: Sequence[Finding]) -> bool:
    """Say whether a finding that was not there stands in the way of nothing but what something stood in the way of.

    A route that is missing hides the firewall behind it. What hinders a need that was met is harm.
    """
    hindered = {need for one in present for need in one.needs}
    return bool(fresh.needs) and set(fresh.needs) <= hindered
