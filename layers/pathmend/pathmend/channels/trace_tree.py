"""The terminal's view of a trace: a tree of both legs per flow, then what blocks it and what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from pathmend.channels.trace_words import cure, what_blocks
from pathmend.channels.words import plain
from pathmend.network.flow import Verdict
from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP, name_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from pathmend.channels.trace_answer import Answer, NamedEnd, TracedFlow
    from pathmend.network.flow import Blocker, Flow, Hop, Latent

_STYLES = {Verdict.OPEN: "green", Verdict.PARTIAL: "yellow", Verdict.BLOCKED: "bold red", Verdict.UNKNOWN: "magenta"}
_MARKS = {Verdict.OPEN: "+", Verdict.PARTIAL: "~", Verdict.BLOCKED: "x", Verdict.UNKNOWN: "?"}


# Text objects throughout: rich reads markup in plain strings, and names of resources are written by others.
def print_trace(console: Console, answer: Answer) -> None:
    """Print each flow as a tree, then blockers with their cure, then what is unknown."""
    console.print(_headline(answer))
    for flow in answer.flows:
        console.print(_tree(flow))
    _print_blockers(console, answer)
    _print_list(console, "What the snapshot does not say", answer.unknown)
    _print_list(console, "Odd, but not in the way", (_odd_words(one) for one in answer.latent))


def _headline(answer: Answer) -> Text:
    verdict = answer.verdict
    flow = answer.flows[0].trace.flow
    ends = f"{plain(answer.source)} to {plain(answer.destination)}, {_traffic(flow)}"
    return Text.assemble((verdict.value.upper(), _STYLES[verdict]), f"  {ends}{_share(answer)}")


def _share(answer: Answer) -> str:
    if answer.verdict is not Verdict.PARTIAL:
        return ""
    asked, left = answer.flows[0].trace.flow.source_ports, answer.open_ports
    if not left:
        failing = sum(flow.trace.verdict is Verdict.BLOCKED for flow in answer.flows)
        return f": {failing} of {len(answer.flows)} flows blocked"
    return f": open from {left.count() / asked.count():.0%} of the source ports ({left})"


def _traffic(flow: Flow) -> str:
    number = number_of(flow.protocol) or flow.protocol
    if number in (TCP, UDP):
        return f"{name_of(number)} {flow.port} from ports {flow.source_ports}"
    if number == ALL:
        return f"any protocol, tcp and udp to port {flow.port}"
    return f"{name_of(number)} echo" if number in (ICMP, ICMP_V6) else f"protocol {number}"


def _tree(flow: TracedFlow) -> Tree:
    verdict = flow.trace.verdict
    title = Text.assemble(f"{_end(flow.source)} -> {_end(flow.destination)}  ", (verdict.value, _STYLES[verdict]))
    tree = Tree(title, guide_style="dim")
    _add_leg(tree, "there", flow.trace.forward)
    _add_leg(tree, "and back", flow.trace.back)
    return tree


def _end(end: NamedEnd) -> str:
    known = (end.interface, end.prefix_list, None if end.address is None else str(end.address))
    details = ", ".join(word for word in known if word and word != end.name)
    return plain(f"{end.name} ({details})" if details else end.name)


def _add_leg(tree: Tree, name: str, hops: Iterable[Hop]) -> None:
    branch = tree.add(Text(name, style="bold cyan"))
    for hop in hops:
        branch.add(_hop(hop))


def _hop(hop: Hop) -> Text:
    style = _STYLES[hop.verdict]
    words = f"{hop.kind.replace('-', ' ')} {hop.element_id}"
    line = Text.assemble((_MARKS[hop.verdict], style), " ", plain(words))
    if hop.rule:
        line.append(f"  {_rule_words(hop)}", style="dim")
    if hop.verdict is not Verdict.OPEN:
        line.append(f"  {hop.verdict.value}", style=style)
    if hop.verdict is Verdict.PARTIAL:
        line.append(f": lets source ports {hop.ports} pass", style=style)
    return line


def _rule_words(hop: Hop) -> str:
    word = "route" if hop.kind.endswith("route-table") else "rule"
    return plain(f"{word} {hop.rule}")


def _print_blockers(console: Console, answer: Answer) -> None:
    """Print each blocker once, however many flows meet it."""
    seen: dict[tuple[str, str], Blocker] = {}
    for flow in answer.flows:
        for blocker in flow.trace.blockers:
            said = (what_blocks(blocker, flow.trace.flow), cure(blocker, flow.trace.flow))
            seen.setdefault(said, blocker)
    if seen:
        console.print(Text("\nWhat blocks it", style="bold cyan"))
    for number, ((what, how), blocker) in enumerate(seen.items(), start=1):
        way = "on the way there" if blocker.leg.value == "forward" else "on the way back"
        console.print(Text.assemble(f"  {number}. ", (what, "red"), (f"  {way}, {blocker.code}", "dim")))
        console.print(Text(f"     cure: {how}"))


def _odd_words(odd: Latent) -> str:
    return f"{odd.kind.replace('-', ' ')} {odd.element_id}: {odd.note}" if odd.element_id else odd.note


def _print_list(console: Console, title: str, lines: Iterable[str]) -> None:
    kept = tuple(lines)
    if kept:
        console.print(Text(f"\n{title}", style="bold cyan"))
    for line in kept:
        console.print(Text(f"  {plain(line)}"))
