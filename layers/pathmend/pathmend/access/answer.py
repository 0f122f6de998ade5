"""What an evaluation says: the verdict, what decided it in every kind of policy, and what would have to differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathmend.access.policies import PolicyKind
    from pathmend.access.request import Request


class Verdict(Enum):
    """Whether AWS lets the request through; unknown where something that was not read could change it."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Deciding:
    """What one kind of policy says of the request, and the statement that says it.

    `effect` "implicit" means that nothing of this kind allows it, "unknown" that what was not read decides.
    `policy_id` and `statement` (its Sid, or "#2" for the second of its document) are empty where no statement decides.
    """

    kind: PolicyKind
    effect: Literal["Allow", "Deny", "implicit", "unknown"]
    policy_id: str
    statement: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing that, were it different, would let a statement allow the request (or would take a Deny away).

    `key` is the condition key in lower case. `found` is what the request has, None where it has no such key.
    "deny" is a Deny without a condition: only an edit of that statement lets the request through.
    """

    kind: PolicyKind
    policy_id: str
    statement: str
    what: Literal["action", "resource", "principal", "condition", "deny", "no statement"]
    key: str
    wanted: tuple[str, ...]
    found: tuple[str, ...] | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on a request; `deciding` has one entry per kind of policy that took part.

    `misses` are nearest first, and only of a request that is denied; `unknown` says by name what was not read and
    matters.
    """

    request: Request
    verdict: Verdict
    deciding: tuple[Deciding, ...] = ()
    misses: tuple[Miss, ...] = ()
    unknown: tuple[str, ...] = ()
