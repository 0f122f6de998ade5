"""The flows that a load balancer lives from: clients to its nodes, and its nodes to their targets."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.network.addresses import private_kind
from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.sending import Sending, as_sent, may_send
from pathmend.network.trace import trace
from pathmend.snapshot.protocols import TCP, UDP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.resources import (
        Address,
        Listener,
        LoadBalancer,
        NetworkInterface,
        TargetGroup,
        TargetHealth,
    )
    from pathmend.snapshot.world import Snapshot

CLIENT, TRAFFIC, HEALTH_CHECK = "client", "traffic", "health-check"
SOME_CLIENT = ip_address("198.51.100.7")
"""A client on the internet, from the documentation range: it stands for all that no rule names."""
_NOWHERE = ip_address("0.0.0.0")  # noqa: S104 - the address of a target that has none in the snapshot
_TRANSPORTS = {"UDP": (UDP,), "QUIC": (UDP,), "TCP_UDP": (TCP, UDP), "TCP_QUIC": (TCP, UDP), "GENEVE": (UDP,)}


@dataclass(frozen=True, slots=True)
class BalancerFlow:
    """One flow of a load balancer node and what it is for: "client", "traffic" or "health-check"."""

    purpose: str
    node: NetworkInterface
    target: TargetHealth | None
    target_group: TargetGroup | None
    listener: Listener | None
    trace: Trace


def client_flows(
    snapshot: Snapshot, load_balancer: LoadBalancer, client: Address = SOME_CLIENT
) -> tuple[BalancerFlow, ...]:
    """Return the client's flow to each node and listener, by node; none when no node was read.

    An internal load balancer has no clients on the internet: give it a client's address in the VPC to get its flows.
    """
    if load_balancer.scheme == "internal" and not private_kind(client):
        return ()
    return tuple(
        BalancerFlow(CLIENT, node, None, None, listener, _from_client(snapshot, client, node, listener, protocol))
        for node in snapshot.nodes_of(load_balancer)
        for listener in snapshot.listeners_of(load_balancer.arn)
        for protocol in _transports(listener.protocol)
    )


def _from_client(
    snapshot: Snapshot, client: Address, node: NetworkInterface, listener: Listener, protocol: str
) -> Trace:
    own = (*node.public_ips, *node.private_ips, *node.ipv6s) if not private_kind(client) else node.private_ips
    address = next((ip for ip in own if ip.version == client.version), own[0])
    return trace(snapshot, Flow(Endpoint(client), Endpoint(address, node), protocol, listener.port))


def _transports(protocol: str) -> tuple[str, ...]:
    return _TRANSPORTS.get(protocol, (TCP,))


def target_flows(
    snapshot: Snapshot, load_balancer: LoadBalancer, client: Address | None = None
) -> tuple[BalancerFlow, ...]:
    """Return each node's flows to each target, for traffic and for the health check; none when no node was read.

    Where both go to the same port they share one trace. A target whose interface was not read gets an UNKNOWN trace to
    0.0.0.0; a Lambda function has no flow. Nodes keep to their own zone where zones are not crossed. `client` is whose
    address a Network Load Balancer keeps; without one an internet-facing load balancer's is SOME_CLIENT.
    """
    nodes = snapshot.nodes_of(load_balancer)
    if client is None and load_balancer.scheme != "internal":
        client = SOME_CLIENT
    return tuple(
        flow
        for group in snapshot.target_groups_of(load_balancer.arn)
        if group.kind != "lambda"
        for target, end in _ends(snapshot, load_balancer, group)
        for node in nodes
        if may_send(snapshot, load_balancer, (group, target), (node, end))
        for flow in _node_to_target(snapshot, Sending(load_balancer, group, client), node, (target, end))
    )


def _node_to_target(
    snapshot: Snapshot, sending: Sending, node: NetworkInterface, to: tuple[TargetHealth, Endpoint]
) -> Iterator[BalancerFlow]:
    target, end = to
    group, own = sending.group, (*node.private_ips, *node.ipv6s)
    start = Endpoint(next((ip for ip in own if ip.version == end.address.version), own[0]), node)
    check, traffic = group.health_check, None
    port = target.port or group.port or 0
    for protocol in _transports(group.protocol):
        plain = _to_target(snapshot, Flow(start, end, protocol, port), target)
        traffic = traffic or (plain if protocol == TCP else None)
        yield BalancerFlow(TRAFFIC, node, target, group, None, as_sent(snapshot, sending, plain))
    if check.enabled:
        check_port = port if check.port == "traffic-port" else int(check.port)
        if traffic is None or check_port != port:
            traffic = _to_target(snapshot, Flow(start, end, TCP, check_port), target)
        yield BalancerFlow(HEALTH_CHECK, node, target, group, None, traffic)


def _ends(
    snapshot: Snapshot, load_balancer: LoadBalancer, group: TargetGroup
) -> Iterator[tuple[TargetHealth, Endpoint]]:
    for target in group.targets:
        if group.kind == "alb" and target.target_id in snapshot.load_balancers:
            for node in snapshot.nodes_of(snapshot.load_balancers[target.target_id]):
                yield target, Endpoint(node.private_ips[0], node)
        else:
            yield target, _endpoint(snapshot, load_balancer.vpc_id, group, target)


def _endpoint(snapshot: Snapshot, vpc_id: str, group: TargetGroup, target: TargetHealth) -> Endpoint:
    if group.kind == "instance":
        interface = snapshot.primary_interface_of(target.target_id)
        own = (*interface.private_ips, *interface.ipv6s) if interface else ()
        return Endpoint(own[0], interface) if own else Endpoint(_NOWHERE)
    try:
        address = ip_address(target.target_id)
    except ValueError:
        return Endpoint(_NOWHERE)
    return Endpoint(address, snapshot.interface_at(vpc_id, address))


def _to_target(snapshot: Snapshot, flow: Flow, target: TargetHealth) -> Trace:
    if flow.destination.address is _NOWHERE:
        why = f"the interface of {target.target_id} was not read"
        return Trace(flow, Verdict.UNKNOWN, (), (), (), (why,), flow.source_ports)
    return trace(snapshot, flow)
