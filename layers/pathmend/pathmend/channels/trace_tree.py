"""The terminal's view of a trace: a tree of both legs per flow, then what blocks it and what cures it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from pathmend.channels.trace_blockers import print_blockers
from pathmend.channels.trace_sections import sections_of
from pathmend.channels.words import plain
from pathmend.network.flow import Verdict
from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP, name_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from pathmend.channels.trace_answer import Answer, NamedEnd, TracedFlow
    from pathmend.network.flow import Hop, Latent

_STYLES = {Verdict.OPEN: "green", Verdict.PARTIAL: "yellow", Verdict.BLOCKED: "bold red", Verdict.UNKNOWN: "magenta"}
_MARKS = {Verdict.OPEN: "+", Verdict.PARTIAL: "~", Verdict.BLOCKED: "x", Verdict.UNKNOWN: "?"}


_LONGEST = 400
_MOST_NAMED = 6
_MOST_LINES = 12


# Text objects throughout: rich reads markup in plain strings, and names of resources are written by others.
def print_trace(console: Console, answer: Answer) -> None:
    """Print flows as trees, those that fare alike as one, then blockers with their cure, then what is unknown."""
    console.print(_headline(answer))
    for section in sections_of(answer):
        if section.title:
            console.print(Text(f"\n{section.title}", style="bold cyan"))
        for group in section.groups:
            console.print(_tree(group))
    print_blockers(console, answer)
    _print_list(console, "What the snapshot does not say", answer.unknown)
    if answer.unknown:
        _print_list(console, "What could not be read", [f"{kind}: {why}" for kind, why in answer.unread])
    _print_list(console, "Odd, but not in the way", [_odd_words(one) for one in answer.latent])
    _print_list(console, "What needs no flow", answer.notes)


def _headline(answer: Answer) -> Text:
    verdict = answer.verdict
    ends = f"{plain(answer.source)} to {plain(answer.destination)}, {_traffic(answer)}"
    return Text.assemble((verdict.value.upper(), _STYLES[verdict]), f"  {ends}{_share(answer)}")


def _share(answer: Answer) -> str:
    if answer.verdict is not Verdict.PARTIAL:
        return ""
    asked, left = answer.flows[0].trace.flow.source_ports, answer.open_ports
    if left and left != asked:
        return f": open from {left.count() / asked.count():.0%} of the source ports ({left})"
    found = Counter(flow.trace.verdict for flow in answer.flows)
    counts = ((found[Verdict.BLOCKED], "blocked"), (found[Verdict.PARTIAL], "blocked in part"))
    words = " and ".join(f"{count:,} {word}" for count, word in counts if count)
    return f": of {len(answer.flows):,} flows {words}"


def _traffic(answer: Answer) -> str:
    flows = [flow.trace.flow for flow in answer.leading]
    number = number_of(flows[0].protocol) or flows[0].protocol
    ports = ", ".join(str(port) for port in sorted({flow.port for flow in flows}))
    if number in (TCP, UDP):
        carried = flows[0].application
        words = f", {carried.protocol} for {plain(carried.host)}" if carried else ""
        return f"{name_of(number)} {ports} from ports {flows[0].source_ports}{words}"
    if number == ALL:
        return f"any protocol, tcp and udp to port {ports}"
    return f"{name_of(number)} echo" if number in (ICMP, ICMP_V6) else f"protocol {number}"


def _tree(group: Sequence[TracedFlow]) -> Tree:
    """Return the tree of the first flow, and the names of those that fare as it does."""
    flow, *others = group
    verdict = flow.trace.verdict
    title = f"{_end(flow.source)} -> {_end(flow.destination)}{_own_traffic(flow)}  "
    tree = Tree(Text.assemble(title, (verdict.value, _STYLES[verdict])), guide_style="dim")
    _add_leg(tree, "there", flow.trace.forward)
    _add_leg(tree, "and back", flow.trace.back)
    if others:
        tree.add(Text(_others_words(others), style="dim"))
    return tree


def _own_traffic(flow: TracedFlow) -> str:
    """Say what is sent where a load balancer stands between: its listeners and targets have ports of their own."""
    asked = flow.trace.flow
    if flow.part is None or asked.port == 0:
        return ""
    kept = f", from the client's {flow.part.kept_client}" if flow.part.kept_client else ""
    return f", {name_of(number_of(asked.protocol) or asked.protocol)} {asked.port}{kept}"


def _others_words(others: Sequence[TracedFlow]) -> str:
    pairs = [_between(flow) for flow in others]
    if len(pairs) <= _MOST_NAMED:
        return plain(f"and alike: {', '.join(f'{source} -> {destination}' for source, destination in pairs)}", _LONGEST)
    sources, destinations = (len(set(names)) for names in zip(*pairs, strict=True))
    return f"and {len(pairs):,} alike, from {sources:,} to {destinations:,} ends: --json names each"


def _between(flow: TracedFlow) -> tuple[str, str]:
    """Return the ends in a word each: a node is its interface, a target its name."""
    target = flow.destination.name if flow.part and flow.part.target else None
    return flow.source.interface or flow.source.name, target or flow.destination.interface or flow.destination.name


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


def _odd_words(odd: Latent) -> str:
    return f"{odd.kind.replace('-', ' ')} {odd.element_id}: {odd.note}" if odd.element_id else odd.note


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(Text(f"\n{title}", style="bold cyan"))
    for line in lines[:_MOST_LINES]:
        console.print(Text(f"  {plain(line, _LONGEST)}"))
    if len(lines) > _MOST_LINES:
        console.print(Text(f"  and {len(lines) - _MOST_LINES:,} more: --json names each"))
