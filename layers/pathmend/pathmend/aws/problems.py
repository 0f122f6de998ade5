"""What is wrong with a JSON document, in words that name the place and the cure."""

from __future__ import annotations

from enum import Enum

import cattrs
from attrs import fields
from cattrs.v import format_exception


def problems(exc: Exception, path: str) -> str:
    """Return the problems that cattrs (or the JSON parser) found, each with its path below `path`."""
    return "; ".join(cattrs.transform_error(exc, path=path, format_exception=_words))


def _words(exc: BaseException, kind: type | None) -> str:
    if isinstance(exc, cattrs.ForbiddenExtraKeysError):
        unknown = ", ".join(sorted(exc.extra_fields))
        return f"unknown key {unknown}: use {', '.join(field.name for field in fields(exc.cl))}"
    if not isinstance(exc, ValueError):
        return format_exception(exc, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{exc}: use {', '.join(str(member.value) for member in kind)}"
    return str(exc)
