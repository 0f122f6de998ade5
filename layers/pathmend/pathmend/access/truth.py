"""Yes, no, and not known: what can be said of a statement when a part of the request is not known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable


class Truth(Enum):
    """Kleene's three values."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Judged:
    """A truth, and by name what would have to be known where it is not."""

    truth: Truth
    why: tuple[str, ...] = ()


YES = Judged(Truth.YES)
NO = Judged(Truth.NO)


def maybe(*why: str) -> Judged:
    """Return what is not known, because of these."""
    return Judged(Truth.MAYBE, why)


def known(truth: bool) -> Judged:  # noqa: FBT001 - it turns one truth into the other
    """Return a plain truth."""
    return YES if truth else NO


def opposite(judged: Judged) -> Judged:
    """Return yes for no; what is not known stays so."""
    match judged.truth:
        case Truth.YES:
            return NO
        case Truth.NO:
            return YES
        case Truth.MAYBE:
            return judged
        case _:
            assert_never(judged.truth)


def all_of(parts: Iterable[Judged]) -> Judged:
    """Return no where any part is no, and else not known where any part is not."""
    return _joined(tuple(parts), Truth.NO, otherwise=YES)


def any_of(parts: Iterable[Judged]) -> Judged:
    """Return yes where any part is yes, and else not known where any part is not."""
    return _joined(tuple(parts), Truth.YES, otherwise=NO)


def _joined(parts: tuple[Judged, ...], decisive: Truth, *, otherwise: Judged) -> Judged:
    if any(part.truth is decisive for part in parts):
        return Judged(decisive)
    unknown = [part for part in parts if part.truth is Truth.MAYBE]
    return maybe(*dict.fromkeys(why for part in unknown for why in part.why)) if unknown else otherwise
