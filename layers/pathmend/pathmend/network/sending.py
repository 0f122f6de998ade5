"""How a load balancer sends to its targets: across zones or not, with the client's address or its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pathmend.network import elements
from pathmend.network.flow import Leg, Trace, Verdict
from pathmend.network.journey import Journey, Spot
from pathmend.network.onward import carry
from pathmend.network.place import Place
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, NO_PORTS
from pathmend.network.walk import Walk, start
from pathmend.snapshot.protocols import number_of

if TYPE_CHECKING:
    from pathmend.network.flow import Endpoint, Flow
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.balancing import LoadBalancer, TargetGroup, TargetHealth
    from pathmend.snapshot.resources import Address, NetworkInterface
    from pathmend.snapshot.world import Snapshot

_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_KEEPS_CLIENT = "preserve_client_ip.enabled"
_ALWAYS_KEPT = ("UDP", "TCP_UDP", "QUIC", "TCP_QUIC")


@dataclass(frozen=True, slots=True)
class Sending:
    """A load balancer, one of its target groups, and the client on whose behalf it sends; None where unknown.

    `client_ports` are what the client sends from: a load balancer that keeps its address keeps its port.
    """

    load_balancer: LoadBalancer
    group: TargetGroup
    client: Address | None
    client_ports: PortSet = LOAD_BALANCER_EPHEMERAL


def may_send(
    snapshot: Snapshot,
    load_balancer: LoadBalancer,
    to: tuple[TargetGroup, TargetHealth],
    ends: tuple[NetworkInterface, Endpoint],
) -> bool:
    """Return whether the node sends to the target at all: to any zone, or to its own only.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
    (cross-zone: always on for Application Load Balancers unless the group says otherwise, off by default for others).
    """
    (group, target), (node, end) = to, ends
    if _crosses_zones(snapshot, load_balancer, group):
        return True
    near = _zone_of(snapshot, node)
    far = _zone_of(snapshot, end.interface) or target.availability_zone or ""
    return not near or not far or far in (near, "all")


def _zone_of(snapshot: Snapshot, interface: NetworkInterface | None) -> str:
    subnet = snapshot.subnets.get(interface.subnet_id) if interface else None
    return subnet.availability_zone if subnet else ""


def _crosses_zones(snapshot: Snapshot, load_balancer: LoadBalancer, group: TargetGroup) -> bool:
    own = dict(snapshot.attributes.get(group.arn, ())).get(_CROSS_ZONE, "")
    if own in ("true", "false"):
        return own == "true"
    if load_balancer.kind == "application":
        return True
    known = snapshot.attributes.get(load_balancer.arn)
    # Not read: no flow is left out.
    return known is None or dict(known).get(_CROSS_ZONE) == "true"


def as_sent(snapshot: Snapshot, sending: Sending, plain: Trace) -> Trace:
    """Return the trace of the traffic as the target sees it: from the node, or from the client that it keeps.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    if sending.load_balancer.kind == "application":
        return plain
    kept = keeps_client(snapshot, sending.group)
    if kept is None:
        return _unproven(plain, f"whether {sending.group.name} keeps the clients' addresses was not read")
    if not kept or (plain.verdict is Verdict.UNKNOWN and not plain.forward):
        return plain
    if sending.client is None:
        return _unproven(plain, f"which clients {sending.load_balancer.name} has is not known: name one")
    return trace_kept(snapshot, replace(plain.flow, source_ports=sending.client_ports), sending.client)


def keeps_client(snapshot: Snapshot, group: TargetGroup) -> bool | None:
    """Return whether a Network Load Balancer's targets see the clients' addresses; None where it was not read.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    """
    if group.kind == "alb" or group.protocol in _ALWAYS_KEPT:
        return True
    known = snapshot.attributes.get(group.arn)
    if known is None:
        return None
    return dict(known).get(_KEEPS_CLIENT, "true" if group.kind == "instance" else "false") == "true"


def trace_kept(snapshot: Snapshot, flow: Flow, client: Address) -> Trace:
    """Trace from a node to a target that sees the client's address; replies come back by the node all the same.

    The target's filters judge by the client, its groups by the node's groups as well; the node's ACL sees the target.
    """
    walk = start(snapshot, flow, number_of(flow.protocol) or flow.protocol)
    source, target = flow.source.interface, flow.destination.interface
    here = Place(source.vpc_id, flow.source.address, source.subnet_id, source) if source else None
    if here is None or target is None:
        return _unproven(walk.trace(), f"no interface with the address {flow.destination.address} was read")
    there = Place(target.vpc_id, flow.destination.address, target.subnet_id, target)
    walk.origin, walk.end = here, there
    _both_legs(walk, here, there, client)
    return walk.trace()


def _both_legs(walk: Walk, here: Place, there: Place, client: Address) -> None:
    known = there.interface.group_ids if there.interface else None
    elements.groups(walk, here, there.address, known, egress=True)
    if here.subnet_id != there.subnet_id:
        carry(walk, Journey(Leg.FORWARD, client, there.address, there), Spot(here.vpc_id, here.subnet_id))
        elements.acl(walk, there.subnet_id, Journey(Leg.RETURN, there.address, client, None), egress=True)
        elements.acl(walk, here.subnet_id, Journey(Leg.RETURN, there.address, client, here), egress=False)
    by_node = here.interface.group_ids if here.interface else ()
    elements.groups(walk, there, client, by_node, egress=False)


def _unproven(found: Trace, why: str) -> Trace:
    """Return a trace that proves nothing: its source address may be another than the one traced."""
    unknown = (*found.unknown, why)
    return replace(found, verdict=Verdict.UNKNOWN, blockers=(), unknown=unknown, open_ports=NO_PORTS)
