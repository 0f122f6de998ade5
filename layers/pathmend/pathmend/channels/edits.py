"""What an edit of a policy or of a firewall's rules takes out and puts in, line by line."""

from __future__ import annotations

import json
from difflib import ndiff
from typing import TYPE_CHECKING

from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.plans.plan import PlannedChange

_TAKEN, _PUT = "- ", "+ "
_SHOWN = 10
# Longer texts are compared as a whole: an approver reads them in the exact call.
_LONGEST = 4_000


def edit_lines(step: PlannedChange) -> tuple[str, ...]:
    """Return "takes out: ..." and "puts in: ..." for each line that differs; nothing for changes that edit no text."""
    before, after = _text(step.undo), _text(step.change)
    if before is None or after is None:
        return ()
    found = [
        f"{'takes out' if line.startswith(_TAKEN) else 'puts in'}: {line[2:].strip()}"
        for line in ndiff(before, after)
        if line.startswith((_TAKEN, _PUT))
    ]
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], *([f"and {more} lines more, which the exact call shows"] if more > 0 else []))


def _text(change: Change) -> list[str] | None:
    """Return what the change sets as lines without the commas that JSON ends them with, None where it sets no text."""
    match change:
        case SetEndpointPolicy(document=str(text)) | SetFirewallRules(rules=str(text)):
            lines = json.dumps(json.loads(text), indent=1).replace("\\n", "\n").splitlines()
            return [line.rstrip(",") for line in lines] if len(lines) <= _LONGEST else None
        case _:
            return None
