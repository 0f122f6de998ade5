"""Choose the lightest set of candidates for findings: jointly where candidates share what they change.

What two findings ask of one network ACL is one question: an entry for the one may serve the other, or be in its way.
So the candidates of such findings are combined, leaving one out included, as long as there are few combinations. All
other findings are taken one after the other, and what turns out to be superfluous is taken out again at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from pathmend.network.difference import difference
from pathmend.plans.bystanders import hurt
from pathmend.plans.candidates import candidates
from pathmend.plans.obstacle import Obstacle
from pathmend.plans.simulated import identity, look
from pathmend.plans.steps import apply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.changes.change import Change
    from pathmend.diagnosis.finding import Finding
    from pathmend.plans.dependency_candidates import Candidate
    from pathmend.plans.simulated import Seen, Simulated, Trials
    from pathmend.plans.weight import Weight
    from pathmend.snapshot.world import Snapshot

MOST_COMBINATIONS = 64
_SHARED = 2


@dataclass(frozen=True, slots=True)
class Chosen:
    """Candidates in the order in which they are made, and the world that they lead to."""

    candidates: tuple[Simulated, ...]
    end: Seen


def sharing(first: Finding, others: Iterable[Finding], world: Snapshot) -> list[Finding]:
    """Return the finding and those of the others whose candidates change a resource that its candidates change."""
    slots = _slots(first, world)
    return [first, *(one for one in others if slots & _slots(one, world))]


def _slots(finding: Finding, world: Snapshot) -> set[str]:
    return {change.resources[0] for candidate in _made(finding, world) for change in candidate}


def _made(finding: Finding, world: Snapshot) -> list[Candidate]:
    return [one for one in candidates(finding.cause, world) if not isinstance(one, Obstacle)]


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses among the candidates that may go against just these intents."""

    trials: Trials
    against: tuple[str, ...]

    def choose(self, group: Sequence[Finding], start: Seen) -> Chosen:
        """Return the lightest set of candidates for the group, in the order in which none does harm.

        All orders are tried: what one candidate closes, another may have to open first.
        """
        counts = [len(_made(one, start.world)) for one in group]
        if len(group) < _SHARED or max(counts) < _SHARED or prod(count + 1 for count in counts) > MOST_COMBINATIONS:
            return self._one_by_one(group, start)
        found = self._combinations(group, Chosen((), start), set())
        return min(found, key=lambda one: self._weight(one, group, start))

    def _allowed(self, finding: Finding, seen: Seen) -> tuple[Simulated, ...]:
        return tuple(one for one in self.trials.safe(finding, seen) if one.against == self.against)

    def _combinations(
        self, group: Sequence[Finding], so_far: Chosen, reached: set[frozenset[Change]]
    ) -> Iterator[Chosen]:
        """Yield each choice of a candidate, or of none, for each finding: what one clears needs none of its own.

        The same changes in another order lead to the same world, so that is looked at once.
        """
        yield so_far
        for place, finding in enumerate(group):
            rest = [*group[:place], *group[place + 1 :]]
            for one in self._allowed(finding, so_far.end):
                longer = Chosen((*so_far.candidates, one), one.after)
                key = frozenset(change for each in longer.candidates for change in each.changes)
                if key not in reached:
                    reached.add(key)
                    yield from self._combinations(rest, longer, reached)

    def _weight(self, chosen: Chosen, group: Sequence[Finding], start: Seen) -> Weight:
        changes = [change for one in chosen.candidates for change in one.changes]
        left = sum(identity(one) in chosen.end.identities for one in group)
        grants = sum(len(one.grants) for one in chosen.candidates)
        return self.trials.outcome(changes, start.world, chosen.end, left=left, grants=grants)

    def _one_by_one(self, group: Sequence[Finding], start: Seen) -> Chosen:
        chosen: list[Simulated] = []
        for finding in group:
            lightest = next(iter(self._allowed(finding, start)), None)
            if lightest:
                chosen.append(lightest)
                start = lightest.after
        return Chosen(tuple(chosen), start)


def without_superfluous(chosen: Chosen, before: Snapshot, load_balancer_arn: str) -> Chosen:
    """Return the choice without every change that is not needed: the same is cleared, and nothing new is there.

    The last one first, as what came before it was chosen without it; so nothing can be left out of what remains.
    """
    steps = [(one, change) for one in chosen.candidates for change in one.changes]
    for place in reversed(range(len(steps))):
        fewer = [*steps[:place], *steps[place + 1 :]]
        end = _still_well([change for _, change in fewer], chosen.end, before, load_balancer_arn) if fewer else None
        if end:
            steps, chosen = fewer, replace(chosen, end=end)
    kept = (_having(one, steps) for one in chosen.candidates)
    return replace(chosen, candidates=tuple(one for one in kept if one.changes))


def _having(candidate: Simulated, steps: Sequence[tuple[Simulated, Change]]) -> Simulated:
    return replace(candidate, changes=tuple(change for owner, change in steps if owner is candidate))


def _still_well(changes: Sequence[Change], end: Seen, before: Snapshot, load_balancer_arn: str) -> Seen | None:
    """Return the world that these changes lead to, if it is no worse than the other and nobody is hurt."""
    after = look(apply(changes, before), load_balancer_arn)
    if not after.identities <= end.identities:
        return None
    return None if hurt(difference(before, after.world), before, load_balancer_arn) else after
