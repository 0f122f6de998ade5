"""A user's rules, from their JSON and back."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import cattrs

from pathmend.aws.problems import problems
from pathmend.aws.rules_shape import CONVERTER, DAYS, FreezeJson, HoursJson, RuleJson, RulesJson
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode, strictest
from pathmend.guardrails.rules import Freeze, Hours, Limits, Rule, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.guardrails.rules import TagPattern

_DIGEST = 12


class _Pairs(list[tuple[str, Any]]):
    """An object's keys and values as they stand in the text: a dict would hide that a key is there twice."""


def rules_from(text: str, *, ceiling: Mode, where: str) -> Rules:
    """Return the rules in force: those of the JSON `text`, never looser than `ceiling`, the stack's own mode.

    `where` says where they stand ("parameter /pathmend/rules, version 7"), and is part of the rules' version.

    Raises:
        PermanentError: the rules are invalid. Nothing is treated until they are mended: whatever they were meant to
            forbid must not happen meanwhile. The message names `where` they stand and the path of what is wrong.
    """
    try:
        given = CONVERTER.structure(_plain(json.loads(text, object_pairs_hook=_Pairs), "rules"), RulesJson)
    except RecursionError as exc:
        raise PermanentError(f"the rules in the {where} are invalid: they are nested too deeply") from exc
    except (cattrs.BaseValidationError, ValueError) as exc:
        raise PermanentError(f"the rules in the {where} are invalid: {problems(exc, 'rules')}") from exc
    undefined = "; ".join(_undefined(given))
    if undefined:
        raise PermanentError(f"the rules in the {where} are invalid: {undefined}")
    digest = sha256(text.encode()).hexdigest()[:_DIGEST]
    return _rules(given, strictest((ceiling, given.ceiling)), f"{where} (sha256 {digest})")


def _plain(value: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """Return the value with its objects as dicts.

    Raises:
        ValueError: a key is there twice: which of them was meant is unknown.
    """
    if isinstance(value, _Pairs):
        keys = [key for key, _ in value]
        twice = next((key for index, key in enumerate(keys) if key in keys[:index]), None)
        if twice is not None:
            raise ValueError(f"{path}.{twice} is there twice: leave one")
        return {key: _plain(one, f"{path}.{key}") for key, one in value}
    if isinstance(value, list):
        return [_plain(one, f"{path}[{index}]") for index, one in enumerate(value)]
    return value


def _undefined(given: RulesJson) -> Iterator[str]:
    for index, rule in enumerate(given.rules):
        if rule.hours and rule.hours not in given.hours:
            known = ", ".join(given.hours) or "none"
            yield f"rules.rules[{index}].hours: {rule.hours!r} is not defined in rules.hours (defined: {known})"


def _rules(given: RulesJson, ceiling: Mode, version: str) -> Rules:
    limits = given.limits
    return Rules(
        ceiling=ceiling,
        by_kind=tuple(sorted(given.by_kind.items())),
        kill_switch=given.kill_switch,
        rules=tuple(_rule(one) for one in given.rules),
        allowed=_patterns(given.allowed),
        excluded=_patterns(given.excluded),
        environment_tag=given.environment_tag,
        hours=tuple(_hours(name, one) for name, one in given.hours.items()),
        freezes=tuple(_freeze(one) for one in given.freezes),
        limits=Limits(limits.per_resource, limits.per_vpc, limits.per_account),
        most_opened=given.most_opened,
        owned_by_code=given.owned_by_code,
        terraform_tags=_patterns(given.terraform_tags),
        terraform_states=tuple(given.terraform_states),
        breaker_minutes=given.breaker_minutes,
        version=version,
    )


def _rule(given: RuleJson) -> Rule:
    return Rule(
        mode=given.mode,
        kinds=tuple(given.kinds),
        accounts=tuple(given.accounts),
        regions=tuple(given.regions),
        environments=tuple(given.environments),
        tags=tuple(given.tags.items()),
        hours=given.hours,
    )


def _hours(name: str, given: HoursJson) -> Hours:
    days = tuple(sorted(DAYS.index(day) for day in given.days))
    return Hours(name, days, given.start, given.end, given.time_zone)


def _freeze(given: FreezeJson) -> Freeze:
    return Freeze(given.begins, given.ends, given.reason)


def _patterns(given: Mapping[Any, Any]) -> tuple[TagPattern, ...]:
    return tuple((key, value) for key, values in given.items() for value in values)


def as_json(rules: Rules) -> dict[str, Any]:
    """Return the rules as their JSON, with every key; read again, it means the same."""
    limits = rules.limits
    return {
        "schema": 1,
        "ceiling": rules.ceiling.value,
        "kill_switch": rules.kill_switch,
        "by_kind": {kind: mode.value for kind, mode in rules.by_kind},
        "rules": [_rule_json(rule) for rule in rules.rules],
        "allowed": _patterns_json(rules.allowed),
        "excluded": _patterns_json(rules.excluded),
        "environment_tag": rules.environment_tag,
        "hours": {one.name: _hours_json(one) for one in rules.hours},
        "freezes": [
            {"begins": one.begins.isoformat(), "ends": one.ends.isoformat(), "reason": one.reason}
            for one in rules.freezes
        ],
        "limits": {
            "per_resource": limits.per_resource,
            "per_vpc": limits.per_vpc,
            "per_account": limits.per_account,
        },
        "most_opened": rules.most_opened,
        "owned_by_code": rules.owned_by_code.value,
        "terraform_tags": _patterns_json(rules.terraform_tags),
        "terraform_states": list(rules.terraform_states),
        "breaker_minutes": rules.breaker_minutes,
    }


def _rule_json(rule: Rule) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kinds": list(rule.kinds),
        "accounts": list(rule.accounts),
        "regions": list(rule.regions),
        "environments": list(rule.environments),
        "tags": dict(rule.tags),
        "hours": rule.hours,
    }
    return {"mode": rule.mode.value, **{key: value for key, value in said.items() if value}}


def _hours_json(hours: Hours) -> dict[str, Any]:
    return {
        "days": [DAYS[day] for day in hours.days],
        "start": f"{hours.start:%H:%M}",
        "end": f"{hours.end:%H:%M}",
        "time_zone": hours.time_zone,
    }


def _patterns_json(patterns: tuple[TagPattern, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in patterns:
        found.setdefault(key, []).append(value)
    return found
