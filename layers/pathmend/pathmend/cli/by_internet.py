"""A flow to a public address from inside: out to the internet first, and then in again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.ports import LOAD_BALANCER_EPHEMERAL, NO_PORTS
from pathmend.network.trace import trace

if TYPE_CHECKING:
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

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html (public addresses are translated
    at the internet gateway, so they are routed as any other destination on the internet)
    """
    out = trace(snapshot, replace(flow, destination=Endpoint(flow.destination.address)))
    nats = [hop.element_id for hop in out.forward if hop.kind == _NAT]
    seen = _seen_as(snapshot, flow, nats)
    if seen is None and out.blockers:
        return replace(out, flow=flow)
    if seen is None:
        why = f"the public address that {flow.source.address} is seen by was not read"
        return replace(out, flow=flow, verdict=Verdict.UNKNOWN, unknown=(*out.unknown, why))
    # A NAT gateway sends from ports of its own.
    ports = LOAD_BALANCER_EPHEMERAL if nats else flow.source_ports
    arriving = trace(snapshot, replace(flow, source=Endpoint(seen), source_ports=ports))
    return _joined(flow, out, arriving, behind_nat=bool(nats))


def _seen_as(snapshot: Snapshot, flow: Flow, nats: list[str]) -> Address | None:
    """Return the sender's address on the internet: of the last NAT gateway, or its own; any where it never leaves."""
    holder = snapshot.nat_gateways.get(nats[-1]) if nats else flow.source.interface
    return next(iter(holder.public_ips), None) if holder else None


def _joined(flow: Flow, out: Trace, arriving: Trace, *, behind_nat: bool) -> Trace:
    reached = out.open_ports if arriving.open_ports else NO_PORTS
    open_ports = reached if behind_nat else out.open_ports & arriving.open_ports
    blockers = (*out.blockers, *arriving.blockers)
    unknown = tuple(dict.fromkeys((*out.unknown, *arriving.unknown)))
    return Trace(
        flow=flow,
        verdict=_verdict(blockers, open_ports, unknown),
        forward=(*out.forward, *arriving.forward),
        back=(*arriving.back, *out.back),
        blockers=blockers,
        unknown=unknown,
        open_ports=open_ports,
        latent=tuple(dict.fromkeys((*out.latent, *arriving.latent))),
    )


def _verdict(blockers: tuple[object, ...], open_ports: PortSet, unknown: tuple[str, ...]) -> Verdict:
    if blockers:
        return Verdict.PARTIAL if open_ports else Verdict.BLOCKED
    return Verdict.UNKNOWN if unknown else Verdict.OPEN
