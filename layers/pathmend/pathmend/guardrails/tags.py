"""What tags say: the mode of a resource, an experiment that runs on it, what the rules allow and exclude by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.decision import Mode
from pathmend.guardrails.touched import affected_subnets, changed, surroundings, taggable, tags_of, touched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.guardrails.decision import Verdict
    from pathmend.guardrails.rules import Rules, TagPattern
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.resources import Tags
    from pathmend.snapshot.world import Snapshot

MODE_TAG = "pathmend:mode"
_MANAGED = frozenset({"managedbyfis", "managedbyawsfis", "fismanaged", "awsfismanaged", "managedbyfaultinjection"})
_MANAGER = frozenset({"managedby", "manager", "createdby", "awsmanagedby"})
_INJECTION = frozenset({"fis", "awsfis"})
_NO = frozenset({"false", "no", "0", "off", "none"})


def tag_verdicts(plan: Plan, snapshot: Snapshot, rules: Rules, load_balancer_arn: str) -> Iterator[Verdict]:
    """Yield what tags say, of what the plan touches, the subnets that it affects, its VPCs and the load balancer.

    What it only relies on, such as the gateway that a route leads to, is not always read, and is not changed.
    """
    own = touched(plan)
    relied_on = {*own} - {*changed(plan)}
    around = (*affected_subnets(plan.steps, snapshot), *surroundings(own, snapshot, load_balancer_arn))
    for resource_id in dict.fromkeys((*own, *around)):
        tags = tags_of(resource_id, snapshot)
        if tags is None and resource_id not in relied_on:
            yield from _unread(resource_id, rules)
        yield from _said(resource_id, tags or ())
        yield from _excluded(resource_id, tags or (), rules)
    for resource_id in taggable(own, snapshot):
        tags = tags_of(resource_id, snapshot)
        if rules.allowed and not (tags and any(carries(tags, pattern) for pattern in rules.allowed)):
            yield Mode.REPORT, f"{resource_id} is outside the allow list: it carries none of {_patterns(rules.allowed)}"


def carries(tags: Tags, pattern: TagPattern) -> bool:
    """Say whether one of the tags has the pattern's key and, where it is not "*", its value, both exactly.

    So is asked what lets act: for what holds back see `resembles`.
    """
    key, value = pattern
    return any(key == own and value in ("*", held) for own, held in tags)


def resembles(tags: Tags, pattern: TagPattern) -> bool:
    """Say whether one of the tags is the pattern's, in any case and with white space at its ends.

    So is asked what holds back: how somebody who tagged a resource wrote the tag must not make it free.
    """
    key, value = map(_loose, pattern)
    return any(key == _loose(own) and value in ("*", _loose(held)) for own, held in tags)


def _loose(text: str) -> str:
    return text.strip().casefold()


def _unread(resource_id: str, rules: Rules) -> Iterator[Verdict]:
    sentence = f"the tags of {resource_id} were not read, so what they forbid is unknown"
    yield (Mode.REPORT if rules.excluded else Mode.ASK), sentence


def _said(resource_id: str, tags: Tags) -> Iterator[Verdict]:
    for key, value in tags:
        if _injects_faults(key, value):
            words = f"managed by AWS Fault Injection Service (tag {key}={value}): an experiment runs"
            yield Mode.REPORT, f"{resource_id} is {words}"
        if key.strip().lower() == MODE_TAG:
            yield _tagged_mode(value), f"{resource_id} is tagged {key}={value}"


def _excluded(resource_id: str, tags: Tags, rules: Rules) -> Iterator[Verdict]:
    for pattern in rules.excluded:
        if resembles(tags, pattern):
            yield Mode.REPORT, f"{resource_id} carries the excluded tag {_patterns([pattern])}"


def _injects_faults(key: str, value: str) -> bool:
    """AWS spells the tag managedByFIS and managedbyFIS; people make more of it. Only a plain no is one.

    Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSFaultInjectionSimulatorNetworkAccess.html
    """
    name, held = _bare(key), _bare(value)
    return (name in _MANAGED and held not in _NO) or (name in _MANAGER and _is_injector(value))


def _is_injector(value: str) -> bool:
    """Say whether a manager's name is that of the service, alone or with that of an experiment."""
    words = "".join(char if char.isalnum() else " " for char in value.casefold()).split()
    return bool(_INJECTION & {*words, "".join(words)}) or "faultinjection" in "".join(words)


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _tagged_mode(value: str) -> Mode:
    """Return the mode that the tag names; a value that is none is the strictest: somebody wanted a restriction."""
    return next((mode for mode in Mode if mode.value == value.strip().lower()), Mode.REPORT)


def _patterns(patterns: Iterable[TagPattern]) -> str:
    return ", ".join(f"{key}={value}" for key, value in patterns)
