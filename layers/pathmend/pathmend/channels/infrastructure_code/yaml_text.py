"""Values as YAML that CloudFormation reads back as the same values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.literals import Block, Json, Lines, Reference, constant, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.channels.infrastructure_code.slot import Value

# Words that need no quotes whatever version of YAML reads them: a colon only where no blank follows it.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./*-]*(?::+[A-Za-z0-9_./*-]+)*")
_SPECIAL = frozenset({"y", "yes", "n", "no", "true", "false", "on", "off", "null"})
_LITERAL_LINE = re.compile(r"[!-~](?:[ -~]*[!-~])?|")
_INDENT = "  "


def yaml_lines(values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a mapping as the lines of a block; the keys stay in order."""
    return tuple(_mapping(values))


def _mapping(values: Mapping[str, Value]) -> Iterator[str]:
    for key, value in values.items():
        yield from _entry(f"{_word(key)}:", value)


def _entry(lead: str, value: Value) -> Iterator[str]:
    """Return what begins with "key:" or "-", with its value beside it or below it."""
    inside = _below(value)
    if inside is None:
        yield f"{lead} {_scalar(value)}"
    elif isinstance(value, Lines):
        yield f"{lead} {'|' if value.text.endswith(chr(10)) else '|-'}"
        yield from (f"{_INDENT}{line}".rstrip() for line in inside)
    elif lead == "-":
        yield f"- {inside[0]}"
        yield from (f"{_INDENT}{line}" if line else line for line in inside[1:])
    else:
        yield lead
        yield from (f"{_INDENT}{line}" if line else line for line in inside)


def _below(value: Value) -> list[str] | None:
    """Return the lines of what does not fit beside its key, None for a scalar or what is empty."""
    match value:
        case Json(value=inner) | Block(body=inner):
            return _below(inner)
        case Lines(text=text):
            return text.removesuffix("\n").split("\n") if _is_literal(text) else None
        case dict() if value:
            return list(_mapping(value))
        case list() if value:
            return [line for item in value for line in _entry("-", item)]
        case _:
            return None


def _scalar(value: Value) -> str:
    known = constant(value)
    if known is not None:
        return known
    match value:
        case Reference(name=name):
            return f"!Ref {name}"
        case Lines(text=text) | str(text):
            return _word(text)
        case Json(value=inner):
            return _scalar(inner)
        case _:
            return "[]" if isinstance(value, list) else "{}"


def _word(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL and "://" not in text
    return text if plain else quoted(text)


def _is_literal(text: str) -> bool:
    """Say whether a literal block holds the text exactly, and nobody finds a link in it."""
    lines = text.removesuffix("\n").split("\n")
    whole = len(lines) > 1 and bool(lines[0]) and bool(lines[-1])
    return whole and "://" not in text and all(_LITERAL_LINE.fullmatch(line) for line in lines)
