"""The flows that a load balancer lives from: clients to its nodes, and its nodes to their targets."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.network.addresses import private_kind
from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.ports import NO_PORTS
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


def target_flows(snapshot: Snapshot, load_balancer: LoadBalancer) -> tuple[BalancerFlow, ...]:
    """Return each node's flows to each target, for traffic and for the health check; none when no node was read.

    Where both go to the same port they share one trace. A target whose interface was not read, or of a kind that has no
    address of its own, gets an UNKNOWN trace to 0.0.0.0. Zones are crossed, as an Application Load Balancer does.
    """
    nodes = snapshot.nodes_of(load_balancer)
    return tuple(
        flow
        for group in snapshot.target_groups_of(load_balancer.arn)
        if group.kind != "lambda"
        for target in group.targets
        for node in nodes
        for flow in _node_to_target(snapshot, node, group, target, kind=load_balancer.kind)
    )


def _node_to_target(
    snapshot: Snapshot, node: NetworkInterface, group: TargetGroup, target: TargetHealth, *, kind: str
) -> Iterator[BalancerFlow]:
    end = _endpoint(snapshot, node.vpc_id, group, target)
    own = (*node.private_ips, *node.ipv6s)
    start = Endpoint(next((ip for ip in own if ip.version == end.address.version), own[0]), node)
    port = target.port or group.port or 0
    traces: dict[tuple[str, int], Trace] = {}
    for purpose, protocol, to_port in _purposes(group, port):
        key = (protocol, to_port)
        if key not in traces:
            traces[key] = _to_target(snapshot, Flow(start, end, *key), target)
        found = traces[key]
        if purpose == TRAFFIC and kind != "application":
            found = _unproven(found, f"whether {node.description} keeps the clients' addresses was not read")
        yield BalancerFlow(purpose, node, target, group, None, found)


def _purposes(group: TargetGroup, port: int) -> Iterator[tuple[str, str, int]]:
    for protocol in _transports(group.protocol):
        yield TRAFFIC, protocol, port
    check = group.health_check
    if check.enabled:
        yield HEALTH_CHECK, TCP, port if check.port == "traffic-port" else int(check.port)


def _endpoint(snapshot: Snapshot, vpc_id: str, group: TargetGroup, target: TargetHealth) -> Endpoint:
    if group.kind == "instance":
        interface = snapshot.primary_interface_of(target.target_id)
        return Endpoint(interface.private_ips[0], interface) if interface else Endpoint(_NOWHERE)
    if group.kind == "ip":
        address = ip_address(target.target_id)
        return Endpoint(address, snapshot.interface_at(vpc_id, address))
    return Endpoint(_NOWHERE)


def _to_target(snapshot: Snapshot, flow: Flow, target: TargetHealth) -> Trace:
    if flow.destination.address == _NOWHERE:
        why = f"the interface of {target.target_id} was not read"
        return Trace(flow, Verdict.UNKNOWN, (), (), (), (why,), flow.source_ports)
    return trace(snapshot, flow)


def _unproven(found: Trace, why: str) -> Trace:
    """Return a trace that proves nothing: its source address may be another than the one traced."""
    return Trace(found.flow, Verdict.UNKNOWN, found.forward, found.back, (), (*found.unknown, why), NO_PORTS)
