"""Make the plan of a diagnosis: the smallest set of changes that clears what can be cleared, proven on the model."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.network.difference import difference
from pathmend.plans.choose import Chooser, Chosen, sharing, without_superfluous
from pathmend.plans.fingerprint import fingerprint, resources_of, states_of
from pathmend.plans.needed import beyond_need
from pathmend.plans.no_plan import NoPlan
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.plan import Plan
from pathmend.plans.refusals import refusal
from pathmend.plans.simulated import Trials, granted, identity, look
from pathmend.plans.steps import apply, disrupted, risk, steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.diagnosis.finding import Diagnosis, Finding
    from pathmend.plans.simulated import Seen, Simulated
    from pathmend.snapshot.world import Snapshot

__all__ = ["NoPlan", "make_plan"]


@dataclass(frozen=True, slots=True)
class _Made:
    """The candidates of this round, the findings that wait for another, and all findings that were met."""

    chosen: Chosen
    waiting: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    before: Seen


class _Round:
    """A round in the making: what is chosen leads to another world, in which the next findings are looked at."""

    def __init__(self, diagnosis: Diagnosis, before: Seen, trials: Trials, *, against: tuple[str, ...]) -> None:
        self._balancer, self._before, self._now = diagnosis.load_balancer_arn, before, before
        self._findings, self._trials, self._against = list(diagnosis.findings), trials, against
        self._taken: list[Simulated] = []
        self.later: list[Simulated] = []

    def take(self) -> None:
        """Choose for all findings and for those that come to light, until nothing that is left can be cleared.

        What could not be cleared is tried again after something else was: that may have been in its way.
        """
        waiting = deque(self._findings)
        refused: list[Finding] = []
        while waiting:
            group = sharing(waiting.popleft(), waiting, self._now.world)
            waiting = deque(one for one in waiting if one not in group)
            refused += group
            if self._take(group):
                fresh = self._fresh()
                self._findings += fresh
                waiting += [one for one in (*refused, *fresh) if self._may_be_cleared(one) and one not in waiting]
                refused = []

    def _fresh(self) -> list[Finding]:
        met = {identity(one) for one in self._findings}
        return [one for one in self._now.findings if identity(one) not in met]

    def _take(self, group: Sequence[Finding]) -> bool:
        """Choose for the group; what goes against other intents than those of this round waits."""
        own = [one for one in group if not self._waits(one)]
        chosen = Chooser(self._trials, self._against).choose(own, self._now) if own else Chosen((), self._now)
        self._taken += chosen.candidates
        self._now = chosen.end
        return bool(chosen.candidates)

    def _waits(self, finding: Finding) -> bool:
        """Say whether all that clears the finding goes against other intents: what goes against none is preferred."""
        safe = self._trials.safe(finding, self._now)
        if not safe or any(one.against == self._against for one in safe):
            return False
        self.later.append(safe[0])
        return True

    def _may_be_cleared(self, finding: Finding) -> bool:
        waits = any(identity(one.finding) == identity(finding) for one in self.later)
        return identity(finding) in self._now.identities and not waits

    def made(self) -> _Made:
        """Return what was chosen, without what turned out to be superfluous."""
        chosen = Chosen(tuple(self._taken), self._now)
        chosen = without_superfluous(chosen, self._before.world, self._balancer)
        left = chosen.end.identities
        waiting = tuple(one.finding for one in self.later if identity(one.finding) in left)
        return _Made(chosen, waiting, tuple(self._findings), self._before)


def make_plan(diagnosis: Diagnosis, snapshot: Snapshot) -> Plan | NoPlan:
    """Return the smallest plan that clears as many findings as changes can, or why there is none.

    A candidate that brings a new finding, or closes what somebody else may use, is no candidate; what it reveals is
    cleared too. Nothing can be left out of a plan: without any of its changes something that it clears would be left.

    What may go against somebody's intent waits for a round of its own, with nothing but what may go against the same:
    an approval is about one thing.
    """
    if not diagnosis.findings:
        return NoPlan("nothing to repair")
    arn = diagnosis.load_balancer_arn
    before = look(without_outdated_health(snapshot, arn), arn)
    trials = Trials(arn, [one.cause for one in diagnosis.findings])
    made = _choose(diagnosis, before, trials)
    if not made.chosen.candidates:
        return NoPlan("; ".join(dict.fromkeys(refusal(one, before, trials, arn) for one in diagnosis.findings)))
    return _plan(made, trials, arn)


def _choose(diagnosis: Diagnosis, before: Seen, trials: Trials) -> _Made:
    """Choose what only repairs; where there is nothing of that, what may go against the first of the intents."""
    plain = _Round(diagnosis, before, trials, against=())
    plain.take()
    made = plain.made()
    if made.chosen.candidates or not plain.later:
        return made
    first, *_ = plain.later
    bold = _Round(diagnosis, before, trials, against=first.against)
    bold.take()
    return bold.made()


def _plan(made: _Made, trials: Trials, load_balancer_arn: str) -> Plan:
    before, after = made.before.world, made.chosen.end.world
    changes = tuple(change for one in made.chosen.candidates for change in one.changes)
    repaired = _repaired(made)
    left = [one for one in made.findings if one not in repaired and one not in made.waiting]
    effect = difference(before, after)
    beyond = beyond_need(effect.opened, [finding.cause for finding in made.findings], before)
    disrupts, grants = disrupted(changes, before), _grants(made)
    moves = bool(effect.closed or effect.rerouted or disrupts or grants)
    return Plan(
        steps=tuple(steps_of(changes, before)),
        repairs=tuple(f.sentence for f in repaired),
        leaves=tuple(f.sentence for f in left),
        effect=effect,
        disrupts=disrupts,
        risk=risk(beyond=bool(beyond), moves=moves),
        resources=resources_of(changes, before),
        fingerprint=fingerprint(changes, before),
        beyond=beyond,
        grants=grants,
        deferred=tuple(f.sentence for f in made.waiting),
        states=states_of(changes, before),
        refusals=tuple(dict.fromkeys(refusal(one, made.chosen.end, trials, load_balancer_arn) for one in left)),
    )


def _repaired(made: _Made) -> list[Finding]:
    """Return the findings that are gone after the plan, without health that a blocked path made out of date."""
    judged = made.before.identities | {identity(f) for one in made.chosen.candidates for f in one.revealed}
    return [f for f in made.findings if identity(f) in judged - made.chosen.end.identities]


def _grants(made: _Made) -> tuple[str, ...]:
    world, found = made.before.world, list[str]()
    for one in made.chosen.candidates:
        found += granted(one.changes, one.finding.cause, world)
        world = apply(one.changes, world)
    return tuple(dict.fromkeys(found))
