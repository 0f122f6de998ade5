"""The flow to a host that targets need, as the network treats it: HTTP and TLS with the host that they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.network.ephemeral import usual_source_ports
from pathmend.network.flow import Application, Endpoint, Flow
from pathmend.network.trace import trace

if TYPE_CHECKING:
    from pathmend.diagnosis.dependency import HostNeed
    from pathmend.network.flow import Trace
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

_CARRIES = {"http": "http", "https": "tls"}


def way_to_host(snapshot: Snapshot, interface: NetworkInterface, need: HostNeed) -> Trace | str:
    """Return what becomes of a connection to the host, or a sentence that says why that is not known."""
    if need.address is None:
        return f"which address {need.host} has: write {need.scheme}://{need.host}=ADDRESS:{need.port} in the tag"
    carried = _CARRIES.get(need.scheme)
    flow = Flow(
        source=Endpoint(interface.private_ips[0], interface),
        destination=Endpoint(need.address),
        protocol="udp" if need.scheme == "udp" else "tcp",
        port=need.port,
        source_ports=usual_source_ports(snapshot, interface),
        application=Application(carried, need.host) if carried else None,
    )
    return trace(snapshot, flow)
