"""The decision about a plan, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.guardrails.ownership import Owner


class Mode(Enum):
    """What may be done with a plan; REPORT is the strictest, ACT the loosest."""

    REPORT = "report"
    ASK = "ask"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Decision:
    """A mode and the sentences that led to it, in the order in which they were found.

    `rules_version` says which rules were in force, `owners` which infrastructure code owns what the plan touches.
    """

    mode: Mode
    reasons: tuple[str, ...]
    rules_version: str = ""
    owners: tuple[Owner, ...] = ()
