"""Alarm rules of composite alarms: ALARM(x), OK(x), INSUFFICIENT_DATA(x), TRUE, FALSE with AND, OR, NOT."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<check>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|(?P<plain>[^)\s]+))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))"
)
Token = tuple[str, str]


class Rule:
    """A parsed alarm rule.

    Raises:
        ValueError: The rule cannot be read.
    """

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._text = text
        self.children = tuple(dict.fromkeys(name for _, name in self._tokens if name))

    def holds(self, states: Mapping[str, str]) -> bool:
        """Say whether the rule holds, given each child's state by its name."""
        rest = list(self._tokens)
        answer = _either(rest, states)
        if rest:
            raise ValueError(f"the alarm rule goes on where it should end: {self._text}")
        return answer


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, text = 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise ValueError(f"cannot read the alarm rule at {text[at : at + 20]!r}")
        name = match["quoted"] or match["plain"] or ""
        found.append((match["check"] or match["word"], name.rpartition(":alarm:")[2]))
        at = match.end()
    return found


def _either(rest: list[Token], states: Mapping[str, str]) -> bool:
    answer = _both(rest, states)
    while rest and rest[0][0] == "OR":
        rest.pop(0)
        answer = _both(rest, states) or answer
    return answer


def _both(rest: list[Token], states: Mapping[str, str]) -> bool:
    answer = _one(rest, states)
    while rest and rest[0][0] == "AND":
        rest.pop(0)
        answer = _one(rest, states) and answer
    return answer


def _one(rest: list[Token], states: Mapping[str, str]) -> bool:
    if not rest:
        raise ValueError("the alarm rule ends too early")
    word, name = rest.pop(0)
    match word:
        case "NOT":
            return not _one(rest, states)
        case "(":
            answer = _either(rest, states)
            rest.pop(0)
            return answer
        case "TRUE" | "FALSE":
            return word == "TRUE"
        case _:
            return states.get(name) == word
