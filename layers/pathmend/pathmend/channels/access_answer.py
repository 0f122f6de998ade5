"""The answer to "may X do Y?": what the policies say, and by which way the request was taken to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.access.answer import Answer
    from pathmend.diagnosis.service_way import Way


@dataclass(frozen=True, slots=True)
class ByWay:
    """The way of a request from an instance; `words` say where it leaves."""

    source: str
    way: Way
    words: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The policies' answer; `by` is None where nobody said where the request comes from.

    `notes` are sentences about the question, `unread` the kinds that could not be read, with the reasons.
    """

    answer: Answer
    by: ByWay | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
