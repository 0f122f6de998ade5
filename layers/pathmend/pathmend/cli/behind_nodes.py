"""The flows that leave a load balancer's nodes: to targets, to check their health, or nowhere at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pathmend.channels.trace_answer import Answer, NamedEnd, Part, Role, TracedFlow
from pathmend.cli.balancers import is_target_group, target_group
from pathmend.cli.unread import unread_words
from pathmend.errors import NotFoundError
from pathmend.network.listeners import dead_ends, not_told, unread_behind
from pathmend.network.load_balancer import HEALTH_CHECK, NOWHERE, SOME_CLIENT, Senders, flows_to_groups
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL
from pathmend.snapshot.protocols import ALL, TCP, UDP, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.cli.ends import End
    from pathmend.cli.question import Question
    from pathmend.network.flow import Endpoint, Flow, Trace
    from pathmend.network.listeners import Entrance
    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.balancing import LoadBalancer, TargetGroup
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

_WITH_LISTENERS = (ALL, TCP, UDP)


def behind(
    snapshot: Snapshot, nodes: Sequence[End], ways: Sequence[Entrance], *, senders: Sequence[Senders], only: str | None
) -> tuple[TracedFlow, ...]:
    """Return what the nodes do with what comes in by these ways: traffic first, then checks.

    `only` is the ARN of the one target group that is asked for. What was not read is an unknown flow of each node.
    """
    if number_of(ways[0].protocol) not in _WITH_LISTENERS:
        return ()
    balancer = nodes[0].load_balancer
    if balancer is None:
        missing = unread_words(snapshot, "LoadBalancers") or ": it may be a classic one"
        return _unknown(nodes, f"load balancer {nodes[0].name} was not read{missing}, nor what it sends to")
    if not snapshot.listeners_of(balancer.arn):
        return _unknown(nodes, f"no listener of {balancer.name} was read{unread_words(snapshot, 'Listeners')}")
    arns = sorted({arn for way in ways for arn in way.target_group_arns if only in (None, arn)})
    groups = [snapshot.target_groups[arn] for arn in arns if arn in snapshot.target_groups]
    unread = (one for why in unread_behind(snapshot, balancer, ways) for one in _unknown(nodes, why))
    return (*_sent(snapshot, balancer, groups, senders), *unread)


def from_nodes(
    snapshot: Snapshot, question: Question, sources: Sequence[End], destinations: Sequence[End]
) -> Answer | None:
    """Return the flows of a load balancer to a target, or to all of a group; None where the end is no target of it.

    Raises:
        NotFoundError: the group is not the load balancer's, or no packet goes there.
        BadParameter: nothing goes to the port that is asked for.
    """
    balancer = sources[0].load_balancer
    wanted = target_group(snapshot, question.destination) if is_target_group(question.destination) else None
    if balancer is None and wanted:
        missing = unread_words(snapshot, "LoadBalancers")
        raise NotFoundError(f"load balancer {question.source} was not read{missing}, nor what it sends to")
    if balancer is None:
        return None
    groups = snapshot.target_groups_of(balancer.arn) if wanted is None else (_used(snapshot, balancer, wanted),)
    senders = _own_senders(balancer, question)
    found = [one for one in _sent(snapshot, balancer, groups, (senders,)) if wanted or _leads_to(one, destinations)]
    asked = tuple(one for one in found if _is_asked(question, one.trace.flow))
    if wanted and not asked:
        raise typer.BadParameter(f"nothing goes from {balancer.name} to that port of {wanted.name}: leave --port out")
    return Answer(question.source, question.destination, asked) if asked else None


def _used(snapshot: Snapshot, balancer: LoadBalancer, group: TargetGroup) -> TargetGroup:
    if group not in snapshot.target_groups_of(balancer.arn):
        raise NotFoundError(f"{balancer.name} does not use target group {group.name}")
    note = function_note(group)
    if note:
        raise NotFoundError(note)
    return group


def function_note(group: TargetGroup) -> str:
    """Say why a group of functions needs no flow; empty for other groups.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    if group.kind != "lambda":
        return ""
    return f"target group {group.name} is a function: it is invoked by the Lambda service, and no packet goes to it"


def _own_senders(balancer: LoadBalancer, question: Question) -> Senders:
    """Return who sends where no client is asked for: anyone on the internet, or whoever an internal one's may be."""
    client = None if balancer.scheme == "internal" else SOME_CLIENT
    return Senders(client, node_ports=question.source_ports or LOAD_BALANCER_EPHEMERAL)


def _is_asked(question: Question, flow: Flow) -> bool:
    """Say whether the flow goes to the port that is asked for, if one is."""
    if question.port is None:
        return True
    return flow.port == question.port and number_of(question.protocol) in (ALL, flow.protocol)


def _leads_to(flow: TracedFlow, ends: Sequence[End]) -> bool:
    there = flow.trace.flow.destination
    if there.interface:
        return any(there.interface == end.interface for end in ends)
    return any(there.address in end.addresses for end in ends)


def _sent(
    snapshot: Snapshot, balancer: LoadBalancer, groups: Sequence[TargetGroup], senders: Sequence[Senders]
) -> tuple[TracedFlow, ...]:
    """Return the nodes' flows to the groups, of traffic first, then of checks; clients that fare alike count once."""
    nodes = snapshot.nodes_of(balancer)
    first, *others = (flows_to_groups(snapshot, balancer, groups, senders=one) for one in senders)
    further = [new for other in others for old, new in zip(first, other, strict=True) if new.trace != old.trace]
    flows = [_flow(snapshot, balancer, one) for one in (*first, *further)]
    lost = [
        _no_flow(balancer.name, node, trace, group)
        for group in groups
        for node, trace in dead_ends(nodes, group, first)
    ]
    return (
        *(flow for flow in flows if flow.role is Role.NODE_TO_TARGET),
        *lost,
        *(flow for flow in flows if flow.role is Role.HEALTH_CHECK),
    )


def _flow(snapshot: Snapshot, balancer: LoadBalancer, one: BalancerFlow) -> TracedFlow:
    role = Role.HEALTH_CHECK if one.purpose == HEALTH_CHECK else Role.NODE_TO_TARGET
    target = one.target.target_id if one.target else ""
    group = one.target_group.arn if one.target_group else None
    part = Part(role, one.node.id, target=target, target_group=group, kept_client=one.kept_client)
    flow = one.trace.flow
    nested = snapshot.load_balancers.get(target)
    name = nested.name if nested else target
    return TracedFlow(_named(balancer.name, flow.source), _named(name, flow.destination), one.trace, part)


def _named(name: str, end: Endpoint) -> NamedEnd:
    address, interface = (None if end.address is NOWHERE else end.address), end.interface
    if interface is None:
        return NamedEnd(name, address)
    return NamedEnd(name, address, interface.id, interface.subnet_id, interface.vpc_id)


def _no_flow(name: str, node: NetworkInterface, trace: Trace, group: TargetGroup) -> TracedFlow:
    part = Part(Role.NODE_TO_TARGET, node.id, target_group=group.arn)
    return TracedFlow(_named(name, trace.flow.source), NamedEnd(group.name, None), trace, part)


def _unknown(nodes: Sequence[End], why: str) -> tuple[TracedFlow, ...]:
    """Return what each node does that was not read."""
    return tuple(
        TracedFlow(
            NamedEnd(node.name, node.addresses[0], node.interface.id, node.interface.subnet_id, node.vpc_id),
            NamedEnd("targets", None),
            not_told(node.interface, why),
            Part(Role.NODE_TO_TARGET, node.interface.id),
        )
        for node in nodes
        if node.interface
    )
