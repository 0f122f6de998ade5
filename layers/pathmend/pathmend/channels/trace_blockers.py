"""What blocks an answer's flows: each blocker said once with its cure, and much of the same cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rich.text import Text

from pathmend.channels.trace_words import cure, what_blocks
from pathmend.network.flow import Leg

if TYPE_CHECKING:
    from rich.console import Console

    from pathmend.channels.trace_answer import Answer
    from pathmend.network.flow import Blocker

_SAID_EACH = 4
"""So many sentences about one rule of one element are said, however many peers it stops."""
_Said: TypeAlias = "dict[tuple[str, str], Blocker]"


def print_blockers(console: Console, answer: Answer) -> None:
    """Print each blocker once, however many flows meet it."""
    found = _by_element(answer)
    if found:
        console.print(Text("\nWhat blocks it", style="bold cyan"))
    number = 0
    for said in found.values():
        for (what, how), blocker in list(said.items())[:_SAID_EACH]:
            number += 1
            way = "on the way there" if blocker.leg is Leg.FORWARD else "on the way back"
            console.print(Text.assemble(f"  {number}. ", (what, "red"), (f"  {way}, {blocker.code}", "dim")))
            console.print(Text(f"     cure: {how}"))
        if len(said) > _SAID_EACH:
            console.print(Text(f"     and {len(said) - _SAID_EACH:,} more like it: --json names each", style="dim"))


def _by_element(answer: Answer) -> dict[object, _Said]:
    """Return the sentences on each blocker and its cure, by what they are about."""
    found: dict[object, _Said] = {}
    for flow in answer.flows:
        for blocker in flow.trace.blockers:
            about = blocker.code, blocker.element_id, blocker.leg, blocker.direction, blocker.rule
            said = what_blocks(blocker, flow.trace.flow), cure(blocker, flow.trace.flow)
            found.setdefault(about, {}).setdefault(said, blocker)
    return found
