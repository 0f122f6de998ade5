"""Assess a subject: read it, diagnose it, plan, decide. The same for a first look and for every round after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.diagnosis.diagnose import diagnose, wanted_figures
from pathmend.guardrails.decide import decide
from pathmend.incidents.gathering import gathered
from pathmend.incidents.older_words import without_older_words
from pathmend.plans.make import NoPlan, make_plan

if TYPE_CHECKING:
    from collections.abc import Collection

    from pathmend.diagnosis.finding import Diagnosis
    from pathmend.guardrails.circumstances import Circumstances
    from pathmend.guardrails.decision import Decision
    from pathmend.guardrails.rules import Rules
    from pathmend.incidents.incident import Incident
    from pathmend.incidents.ports import Ports
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found, what would repair it, and what may be done; without a plan, the decision says why.

    `snapshot` is the world that it was found in, where one could be read.
    """

    diagnosis: Diagnosis | None
    plan: Plan | None
    decision: Decision
    snapshot: Snapshot | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return the assessment as sentences for the journal."""
        found = [
            f"found: {f.sentence} ({f.certainty.value})" for f in (self.diagnosis.findings if self.diagnosis else ())
        ]
        seen = (*self.diagnosis.unknown, *self.diagnosis.dependencies_unknown) if self.diagnosis else ()
        unknown = [f"unknown: {text}" for text in seen]
        planned = [f"planned: {step.change.summary}" for step in (self.plan.steps if self.plan else ())]
        waits = [f"waits for a round of its own: {text}" for text in (self.plan.deferred if self.plan else ())]
        decided = f"decided to {self.decision.mode.value}: {'; '.join(self.decision.reasons)}"
        return (*found, *unknown, *planned, *waits, decided)


def assess(
    subject: str,
    ports: Ports,
    *,
    symptoms: Collection[str] = (),
    quiet: str | None = None,
    changed_by: Incident | None = None,
) -> Assessment:
    """Read the load balancer's world and return the assessment of it.

    `changed_by` is the incident whose own changes may be newer than what is said of the targets' health.

    Raises:
        NotFoundError: the load balancer does not exist (any more).
        TemporaryError: AWS throttled or did not answer.
    """
    snapshot = ports.world.read(subject)
    if changed_by:
        snapshot = without_older_words(changed_by, snapshot, ports.clock.now())
    figures = ports.figures.read(wanted_figures(snapshot, subject))
    diagnosis = diagnose(snapshot, subject, figures, symptoms=symptoms)
    planned = planned_for(diagnosis, snapshot)
    circumstances = gathered(subject, planned, snapshot, ports, quiet=quiet)
    return judged(diagnosis, planned, snapshot, rules=ports.rules, circumstances=circumstances)


def planned_for(diagnosis: Diagnosis, snapshot: Snapshot) -> Plan | NoPlan:
    """Return what would repair a world that was read; without a plan, the reason names what is unknown, too."""
    planned = make_plan(diagnosis, snapshot)
    if isinstance(planned, NoPlan) and diagnosis.unknown:
        return NoPlan("; ".join((planned.reason, *(f"unknown: {text}" for text in diagnosis.unknown))))
    return planned


def judged(
    diagnosis: Diagnosis, planned: Plan | NoPlan, snapshot: Snapshot, *, rules: Rules, circumstances: Circumstances
) -> Assessment:
    """Return the diagnosis with what would repair it and what may be done."""
    decision = decide(planned, snapshot, rules, circumstances)
    return Assessment(diagnosis, None if isinstance(planned, NoPlan) else planned, decision, snapshot)
