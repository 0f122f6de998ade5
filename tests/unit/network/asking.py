"""Short ways to ask for a trace in the workshop's world."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.network.flow import Endpoint, Flow, Trace
from pathmend.network.trace import trace

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def end(world: Snapshot, name: str) -> Endpoint:
    """Return an endpoint: an interface by its id, else an outside address."""
    interface = world.interfaces.get(name)
    if interface is None:
        return Endpoint(ip_address(name))
    return Endpoint((*interface.private_ips, *interface.ipv6s)[0], interface)


def ask(world: Snapshot, source: str, target: str, port: int = 80, protocol: str = "tcp") -> Trace:
    """Trace a flow between two named ends."""
    return trace(world, Flow(end(world, source), end(world, target), protocol, port))


def codes(found: Trace) -> list[tuple[str, str, str, str | None]]:
    """Return each blocker's code, leg, element and rule."""
    return [(one.code, one.leg.value, one.element_id, one.rule) for one in found.blockers]


def way(found: Trace) -> tuple[list[str], list[str]]:
    """Return the ids of the hops there and back."""
    return [hop.element_id for hop in found.forward], [hop.element_id for hop in found.back]
