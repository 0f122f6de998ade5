"""By hand: the AWS CLI commands that a person runs where Pathmend could not undo what it changed."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from pathmend.channels.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.change import ApiRequest
    from pathmend.incidents.incident import Incident
    from pathmend.plans.plan import PlannedChange

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_SUMMARY = 600
_REGION = 3


def to_undo_by_hand(incident: Incident) -> Iterator[str]:
    """Yield what still has to be undone, newest first: each step in words, then the commands that undo it."""
    region = _region_of(incident.subject)
    for index in incident.outstanding:
        step = incident.applied[index]
        yield f"- {plain(step.undo.summary, _LONGEST_SUMMARY)}"
        yield from _commands(step, region)


def _commands(step: PlannedChange, region: str) -> Iterator[str]:
    """Yield the commands on lines of their own, so that they can be copied."""
    if not step.undo_requests:
        yield "  (its calls are not known: look at the present state and set it by hand)"
    for request in step.undo_requests:
        yield command(request, region)


def command(request: ApiRequest, region: str) -> str:
    """Return the call as a command of the AWS CLI, quoted for a POSIX shell.

    Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html
    """
    operation = _WORD.sub("-", request.operation).lower()
    # JSON may say a slash as \\/ : policies hold addresses, and a mail program must not make links of them.
    given = json.dumps(request.parameters).replace("://", ":\\/\\/")
    words = ["aws", request.service, operation, *(("--region", region) if region else ()), "--cli-input-json", given]
    return shlex.join(words)


def _region_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[_REGION] if len(parts) > _REGION else ""
