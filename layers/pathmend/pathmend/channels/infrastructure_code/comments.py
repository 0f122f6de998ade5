"""What stands beside the code of a patch: who owns it, what to do with it, and what was there before."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.slot import spoken
from pathmend.channels.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pathmend.channels.infrastructure_code.slot import Slot, Value

    Writer = Callable[[Mapping[str, Value]], tuple[str, ...]]

NO_PLACE = "Pathmend knows no place for this change in such code: the exact call says what to write."
_WIDTH = 100
_LONGEST = 2_000
# What was there is for recognition; the exact call that undoes a change has all of it.
_SHOWN = 40


def comment(text: str) -> tuple[str, ...]:
    """Return foreign text as lines of a comment, which it can't end."""
    return tuple(f"# {line}" for line in wrap(plain(text, _LONGEST), _WIDTH, break_on_hyphens=False))


def apart(entries: Iterable[list[str]]) -> list[str]:
    """Return the entries one below the other, with a blank line between two."""
    lines: list[str] = []
    for entry in entries:
        lines += ["", *entry] if lines else entry
    return lines


def instructions(slot: Slot, before: Slot | None, write: Writer) -> Iterator[str]:
    """Return what to do with the slot, and what it held of what it holds otherwise from now on."""
    if slot.note:
        yield from comment(slot.note)
    yield from comment(spoken(slot, before))
    held = before.properties if before else None
    if not held:
        return
    if slot.properties is None:
        yield from _code(write(held))
        return
    wanted = slot.properties
    gone = [key for key in held if key not in wanted]
    if gone:
        yield from comment(f"Delete there: {', '.join(gone)}.")
    changed = {key: value for key, value in held.items() if key in gone or wanted[key] != value}
    if changed:
        yield "# Before:"
        yield from _code(write(changed))


def _code(lines: tuple[str, ...]) -> Iterator[str]:
    yield from (f"#   {line}".rstrip() for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"#   and {len(lines) - _SHOWN} lines more"
