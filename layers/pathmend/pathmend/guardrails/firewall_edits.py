"""What an edit of a firewall's rule group must never do, whoever made it.

This looks at the two records alone, so that a mistake in making the edit does not pass here, too.
Source: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_RulesSource.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_Record: TypeAlias = "dict[str, Any]"
_SOURCE = "RulesSource"
_EDITED = ("RulesString", "StatefulRules", "RulesSourceList")


def widened(before: str, after: str) -> Iterator[str]:
    """Yield what is wrong with the edit: that it lets pass what is not named, or touches more than one rule."""
    old, new = _record(before), _record(after)
    if old is None or new is None:
        yield "cannot be compared with the present ones"
        return
    if _without(old, _SOURCE) != _without(new, _SOURCE):
        yield "change variables or options of the whole group"
    was, now = old[_SOURCE], new[_SOURCE]
    if _without(was, *_EDITED) != _without(now, *_EDITED):
        yield "change rules for single packets"
    yield from _of_rules(_lines(was), _lines(now))
    yield from _of_targets(was.get("RulesSourceList") or {}, now.get("RulesSourceList") or {})


def _record(text: str) -> _Record | None:
    try:
        found = json.loads(text)
        whole = isinstance(found, dict) and isinstance(found[_SOURCE], dict)
    except (ValueError, KeyError):
        return None
    return found if whole else None


def _without(record: _Record, *keys: str) -> _Record:
    return {key: value for key, value in record.items() if key not in keys}


def _lines(source: _Record) -> list[str]:
    """Return the stateful rules, each as one text that begins with its action."""
    # A backslash at the end of a line goes on with the rule on the next one.
    joined = re.sub(r"\\\r?\n", " ", str(source.get("RulesString") or ""))
    text = [line.strip() for line in joined.splitlines()]
    listed = [f"{rule.get('Action')} {json.dumps(rule, sort_keys=True)}" for rule in source.get("StatefulRules") or ()]
    return [line for line in text if line and not line.startswith("#")] + listed


def _of_rules(was: list[str], now: list[str]) -> Iterator[str]:
    added = [line for line in now if line not in was]
    if any(line.lower().startswith("pass") for line in added):
        yield "let pass what was judged by other rules before"
    if len([line for line in was if line not in now]) > 1 or len(added) > 1:
        yield "change more than one rule"


def _of_targets(was: _Record, now: _Record) -> Iterator[str]:
    old, new = list(was.get("Targets") or ()), list(now.get("Targets") or ())
    if any("*" in one or one.startswith(".") for one in {*old} ^ {*new}):
        yield "open a wildcard of hosts"
    if len({*old} ^ {*new}) > 1:
        yield "change more than one target"
