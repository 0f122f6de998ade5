"""Which of a user's rules hold for a change: here, now, on these resources.

What cannot be known is decided on the safe side: a rule that lets act does not hold on it, one that holds back does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pathmend.guardrails.arn import place_of
from pathmend.guardrails.calendar import within
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.tags import carries, resembles
from pathmend.guardrails.touched import affected_subnets, surroundings, taggable, tags_of, touched_by, vpc_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pathmend.guardrails.circumstances import Circumstances
    from pathmend.guardrails.decision import Verdict
    from pathmend.guardrails.rules import Rule, Rules
    from pathmend.plans.plan import PlannedChange
    from pathmend.snapshot.resources import Tags
    from pathmend.snapshot.world import Snapshot

_Answers: TypeAlias = "tuple[bool | None, ...]"
"""Whether a condition is met, of each that it is asked of; None where that is unknown."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A change as rules see it. Environments are sets: a resource may be tagged twice, in two spellings of the key.

    `tagged` are the tags of what it touches, `around` those of the subnets, VPCs and the load balancer about it.
    """

    kind: str
    account: str
    region: str
    now: datetime
    environments: tuple[frozenset[str], ...]
    tagged: tuple[Tags | None, ...]
    around: tuple[Tags | None, ...]


def rule_verdicts(
    step: PlannedChange, snapshot: Snapshot, rules: Rules, circumstances: Circumstances
) -> Iterator[Verdict]:
    """Yield the mode of every rule that holds for a step; where none does, it is asked about.

    The mode of its kind is a rule about that kind, everywhere and always.
    """
    case, kind = _case(step, snapshot, rules, circumstances), step.change.kind
    found = [
        (rule.mode, f"rule {number} ({_words(rule)}) says {rule.mode.value} for {kind}{unknown}")
        for number, rule in enumerate(rules.rules, 1)
        if (unknown := _holds(rule, case, rules)) is not None
    ]
    if kind in dict(rules.by_kind) or not found:
        mode = rules.mode_of(kind)
        found.append((mode, f"the rule for {kind} is {mode.value}"))
    yield from found


def _case(step: PlannedChange, snapshot: Snapshot, rules: Rules, circumstances: Circumstances) -> _Case:
    own, balancer = taggable(touched_by(step), snapshot), circumstances.subject
    around = (*affected_subnets([step], snapshot), *surroundings(own, snapshot, balancer))
    place = place_of(balancer)
    return _Case(
        step.change.kind,
        place.account,
        place.region,
        circumstances.now,
        tuple(_environments((one, vpc_of(one, snapshot), balancer), snapshot, rules.environment_tag) for one in own),
        tuple(tags_of(one, snapshot) for one in own),
        tuple(tags_of(one, snapshot) for one in around),
    )


def _environments(places: Iterable[str], snapshot: Snapshot, key: str) -> frozenset[str]:
    """Return the environment that the first of the places names; none where they name none.

    None, too, where one was not read or its tag is blank: what it would name is unknown, whatever the next one names.
    """
    wanted = key.strip().casefold()
    for place in filter(None, places):
        tags = tags_of(place, snapshot)
        if tags is None:
            break
        found = frozenset(value.strip().casefold() for own, value in tags if own.strip().casefold() == wanted)
        if found:
            return found if "" not in found else frozenset()
    return frozenset()


def _holds(rule: Rule, case: _Case, rules: Rules) -> str | None:
    """Return None where the rule does not hold; where it does, what is unknown of it, if anything."""
    unknown = []
    for name, answers in _conditions(rule, case, rules):
        if not _met(answers, rule.mode):
            return None
        if True not in answers:
            unknown.append(name)
    return f"; unknown, so on the safe side: {', '.join(unknown)}" if unknown else ""


def _met(answers: _Answers, mode: Mode) -> bool:
    if mode is Mode.ACT:
        return all(answer is True for answer in answers)
    return any(answer is not False for answer in answers)


def _conditions(rule: Rule, case: _Case, rules: Rules) -> Iterator[tuple[str, _Answers]]:
    """Yield the answers to each condition that the rule has."""
    if rule.kinds:
        yield "kind", (case.kind in rule.kinds,)
    if rule.accounts:
        yield "account", (case.account in rule.accounts if case.account else None,)
    if rule.regions:
        yield "region", (case.region in rule.regions if case.region else None,)
    if rule.environments:
        yield "environment", tuple(_in(found, rule) for found in case.environments)
    if rule.tags:
        # What holds back looks further: a tag on the VPC was meant for what is in it.
        asked, alike = (case.tagged, carries) if rule.mode is Mode.ACT else ((*case.tagged, *case.around), resembles)
        yield "tags", tuple(None if tags is None else all(alike(tags, one) for one in rule.tags) for tags in asked)
    if rule.hours:
        yield "hours", (_now(rule.hours, case.now, rules),)


def _in(found: frozenset[str], rule: Rule) -> bool | None:
    """A resource of two environments is in either as far as holding back goes, and in both only for acting."""
    if not found:
        return None
    wanted = {one.strip().casefold() for one in rule.environments}
    return found <= wanted if rule.mode is Mode.ACT else bool(found & wanted)


def _now(name: str, now: datetime, rules: Rules) -> bool | None:
    """Hours that nobody defined are unknown."""
    found = next((hours for hours in rules.hours if hours.name == name), None)
    return None if found is None else within(found, now)


def _words(rule: Rule) -> str:
    tags = tuple(f"{key}={value}" for key, value in rule.tags)
    given = (
        ("kinds", rule.kinds),
        ("accounts", rule.accounts),
        ("regions", rule.regions),
        ("environments", rule.environments),
        ("tags", tags),
        ("hours", (rule.hours,) if rule.hours else ()),
    )
    return "; ".join(f"{name} {', '.join(values)}" for name, values in given if values) or "everywhere"
