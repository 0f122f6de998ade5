"""Decide what may be done with a plan. Every reason is a sentence; the strictest of them wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.openings import forbidden_openings
from pathmend.plans.intents import intent_against
from pathmend.plans.make import NoPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.guardrails.circumstances import Circumstances
    from pathmend.guardrails.rules import Rules
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.resources import Tags
    from pathmend.snapshot.world import Snapshot

MODE_TAG = "pathmend:mode"
_WEIGHED = ("NetworkAcls", "NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "TagDescriptions")
"""Kinds by which a plan's effect on others, and what its owner's tags forbid, are weighed."""

_STRICTNESS = (Mode.REPORT, Mode.ASK, Mode.ACT)


def decide(plan: Plan | NoPlan, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> Decision:
    """Return the mode for the plan: the loosest that no rule, tag or refusal forbids.

    An alarm that is muted or suppressed is reported, never acted on.
    """
    if isinstance(plan, NoPlan):
        return Decision(Mode.REPORT, (plan.reason,))
    verdicts = [*_refusals(plan, snapshot, rules, circumstances.quiet), *_wishes(plan, snapshot, rules)]
    strictest = min((mode for mode, _ in verdicts), key=_STRICTNESS.index)
    return Decision(strictest, tuple(dict.fromkeys(reason for mode, reason in verdicts if mode is strictest)))


def _refusals(plan: Plan, snapshot: Snapshot, rules: Rules, quiet: str | None) -> Iterator[tuple[Mode, str]]:
    if rules.kill_switch:
        yield Mode.REPORT, "the kill switch is on: nothing is changed"
    if quiet:
        yield Mode.REPORT, quiet
    for kind in (kind for kind in _WEIGHED if kind in snapshot.unread):
        yield Mode.REPORT, f"{kind}: not read, so whom the plan would hurt is unknown ({snapshot.unread[kind]})"
    yield from ((Mode.REPORT, sentence) for sentence in forbidden_openings(plan, snapshot))


def _wishes(plan: Plan, snapshot: Snapshot, rules: Rules) -> Iterator[tuple[Mode, str]]:
    yield rules.ceiling, f"the account-wide mode is {rules.ceiling.value}"
    for step in plan.steps:
        mode = rules.mode_of(step.change.kind)
        yield mode, f"the rule for {step.change.kind} is {mode.value}"
        against = intent_against(step.change, snapshot)
        if against:
            yield Mode.ASK, against
    for resource_id in _touched(plan):
        resource = snapshot.find(resource_id)
        if resource is not None:
            yield from _from_tags(resource_id, resource.tags)


def _touched(plan: Plan) -> tuple[str, ...]:
    """Return what the plan touches or relies on, and what its undo would: the table that a subnet leaves, too."""
    undone = (resource for step in plan.steps for resource in step.undo.resources)
    return tuple(dict.fromkeys((*plan.resources, *undone)))


def _from_tags(resource_id: str, tags: Tags) -> Iterator[tuple[Mode, str]]:
    """Yield what a resource's tags say; AWS spells FIS's tag managedByFIS and managedbyFIS, so case is ignored."""
    for key, value in tags:
        if key.lower() == "managedbyfis" and value.lower() == "true":
            yield (
                Mode.REPORT,
                f"{resource_id} is managed by AWS Fault Injection Service (tag {key}): an experiment runs",
            )
        if key == MODE_TAG:
            yield _tagged_mode(value), f"{resource_id} is tagged {MODE_TAG}={value}"


def _tagged_mode(value: str) -> Mode:
    """Return the mode that the tag names; a value that is none is the strictest: somebody wanted a restriction."""
    return next((mode for mode in Mode if mode.value == value.strip().lower()), Mode.REPORT)
