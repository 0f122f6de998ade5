"""Values as HCL that Terraform reads back as the same values.

Source: https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.literals import Block, Json, Lines, Reference, constant, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.channels.infrastructure_code.slot import Value

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# At the head of an object "for" begins an expression; the others are values.
_RESERVED = frozenset({"for", "true", "false", "null"})
_TEMPLATE = re.compile(r"([$%]+)\{")
_INDENT = "  "


def hcl_lines(body: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a body as lines: arguments with aligned equal signs, and nested blocks."""
    lines: list[str] = []
    row: list[tuple[str, str]] = []
    for name, value in body.items():
        blocks = _blocks(value)
        if blocks is None:
            row.append((name, _expression(value)))
            continue
        lines += _assigned(row)
        row = []
        for block in blocks:
            lines += _block(name, block)
    return (*lines, *_assigned(row))


def hcl_string(text: str) -> str:
    """Return the text as a quoted string in which nothing is interpolated."""
    return _TEMPLATE.sub(_escaped_template, quoted(text))


def _escaped_template(match: re.Match[str]) -> str:
    signs = match.group(1)
    # After more than one sign it is not plain to every reader which of them is doubled: the brace is written otherwise.
    return f"{signs}{signs}{{" if len(signs) == 1 else f"{signs}\\u007B"


def _assigned(pairs: list[tuple[str, str]]) -> list[str]:
    """Return the assignments as lines; what stands on one line is aligned with its neighbours, as Terraform does."""
    lines: list[str] = []
    for one_line, group in groupby(pairs, key=lambda pair: "\n" not in pair[1]):
        row = list(group)
        width = max(len(name) for name, _ in row) if one_line else 0
        lines += [line for name, text in row for line in f"{name:<{width}} = {text}".split("\n")]
    return lines


def _blocks(value: Value) -> list[Block] | None:
    if isinstance(value, Block):
        return [value]
    if isinstance(value, list) and value:
        found = [one for one in value if isinstance(one, Block)]
        return found if len(found) == len(value) else None
    return None


def _block(name: str, block: Block) -> list[str]:
    inside = hcl_lines(block.body)
    return [f"{name} {{", *(f"{_INDENT}{line}" for line in inside), "}"] if inside else [f"{name} {{}}"]


def _expression(value: Value) -> str:
    known = constant(value)
    if known is not None:
        return known
    match value:
        case str():
            return hcl_string(value)
        case Reference(name=name):
            return name
        case Lines(text=text):
            return _joined(text)
        case Json(value=inner):
            return f"jsonencode({_expression(inner)})"
        case _:
            return _compound(value)


def _joined(text: str) -> str:
    lines = text.split("\n")
    if len(lines) == 1:
        return hcl_string(text)
    return "\n".join(('join("\\n", [', *(f"{_INDENT}{hcl_string(line)}," for line in lines), "])"))


def _compound(value: Value) -> str:
    if isinstance(value, list):
        items = [_expression(one) for one in value]
        short = f"[{', '.join(items)}]"
        whole = [line for one in items for line in f"{one},".split("\n")]
        return short if len(items) <= 1 and "\n" not in short else _wrapped("[", whole, "]")
    if isinstance(value, dict) and value:
        return _wrapped("{", _assigned([(_key(name), _expression(one)) for name, one in value.items()]), "}")
    return "{}"


def _wrapped(first: str, inside: list[str], last: str) -> str:
    return "\n".join((first, *(f"{_INDENT}{line}" for line in inside), last))


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) and name not in _RESERVED else hcl_string(name)
