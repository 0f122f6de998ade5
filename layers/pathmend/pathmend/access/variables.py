"""Policy variables: what `${aws:PrincipalTag/team}` stands for in one request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pathmend.access.truth import Judged, maybe
from pathmend.access.wildcards import literal

if TYPE_CHECKING:
    from pathmend.access.request import Context

_VARIABLE = re.compile(r"\$\{(?P<key>[^},]*)(?:,\s*'(?P<default>[^']*)')?\}")
_CHARACTERS = ("*", "?", "$")


def resolved(text: str, context: Context) -> str | Judged | None:
    """Return the pattern with the values of its variables, which match as they are, without wildcards.

    None where the request has no (single) value for one of them: then the pattern matches nothing. What is not known
    makes the pattern not known.
    """
    pieces, start = [], 0
    for found in _VARIABLE.finditer(text):
        value = _value(found["key"].strip(), found["default"], context)
        if not isinstance(value, str):
            return value
        pieces += [text[start : found.start()], literal(value)]
        start = found.end()
    return "".join([*pieces, text[start:]])


def anywhere(text: str) -> str:
    """Return the pattern with a wildcard for each variable: what it could match at most."""
    return _VARIABLE.sub(lambda found: literal(found["key"]) if found["key"] in _CHARACTERS else "*", text)


def _value(key: str, default: str | None, context: Context) -> str | Judged | None:
    if key in _CHARACTERS:
        return key
    why = context.why_unknown(key)
    if why is not None:
        return maybe(f"{key}: {why}")
    values = context.found(key)
    if values is None:
        return default
    # A key of several values is no variable.
    return values[0] if len(values) == 1 else None
