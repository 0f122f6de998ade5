"""The flows that a load balancer lives from: clients to its nodes, and its nodes to their targets."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.network.addresses import private_kind
from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL
from pathmend.network.sending import Sending, as_sent, keeps_client, may_send
from pathmend.network.trace import trace
from pathmend.snapshot.protocols import TCP, UDP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.network.ports import PortSet
    from pathmend.snapshot.balancing import Listener, LoadBalancer, TargetGroup, TargetHealth
    from pathmend.snapshot.resources import Address, NetworkInterface
    from pathmend.snapshot.world import Snapshot

CLIENT, TRAFFIC, HEALTH_CHECK = "client", "traffic", "health-check"
SOME_CLIENT = ip_address("198.51.100.7")
"""A client on the internet, from the documentation range: it stands for all that no rule names."""
NOWHERE = ip_address("0.0.0.0")  # noqa: S104 - the address of a target that has none in the snapshot
_TRANSPORTS = {"UDP": (UDP,), "QUIC": (UDP,), "TCP_UDP": (TCP, UDP), "TCP_QUIC": (TCP, UDP), "GENEVE": (UDP,)}


@dataclass(frozen=True, slots=True)
class Senders:
    """Who sends to targets, and from which ports: the nodes, and the client whose address and port they may keep."""

    client: Address | None = None
    client_ports: PortSet = LOAD_BALANCER_EPHEMERAL
    node_ports: PortSet = LOAD_BALANCER_EPHEMERAL


@dataclass(frozen=True, slots=True)
class BalancerFlow:
    """One flow of a load balancer node and what it is for: "client", "traffic" or "health-check".

    `kept_client` is the address that the target sees in place of the node's.
    """

    purpose: str
    node: NetworkInterface
    target: TargetHealth | None
    target_group: TargetGroup | None
    listener: Listener | None
    trace: Trace
    kept_client: Address | None = None


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
        for protocol in transports_of(listener.protocol)
    )


def _from_client(
    snapshot: Snapshot, client: Address, node: NetworkInterface, listener: Listener, protocol: str
) -> Trace:
    own = (*node.public_ips, *node.private_ips, *node.ipv6s) if not private_kind(client) else node.private_ips
    address = next((ip for ip in own if ip.version == client.version), own[0])
    return trace(snapshot, Flow(Endpoint(client), Endpoint(address, node), protocol, listener.port))


def transports_of(protocol: str) -> tuple[str, ...]:
    """Return the IP protocols that a listener or target group of this protocol speaks."""
    return _TRANSPORTS.get(protocol, (TCP,))


def target_flows(
    snapshot: Snapshot, load_balancer: LoadBalancer, client: Address | None = None
) -> tuple[BalancerFlow, ...]:
    """Return each node's flows to each target, for traffic and for the health check; none when no node was read.

    Where both go to the same port they share one trace. A target whose interface was not read gets an UNKNOWN trace to
    0.0.0.0; a Lambda function has no flow. Nodes keep to their own zone where zones are not crossed. `client` is whose
    address a Network Load Balancer keeps; without one an internet-facing load balancer's is SOME_CLIENT.
    """
    if client is None and load_balancer.scheme != "internal":
        client = SOME_CLIENT
    groups = snapshot.target_groups_of(load_balancer.arn)
    return flows_to_groups(snapshot, load_balancer, groups, senders=Senders(client))


def flows_to_groups(
    snapshot: Snapshot, load_balancer: LoadBalancer, groups: Iterable[TargetGroup], *, senders: Senders
) -> tuple[BalancerFlow, ...]:
    """Return each node's flows to each target of these groups; see `target_flows`."""
    nodes = snapshot.nodes_of(load_balancer)
    return tuple(
        flow
        for group in groups
        if group.kind != "lambda"
        for target, end in _ends(snapshot, load_balancer, group)
        for node in nodes
        if may_send(snapshot, load_balancer, (group, target), (node, end))
        for flow in _node_to_target(snapshot, _Way(load_balancer, group, target, node, end), senders)
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """From one node to one target of a group, which stands at `end`."""

    load_balancer: LoadBalancer
    group: TargetGroup
    target: TargetHealth
    node: NetworkInterface
    end: Endpoint

    def flow(self, protocol: str, port: int, ports: PortSet) -> Flow:
        """Return the flow from the node's own address, in the target's IP version where it has one."""
        own = (*self.node.private_ips, *self.node.ipv6s)
        address = next((ip for ip in own if ip.version == self.end.address.version), own[0])
        return Flow(Endpoint(address, self.node), self.end, protocol, port, ports)


def _node_to_target(snapshot: Snapshot, way: _Way, senders: Senders) -> Iterator[BalancerFlow]:
    target, group, traffic = way.target, way.group, None
    check, ports = group.health_check, senders.node_ports
    port = target.port or group.port or 0
    for protocol in transports_of(group.protocol):
        plain = _to_target(snapshot, way.flow(protocol, port, ports), target)
        traffic = traffic or (plain if protocol == TCP else None)
        kept = _kept_client(snapshot, way, senders)
        sent = _as_sent(snapshot, way, senders, plain)
        yield BalancerFlow(TRAFFIC, way.node, target, group, None, sent, kept)
    if check.enabled:
        check_port = port if check.port == "traffic-port" else int(check.port)
        if traffic is None or check_port != port:
            traffic = _to_target(snapshot, way.flow(TCP, check_port, ports), target)
        yield BalancerFlow(HEALTH_CHECK, way.node, target, group, None, traffic)


def _as_sent(snapshot: Snapshot, way: _Way, senders: Senders, plain: Trace) -> Trace:
    """Return the traffic as the target sees it."""
    if _translates(way, senders):
        return plain
    return as_sent(snapshot, Sending(way.load_balancer, way.group, senders.client, senders.client_ports), plain)


def _kept_client(snapshot: Snapshot, way: _Way, senders: Senders) -> Address | None:
    """Return the client that the target sees, if it sees one."""
    if way.load_balancer.kind == "application" or _translates(way, senders):
        return None
    return senders.client if keeps_client(snapshot, way.group) else None


def _translates(way: _Way, senders: Senders) -> bool:
    """Say whether client and target differ in their IP version: then the client's address is never kept.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    return senders.client is not None and senders.client.version != way.end.address.version


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
        return Endpoint(own[0], interface) if own else Endpoint(NOWHERE)
    try:
        address = ip_address(target.target_id)
    except ValueError:
        return Endpoint(NOWHERE)
    return Endpoint(address, snapshot.interface_at(vpc_id, address))


def _to_target(snapshot: Snapshot, flow: Flow, target: TargetHealth) -> Trace:
    if flow.destination.address is NOWHERE:
        why = f"the interface of {target.target_id} was not read"
        return Trace(flow, Verdict.UNKNOWN, (), (), (), (why,), flow.source_ports)
    return trace(snapshot, flow)
