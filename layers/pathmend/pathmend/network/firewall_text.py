"""Suricata's rules as text, taken apart: header, and options with where they stand.

Source: https://docs.suricata.io/en/suricata-7.0.8/rules/intro.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_ARROW = re.compile(r"<>|->|<-")
BOTH_WAYS = "<>"
FORWARDS = "->"
_ENDS = 2
_START = 4


class Header(NamedTuple):
    """Which packets a rule speaks of, as written; `arrow` is "->" or "<>"."""

    protocol: str
    source: str
    source_ports: str
    arrow: str
    destination: str
    destination_ports: str


class Option(NamedTuple):
    """One keyword with its value, which is empty where it has none; `start` is where it stands in the rule's text."""

    keyword: str
    value: str
    start: int


class RuleText(NamedTuple):
    """One rule: the lines it stands in (the first, and the one after the last), its text as one line.

    `header` is None where the rule cannot be taken apart.
    """

    lines: tuple[int, int]
    text: str
    action: str
    header: Header | None
    options: tuple[Option, ...] = ()


def rules_in(text: str) -> Iterator[RuleText]:
    """Yield the rules of a text, without comments and empty lines; a backslash at its end continues a line."""
    first, pending = 0, ""
    for index, line in enumerate(text.splitlines()):
        first = first if pending else index
        pending += line.strip()
        if pending.endswith("\\") and not pending.startswith("#"):
            pending = pending[:-1].rstrip() + " "
            continue
        if pending and not pending.startswith("#"):
            yield _rule((first, index + 1), pending)
        pending = ""
    if pending:
        yield _rule((first, len(text.splitlines())), pending.strip())


def _rule(lines: tuple[int, int], text: str) -> RuleText:
    head, bracket, body = text.partition("(")
    action = head.split(maxsplit=1)[0].lower() if head.strip() else ""
    header = _header(head)
    if not bracket or not body.endswith(")") or header is None:
        return RuleText(lines, text, action, None)
    return RuleText(lines, text, action, header, tuple(_options(body[:-1], len(head) + 1)))


def _header(head: str) -> Header | None:
    arrow = _ARROW.search(head)
    if arrow is None:
        return None
    left, right = _words(head[: arrow.start()]), _words(head[arrow.end() :])
    if len(left) != _START or len(right) != _ENDS or arrow.group() == "<-":
        return None
    return Header(left[1].lower(), left[2], left[3], arrow.group(), right[0], right[1])


def _words(text: str) -> list[str]:
    """Return what spaces outside of brackets set apart."""
    words, depth = [""], 0
    for sign in text.strip():
        depth += (sign == "[") - (sign == "]")
        if sign.isspace() and depth == 0:
            words.append("")
        else:
            words[-1] += sign
    return [word for word in words if word]


def _options(body: str, offset: int) -> Iterator[Option]:
    start = 0
    for end in _ends(body):
        keyword, _, value = body[start:end].partition(":")
        indent = len(keyword) - len(keyword.lstrip())
        if keyword.strip():
            yield Option(keyword.strip(), value.strip(), offset + start + indent)
        start = end + 1


def _ends(body: str) -> Iterator[int]:
    """Yield where options end: at semicolons that are neither quoted nor escaped, and at the end."""
    quoted = escaped = False
    for index, sign in enumerate(body):
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == ";" and not quoted:
            yield index
    yield len(body)
