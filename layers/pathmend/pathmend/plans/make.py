"""Make the plan of a diagnosis: for each finding the candidate that clears it and opens least, proven on the model."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.diagnose import diagnose
from pathmend.diagnosis.finding import NoMechanicalRepair, WrongRouteTable
from pathmend.network.difference import difference
from pathmend.plans.fingerprint import fingerprint, resources_of, states_of
from pathmend.plans.needed import needed
from pathmend.plans.no_plan import NoPlan
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.plan import Plan
from pathmend.plans.simulated import best, identity
from pathmend.plans.steps import disrupted, risk, steps_of

__all__ = ["NoPlan", "make_plan"]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.diagnosis.finding import Diagnosis, Finding
    from pathmend.plans.simulated import Simulated
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The candidates of this round and those that wait, all findings that were met, and the world before and after."""

    now: tuple[Simulated, ...]
    later: tuple[Simulated, ...]
    findings: tuple[Finding, ...]
    before: Snapshot
    after: Snapshot


class _Round:
    """A round in the making: what is chosen leads to another world, in which the next finding is looked at."""

    def __init__(self, diagnosis: Diagnosis, before: Snapshot) -> None:
        self._balancer, self._before, self._world = diagnosis.load_balancer_arn, before, before
        self._findings = list(diagnosis.findings)
        self.now: list[Simulated] = []
        self.later: list[Simulated] = []

    def take(self, findings: Sequence[Finding], *, against: tuple[str, ...]) -> None:
        """Choose for each finding, and for those that come to light, what goes against these intents; others wait."""
        waiting = deque(findings)
        while waiting:
            found = best(waiting.popleft(), self._world, self._balancer)
            if found is None:
                continue
            if found.against != against:
                self.later.append(found)
                continue
            self.now.append(found)
            self._world = found.after
            fresh = [one for one in found.revealed if one not in self._findings]
            self._findings += fresh
            waiting += fresh

    def chosen(self) -> _Chosen:
        """Return what was chosen."""
        return _Chosen(tuple(self.now), tuple(self.later), tuple(self._findings), self._before, self._world)


def make_plan(diagnosis: Diagnosis, snapshot: Snapshot) -> Plan | NoPlan:
    """Return the smallest plan that clears as many findings as changes can, or why there is none.

    Findings are taken in their order; one that an earlier change cleared already needs none of its own. A candidate
    that brings a new finding, or closes what somebody else may use, is no candidate; what it reveals is taken too.

    What may go against somebody's intent waits for a round of its own, with nothing but what may go against the same:
    an approval is about one thing.
    """
    if not diagnosis.findings:
        return NoPlan("nothing to repair")
    chosen = _choose(diagnosis, without_outdated_health(snapshot, diagnosis.load_balancer_arn))
    if not chosen.now:
        return NoPlan("; ".join(dict.fromkeys(_advice(f) for f in diagnosis.findings)))
    return _plan(diagnosis.load_balancer_arn, chosen)


def _choose(diagnosis: Diagnosis, before: Snapshot) -> _Chosen:
    """Choose what only repairs; where there is nothing of that, what may go against the first of the intents."""
    plain = _Round(diagnosis, before)
    plain.take(diagnosis.findings, against=())
    if plain.now or not plain.later:
        return plain.chosen()
    first, *_ = plain.later
    bold = _Round(diagnosis, before)
    bold.take(diagnosis.findings, against=first.against)
    return bold.chosen()


def _advice(finding: Finding) -> str:
    match finding.cause:
        case NoMechanicalRepair(advice):
            return advice
        case WrongRouteTable(subnet_id, _, None):
            return f"choose the route table of {subnet_id}: no siblings that clients reach agree on one"
        case _:
            return f"no safe change clears {finding.code} of {finding.resource}"


def _plan(load_balancer_arn: str, chosen: _Chosen) -> Plan:
    changes = tuple(change for one in chosen.now for change in one.changes)
    repaired = _repaired(load_balancer_arn, chosen)
    waiting = [one.finding for one in chosen.later if one.finding not in repaired]
    effect = difference(chosen.before, chosen.after)
    causes = [finding.cause for finding in chosen.findings]
    beyond = tuple(reach for reach in effect.opened if not needed(reach, causes, chosen.before))
    disrupts = disrupted(changes, chosen.before)
    grants = tuple(dict.fromkeys(text for one in chosen.now for text in one.grants))
    moves = bool(effect.closed or effect.rerouted or disrupts or grants)
    return Plan(
        steps=tuple(steps_of(changes, chosen.before)),
        repairs=tuple(f.sentence for f in repaired),
        leaves=tuple(f.sentence for f in chosen.findings if f not in repaired and f not in waiting),
        effect=effect,
        disrupts=disrupts,
        risk=risk(beyond=bool(beyond), moves=moves),
        resources=resources_of(changes, chosen.before),
        fingerprint=fingerprint(changes, chosen.before),
        beyond=beyond,
        grants=grants,
        deferred=tuple(f.sentence for f in waiting),
        states=states_of(changes, chosen.before),
    )


def _repaired(load_balancer_arn: str, chosen: _Chosen) -> list[Finding]:
    """Return the findings that are gone after the plan, without health that a blocked path made out of date."""
    left = {identity(f) for f in diagnose(chosen.after, load_balancer_arn).findings}
    judged = {identity(f) for f in diagnose(chosen.before, load_balancer_arn).findings}
    judged |= {identity(f) for one in chosen.now for f in one.revealed}
    return [f for f in chosen.findings if identity(f) in judged - left]
