"""The decision about a plan, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.guardrails.ownership import Owner


class Mode(Enum):
    """What may be done with a plan; REPORT is the strictest, ACT the loosest."""

    REPORT = "report"
    ASK = "ask"
    ACT = "act"


Verdict: TypeAlias = "tuple[Mode, str]"
"""The loosest mode that something allows, and the sentence that says what and why."""

_STRICTNESS = (Mode.REPORT, Mode.ASK, Mode.ACT)


def strictest(modes: Iterable[Mode]) -> Mode:
    """Return the strictest of some modes, of which there is at least one."""
    return min(modes, key=_STRICTNESS.index)


@dataclass(frozen=True, slots=True)
class Decision:
    """A mode and the sentences that led to it, in the order in which they were found.

    `rules_version` says which rules were in force, `owners` which infrastructure code owns what the plan touches.
    """

    mode: Mode
    reasons: tuple[str, ...]
    rules_version: str = ""
    owners: tuple[Owner, ...] = ()
