"""What really happens at a load balancer: clients come to its nodes, and its nodes send to targets and check them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from pathmend.channels.trace_answer import Answer, Part, Role
from pathmend.cli.balancers import is_target_group
from pathmend.cli.behind_nodes import behind, function_note
from pathmend.cli.by_internet import is_by_internet, seen_as
from pathmend.cli.pair import port_of, traced
from pathmend.network.listeners import Entrance, entrances, refused
from pathmend.network.load_balancer import Senders
from pathmend.snapshot.protocols import ALL, TCP, UDP, name_of, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.channels.trace_answer import TracedFlow
    from pathmend.cli.ends import End
    from pathmend.cli.question import Question
    from pathmend.network.flow import Trace
    from pathmend.snapshot.balancing import LoadBalancer
    from pathmend.snapshot.world import Snapshot


def through_nodes(snapshot: Snapshot, question: Question, sources: Sequence[End], nodes: Sequence[End]) -> Answer:
    """Return the flows from the sources to each node, and from there to each target: of traffic, and of its checks.

    Raises:
        NotFoundError: a source and a node speak no common IP version.
        BadParameter: a port is needed and none is given, or no listener is what is asked for.
    """
    balancer, only = nodes[0].load_balancer, _group_asked(question)
    if balancer and only:
        nodes = [replace(node, name=balancer.name) for node in nodes]
    ways = _ways(snapshot, question, balancer)
    clients = tuple(
        _from_client(snapshot, replace(question, protocol=way.protocol, port=way.port), way, (source, node))
        for way in ways
        for source in sources
        for node in nodes
    )
    found = behind(snapshot, nodes, ways, senders=_senders(snapshot, balancer, clients), only=only)
    return Answer(question.source, question.destination, (*clients, *found), tuple(_notes(snapshot, ways, only)))


def _group_asked(question: Question) -> str | None:
    return question.destination if is_target_group(question.destination) else None


def _ways(snapshot: Snapshot, question: Question, balancer: LoadBalancer | None) -> tuple[Entrance, ...]:
    """Return the listeners that are asked for: on a port, of a protocol, and forwarding to a group if one is asked."""
    group = _group_asked(question)
    listeners = snapshot.listeners_of(balancer.arn) if balancer else ()
    number = number_of(question.protocol)
    if not listeners or number not in (ALL, TCP, UDP):
        return (Entrance(question.protocol, port_of(question)),)
    using = [one for one in listeners if group is None or group in one.target_group_arns]
    found = entrances(using, question.protocol, question.port)
    if not found or (group and not found[0].listeners):
        raise typer.BadParameter(
            f"{question.destination} has no {name_of(number)} listener{_there(question)}: give another --port or "
            "--protocol"
        )
    return found


def _there(question: Question) -> str:
    return "" if question.port is None else f" on port {question.port}"


def _from_client(snapshot: Snapshot, question: Question, way: Entrance, ends: tuple[End, End]) -> TracedFlow:
    source, node = ends
    flow, balancer = traced(snapshot, question, source, node), node.load_balancer
    if balancer and not way.listeners and snapshot.listeners_of(balancer.arn):
        flow = replace(flow, trace=refused(flow.trace, balancer))
    listener = way.listeners[0].arn if way.listeners else None
    node_id = node.interface.id if node.interface else ""
    return replace(flow, part=Part(Role.CLIENT_TO_NODE, node_id, listener, way.target_group_arns))


def _senders(snapshot: Snapshot, balancer: LoadBalancer | None, clients: Iterable[TracedFlow]) -> tuple[Senders, ...]:
    """Return whose addresses a load balancer may keep: as they are seen where they arrive, each once."""
    if balancer is None or balancer.kind == "application":
        return (Senders(),)
    return tuple(dict.fromkeys(one for flow in clients for one in _arriving(snapshot, flow.trace)))


def _arriving(snapshot: Snapshot, found: Trace) -> Iterator[Senders]:
    flow = found.flow
    if not is_by_internet(flow):
        yield Senders(flow.source.address, flow.source_ports)
        return
    addresses, ports = seen_as(snapshot, flow, found.forward)
    for address in addresses or (None,):
        yield Senders(address, ports)


def _notes(snapshot: Snapshot, ways: Iterable[Entrance], only: str | None) -> Iterator[str]:
    """Yield a sentence for each function behind the ways: there is no flow to trace."""
    for arn in sorted({arn for way in ways for arn in way.target_group_arns if only in (None, arn)}):
        group = snapshot.target_groups.get(arn)
        note = function_note(group) if group else ""
        if note:
            yield note
