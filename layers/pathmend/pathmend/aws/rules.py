"""A user's rules, from their JSON."""

from __future__ import annotations

import json
from typing import Any

import cattrs
from attrs import Factory, frozen

from pathmend.aws.catalogue import KINDS
from pathmend.aws.problems import problems
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules

_STRICTNESS = (Mode.REPORT, Mode.ASK, Mode.ACT)


@frozen
class RulesJson:
    """The shape of the rules: {"ceiling": "ask", "by_kind": {"ModifyMatcher": "act"}, "kill_switch": false}."""

    ceiling: Mode = Mode.ACT
    by_kind: dict[str, Mode] = Factory(dict)
    kill_switch: bool = False


def _flag(value: Any, _: object) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")  # noqa: TRY004 - cattrs reports both alike
    return value


_CONVERTER = cattrs.Converter(forbid_extra_keys=True)
# bool("false") is True: cattrs' own hook would read the kill switch of a careless edit wrongly.
_CONVERTER.register_structure_hook(bool, _flag)


def rules_from(text: str, *, ceiling: Mode, where: str) -> Rules:
    """Return the rules in force: those of the JSON `text`, never looser than `ceiling`, the stack's own mode.

    Raises:
        PermanentError: the rules are invalid. Nothing is treated until they are mended: whatever they were meant to
            forbid must not happen meanwhile. The message names `where` they stand and the path of what is wrong.
    """
    try:
        given = _CONVERTER.structure(json.loads(text), RulesJson)
    except (cattrs.BaseValidationError, ValueError, TypeError, AttributeError) as exc:
        raise PermanentError(f"the rules in {where} are invalid: {problems(exc, 'rules')}") from exc
    unknown = sorted(set(given.by_kind) - set(KINDS))
    if unknown:
        kinds = ", ".join(sorted(KINDS))
        raise PermanentError(f"the rules in {where} are invalid: {unknown[0]!r} is no kind of change (known: {kinds})")
    strictest = min(ceiling, given.ceiling, key=_STRICTNESS.index)
    return Rules(ceiling=strictest, by_kind=tuple(sorted(given.by_kind.items())), kill_switch=given.kill_switch)
