"""A decision about access for a person: the verdict, what decided, what is nearest to allowing it, what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from pathmend.access.answer import Verdict
from pathmend.channels.words import plain
from pathmend.network.flow import Verdict as Passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from pathmend.access.answer import Deciding
    from pathmend.channels.access_answer import ByWay, Decided

_STYLES = {Verdict.ALLOWED: "green", Verdict.DENIED: "red", Verdict.UNKNOWN: "yellow"}
_MARKS = {"Allow": ("+", "green"), "Deny": ("x", "red"), "implicit": ("-", "dim"), "unknown": ("?", "yellow")}
_NEAREST = 3
"""So many misses are shown: what is farther away is no hint."""
_LONGEST = 600
_MOST_LINES = 12


# Text objects throughout: rich reads markup in plain strings, and names of policies are written by others.
def print_access(console: Console, decided: Decided) -> None:
    """Print the answer."""
    answer = decided.answer
    asked = answer.request
    question = plain(f"{asked.principal}: {asked.action} on {asked.resource}", _LONGEST)
    console.print(Text.assemble((answer.verdict.value.upper(), _STYLES[answer.verdict]), f"  {question}"))
    if decided.by:
        _print_way(console, decided.by)
    _print_title(console, "What decided", answer.deciding)
    for said in answer.deciding:
        _print_deciding(console, said)
    nearest = [one.sentence for one in answer.misses[:_NEAREST]]
    _print_list(console, "What is nearest to allowing it", nearest)
    _print_list(console, "What could not be told", answer.unknown)
    if answer.unknown:
        _print_list(console, "What could not be read", [f"{kind}: {why}" for kind, why in decided.unread])
    _print_list(console, "Note", decided.notes)


def _print_way(console: Console, by: ByWay) -> None:
    way = by.way
    seen = f", seen as {way.source_ip}" if way.source_ip else ""
    console.print(Text(f"  {plain(f'from {by.source} {by.words}{seen}', _LONGEST)}"))
    if way.trace.verdict is not Passage.OPEN:
        words = plain(f"the network on this way: {'; '.join(_passage(by))}", _LONGEST)
        console.print(Text(f"  {words}", style="yellow"))


def _passage(by: ByWay) -> Iterator[str]:
    found = by.way.trace
    yield found.verdict.value
    yield from dict.fromkeys(f"{one.code} at {one.element_id}" for one in found.blockers)
    yield from found.unknown


def _print_deciding(console: Console, said: Deciding) -> None:
    mark, style = _MARKS[said.effect]
    console.print(Text.assemble("  ", (mark, style), f" {said.kind.value}: ", plain(said.sentence, _LONGEST)))
    where = plain(", ".join(word for word in (said.policy_id, said.statement) if word))
    if where:
        console.print(Text(f"      {where}", style="dim"))


def _print_title(console: Console, title: str, lines: Sequence[object]) -> None:
    if lines:
        console.print(Text(f"\n{title}", style="bold cyan"))


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    _print_title(console, title, lines)
    for line in lines[:_MOST_LINES]:
        console.print(Text(f"  {plain(line, _LONGEST)}"))
    if len(lines) > _MOST_LINES:
        console.print(Text(f"  and {len(lines) - _MOST_LINES:,} more: --json names each"))
