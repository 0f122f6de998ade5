"""Decide what may be done with a plan. Every reason is a sentence; the strictest of them wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.breakers import open_breakers
from pathmend.guardrails.calendar import freezes_at
from pathmend.guardrails.code_owned import owners_of, ownership_verdicts
from pathmend.guardrails.decision import Decision, Mode, strictest
from pathmend.guardrails.limits import limits_reached
from pathmend.guardrails.matching import rule_verdicts
from pathmend.guardrails.openings import forbidden_openings
from pathmend.guardrails.service_health import ongoing_issues
from pathmend.guardrails.tags import tag_verdicts
from pathmend.plans.intents import intent_against
from pathmend.plans.make import NoPlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.guardrails.circumstances import Circumstances
    from pathmend.guardrails.decision import Verdict
    from pathmend.guardrails.rules import Rules
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot

_WEIGHED = ("NetworkAcls", "NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "TagDescriptions")
"""Kinds by which a plan's effect on others, and what its owner's tags forbid, are weighed."""


def decide(plan: Plan | NoPlan, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> Decision:
    """Return the mode for the plan: the loosest that no rule, tag or refusal forbids.

    An alarm that is muted or suppressed is reported, never acted on.
    """
    if isinstance(plan, NoPlan):
        return Decision(Mode.REPORT, (plan.reason,), rules.version)
    verdicts = (*_of_the_moment(plan, snapshot, rules, circumstances), *_standing(plan, snapshot, rules, circumstances))
    mode = strictest(mode for mode, _ in verdicts)
    reasons = tuple(dict.fromkeys(reason for own, reason in verdicts if own is mode))
    return Decision(mode, reasons, rules.version, owners_of(plan, circumstances.owned))


def refusals(plan: Plan, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> tuple[str, ...]:
    """Return why the plan must not be carried out, whoever approved it; nothing where it may be.

    Ask again just before the first change; what the plan has begun must not be in the circumstances yet.
    """
    return (
        *_refused(_of_the_moment(plan, snapshot, rules, circumstances)),
        *_refused(_standing(plan, snapshot, rules, circumstances)),
    )


def refusals_of_undo(plan: Plan, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> tuple[str, ...]:
    """Return why a plan that a person asks for, and that only undoes own changes, must not be carried out.

    Neither limits nor breakers nor the kill switch are in its way: they may be why it is asked for.
    """
    return _refused(_standing(plan, snapshot, rules, circumstances))


def _refused(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for mode, reason in verdicts if mode is Mode.REPORT))


def _of_the_moment(plan: Plan, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> Iterator[Verdict]:
    """Yield what holds Pathmend itself back now."""
    if rules.kill_switch:
        yield Mode.REPORT, "the kill switch is on: nothing is changed"
    if circumstances.quiet:
        yield Mode.REPORT, circumstances.quiet
    yield from limits_reached(plan, snapshot, rules.limits, circumstances)
    yield from open_breakers(plan, circumstances)


def _standing(plan: Plan, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> Iterator[Verdict]:
    """Yield what holds for any change of these resources, whoever makes it."""
    for kind in (kind for kind in _WEIGHED if kind in snapshot.unread):
        yield Mode.REPORT, f"{kind}: not read, so whom the plan would hurt is unknown ({snapshot.unread[kind]})"
    yield from freezes_at(rules.freezes, circumstances.now)
    yield from ongoing_issues(plan, snapshot, circumstances)
    openings = forbidden_openings(plan, snapshot, most=rules.most_opened)
    yield from ((Mode.REPORT, sentence) for sentence in openings)
    yield from tag_verdicts(plan, snapshot, rules, circumstances.subject)
    yield rules.ceiling, f"the account-wide mode is {rules.ceiling.value}"
    for step in plan.steps:
        yield from rule_verdicts(step, snapshot, rules, circumstances)
        against = intent_against(step.change, snapshot)
        if against:
            yield Mode.ASK, against
    yield from ownership_verdicts(plan, circumstances.owned, rules)
