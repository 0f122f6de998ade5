"""Policies and rules, which AWS has as JSON text, as data for code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.literals import Lines

if TYPE_CHECKING:
    from pathmend.channels.infrastructure_code.slot import Value


def document_of(text: str) -> Value:
    """Return a policy's data; what is no JSON stays the text that it is."""
    try:
        found: Value = json.loads(text)
    except ValueError:
        return text
    return found


def with_lines(value: Value) -> Value:
    """Return the value with its texts of several lines told from others."""
    match value:
        case dict():
            return {key: with_lines(one) for key, one in value.items()}
        case list():
            return [with_lines(one) for one in value]
        case str() if "\n" in value:
            return Lines(value)
        case _:
            return value
