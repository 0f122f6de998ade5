"""Where clients come in to a load balancer, and where what comes in finds no target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.network.flow import Blocker, Endpoint, Flow, Hop, Leg, Trace, Verdict
from pathmend.network.load_balancer import NOWHERE, TRAFFIC, transports_of
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, NO_PORTS
from pathmend.snapshot.protocols import ALL, TCP, UDP, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.network.load_balancer import BalancerFlow
    from pathmend.snapshot.balancing import Listener, LoadBalancer, TargetGroup
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

_WITH_LISTENERS = (ALL, TCP, UDP)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A protocol and port that clients call, and the listeners there: none where nothing listens."""

    protocol: str
    port: int
    listeners: tuple[Listener, ...] = ()

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """Return the groups that the listeners forward to, sorted."""
        return tuple(sorted({arn for one in self.listeners for arn in one.target_group_arns}))


def entrances(listeners: Iterable[Listener], protocol: str, port: int | None) -> tuple[Entrance, ...]:
    """Return the entrance that is asked for, or without a port one for each listener that speaks the protocol."""
    asked = number_of(protocol)
    if port is not None:
        there = (one for one in listeners if one.port == port)
        return (Entrance(protocol, port, tuple(one for one in there if asked == ALL or asked in _spoken(one))),)
    spoken = ((one, each) for one in listeners for each in _spoken(one) if asked in (ALL, each))
    return tuple(Entrance(each, one.port, (one,)) for one, each in spoken)


def _spoken(listener: Listener) -> tuple[str, ...]:
    return transports_of(listener.protocol)


def refused(found: Trace, load_balancer: LoadBalancer) -> Trace:
    """Return a client's trace to a port that no listener of the load balancer takes; others than TCP and UDP need none.

    Source: https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (ELBV2_LISTENERS_MISMATCH)
    """
    if number_of(found.flow.protocol) not in _WITH_LISTENERS:
        return found
    return _stopped(found, "ELBV2_LISTENERS_MISMATCH", "load-balancer", load_balancer.name)


def _stopped(found: Trace, code: str, kind: str, element_id: str, node: NetworkInterface | None = None) -> Trace:
    subnet_id, interface_id = (node.subnet_id, node.id) if node else (None, None)
    hop = Hop(kind, element_id, Verdict.BLOCKED, Leg.FORWARD, None, NO_PORTS)
    blocker = Blocker(code, kind, element_id, Leg.FORWARD, None, None, subnet_id, interface_id, found.flow.source_ports)
    hops, blockers = (*found.forward, hop), (*found.blockers, blocker)
    return replace(found, verdict=Verdict.BLOCKED, forward=hops, blockers=blockers, open_ports=NO_PORTS)


def dead_ends(
    nodes: Sequence[NetworkInterface], group: TargetGroup, flows: Iterable[BalancerFlow]
) -> Iterator[tuple[NetworkInterface, Trace]]:
    """Yield each node that has no target of the group to send to, with a trace that says so or that it is not known.

    `flows` are those that the nodes do send. A group of functions needs no flow.

    Source: https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html (ELBV2_NO_TARGETS_IN_AZ)
    """
    if group.kind == "lambda":
        return
    sending = {one.node.id for one in flows if one.purpose == TRAFFIC and one.target_group is group}
    for node in nodes:
        if node.id in sending:
            continue
        nothing = Trace(_to_nowhere(node, group), Verdict.UNKNOWN, (), (), (), (), LOAD_BALANCER_EPHEMERAL)
        if not group.targets_read:
            yield node, replace(nothing, unknown=(f"the targets of {group.name} were not read",))
        elif group.targets:
            yield node, _stopped(nothing, "ELBV2_NO_TARGETS_IN_AZ", "target-group", group.name, node)
        else:
            yield node, _stopped(nothing, "ELBV2_LISTENER_HAS_NO_TG", "target-group", group.name, node)


def _to_nowhere(node: NetworkInterface, group: TargetGroup) -> Flow:
    start = Endpoint(node.private_ips[0], node)
    return Flow(start, Endpoint(NOWHERE), transports_of(group.protocol)[0], group.port or 0)


def not_told(node: NetworkInterface, why: str) -> Trace:
    """Return the trace of what a node does that was not read."""
    flow = Flow(Endpoint(node.private_ips[0], node), Endpoint(NOWHERE), TCP, 0)
    return Trace(flow, Verdict.UNKNOWN, (), (), (), (why,), flow.source_ports)


def unread_behind(snapshot: Snapshot, load_balancer: LoadBalancer, ways: Iterable[Entrance]) -> tuple[str, ...]:
    """Return what was not read of that which lies behind the entrances, in words."""
    used = tuple(ways)
    reasons = []
    if "Rules" in snapshot.unread and load_balancer.kind == "application" and any(one.listeners for one in used):
        reasons.append(f"the rules of {load_balancer.name} were not read: they may forward to more groups")
    arns = sorted({arn for one in used for arn in one.target_group_arns})
    reasons += [f"target group {arn} was not read" for arn in arns if arn not in snapshot.target_groups]
    return tuple(reasons)
