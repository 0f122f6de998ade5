"""Where the parts of a JSON text stand, so that one can be edited and all others stay byte for byte as they were."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Span: TypeAlias = tuple[int, int]
"""Where a value begins, and the first place behind it."""

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


def members(text: str, start: int) -> dict[str, Span]:
    """Return where the values of the object that begins here stand; the text is JSON."""
    found, place = {}, _behind_space(text, _behind_space(text, start) + 1)
    while text[place] != "}":
        key, end = _DECODER.raw_decode(text, place)
        value = _value(text, _behind_space(text, end) + 1)
        found[key] = value
        place = _next(text, value[1])
    return found


def items(text: str, start: int) -> list[Span]:
    """Return where the items of the array that begins here stand; the text is JSON."""
    return list(_items(text, _behind_space(text, _behind_space(text, start) + 1)))


def _items(text: str, place: int) -> Iterator[Span]:
    while text[place] != "]":
        value = _value(text, place)
        yield value
        place = _next(text, value[1])


def _value(text: str, place: int) -> Span:
    start = _behind_space(text, place)
    return start, _DECODER.raw_decode(text, start)[1]


def _next(text: str, place: int) -> int:
    behind = _behind_space(text, place)
    return _behind_space(text, behind + 1) if text[behind] == "," else behind


def _behind_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def joined(text: str, span: Span, added: list[str]) -> str:
    """Return the text with JSON values added to the list at `span`; a single value becomes a list with it."""
    start, end = span
    more = ", ".join(added)
    if text[start] != "[":
        return f"{text[:start]}[{text[start:end]}, {more}]{text[end:]}"
    present = items(text, start)
    if not present:
        return f"{text[:start]}[{more}]{text[end:]}"
    last = present[-1][1]
    return f"{text[:last]}, {more}{text[last:]}"
