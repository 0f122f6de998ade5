"""A flow to a public address from inside: out to the internet first, and then in again."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.joined import trace_all_protocols
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, NO_PORTS
from pathmend.network.public_addresses import public_of
from pathmend.network.trace import trace
from pathmend.snapshot.protocols import ALL, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.network.flow import Hop
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Snapshot

_NAT = "nat-gateway"


def is_by_internet(flow: Flow) -> bool:
    """Say whether the flow leaves its VPC although both ends stand in one: a public address is no local route's."""
    end = flow.destination.interface
    return flow.source.interface is not None and end is not None and flow.destination.address in end.public_ips


def trace_by_internet(snapshot: Snapshot, flow: Flow) -> Trace:
    """Return both ways as one: what the sender's side stops, and what the receiver's side does.

    Without a NAT gateway both sides see the sender's own ports: open is what both let pass. A NAT gateway sends from
    ports of its own, whichever the sender used, and so the shares of the two sides say nothing of each other. The
    sender's side is told in the sender's ports (`open_ports` is, too). What the internet side and the receiver lose is
    told in ports of the gateway, and those two are intersected: while one port of the gateway passes both, any port of
    the sender's may be lucky and the flow is PARTIAL; when none does, it is BLOCKED. Of several public addresses the
    gateway may use any, so that one which is refused makes the flow PARTIAL as well.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html (public addresses are translated
    at the internet gateway, so they are routed as any other destination on the internet) and
    https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html (ports 1024-65535; several addresses)
    """
    if number_of(flow.protocol) == ALL:
        return trace_all_protocols(snapshot, flow, trace_by_internet)
    out = trace(snapshot, replace(flow, destination=Endpoint(flow.destination.address)))
    seen, ports = seen_as(snapshot, flow, out.forward)
    if not seen and out.blockers:
        return replace(out, flow=flow)
    if not seen:
        why = f"the public address that {flow.source.address} is seen by was not read"
        return replace(out, flow=flow, verdict=Verdict.UNKNOWN, unknown=(*out.unknown, why))
    arrivals = [trace(snapshot, replace(flow, source=Endpoint(one), source_ports=ports)) for one in seen]
    if _nats(out.forward):
        passing = out.gateway_ports & reduce(or_, (one.open_ports for one in arrivals))
        return _joined(flow, out, arrivals, out.open_ports if passing else NO_PORTS)
    return _joined(flow, out, arrivals, out.open_ports & arrivals[0].open_ports)


def seen_as(snapshot: Snapshot, flow: Flow, hops: Iterable[Hop]) -> tuple[tuple[Address, ...], PortSet]:
    """Return by which public addresses, and ports, the internet sees the sender whose way out has these hops.

    None where it never leaves, or where the addresses of its NAT gateway were not read.
    """
    nats = _nats(hops)
    if nats:
        gateway = snapshot.nat_gateways.get(nats[-1])
        return (gateway.public_ips if gateway else ()), LOAD_BALANCER_EPHEMERAL
    own = flow.source.interface
    public = public_of(snapshot, own, flow.source.address).address if own else None
    return ((public,) if public else ()), flow.source_ports


def _nats(hops: Iterable[Hop]) -> list[str]:
    return [hop.element_id for hop in hops if hop.kind == _NAT]


def _joined(flow: Flow, out: Trace, arrivals: Sequence[Trace], open_ports: PortSet) -> Trace:
    """Return one trace of a way out and the ways in, of which the first that is stopped is shown."""
    shown = next((one for one in arrivals if one.blockers), arrivals[0])
    parts = (out, *arrivals)
    blockers = tuple(dict.fromkeys(blocker for part in parts for blocker in part.blockers))
    unknown = tuple(dict.fromkeys(why for part in parts for why in part.unknown))
    return Trace(
        flow=flow,
        verdict=_verdict(blockers, open_ports, unknown),
        forward=(*out.forward, *shown.forward),
        back=(*shown.back, *out.back),
        blockers=blockers,
        unknown=unknown,
        open_ports=open_ports,
        latent=tuple(dict.fromkeys(odd for part in parts for odd in part.latent)),
    )


def _verdict(blockers: tuple[object, ...], open_ports: PortSet, unknown: tuple[str, ...]) -> Verdict:
    if blockers:
        return Verdict.PARTIAL if open_ports else Verdict.BLOCKED
    return Verdict.UNKNOWN if unknown else Verdict.OPEN
