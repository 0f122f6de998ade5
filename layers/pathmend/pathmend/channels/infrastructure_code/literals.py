"""Values that infrastructure code writes in its own way, and foreign text as quoted strings that stay strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathmend.channels.infrastructure_code.slot import Value

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_WIDE = 0xFFFF


@dataclass(frozen=True, slots=True)
class Reference:
    """The id of a resource of the same code: `!Ref NAME`, or the address of the attribute that holds it."""

    name: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A text of several lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Json:
    """A document that the code writes as data and the tool turns into JSON."""

    value: Value


@dataclass(frozen=True, slots=True)
class Block:
    """A nested block of HCL; a list of them is the block several times over."""

    body: Mapping[str, Value]


def constant(value: Value) -> str | None:
    """Return what has the same name in YAML and in HCL, None for any other value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        return None
    # Without a point it is no number for YAML 1.1: "1e-05" is a word.
    return re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))


def quoted(text: str) -> str:
    """Return the text in double quotes, in printable ASCII on one line: as YAML and HCL both read it back.

    No mail program finds a link in it. Source: https://yaml.org/spec/1.2.2/#57-escaped-characters and
    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
    """
    escaped = "".join(_ESCAPES.get(char) or (char if " " <= char <= "~" else _numbered(char)) for char in text)
    return f'"{escaped.replace("://", ":" + _numbered("/") + "/")}"'


def _numbered(char: str) -> str:
    return f"\\U{ord(char):08X}" if ord(char) > _WIDE else f"\\u{ord(char):04X}"
