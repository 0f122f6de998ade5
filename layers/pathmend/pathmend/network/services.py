"""Flows to a service by its prefix list (S3, DynamoDB): to all its addresses at once, exactly."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from pathmend.network.addresses import private_kind
from pathmend.network.firewall_named import networks_named
from pathmend.network.flow import Endpoint, Trace, Verdict
from pathmend.network.joined import joined
from pathmend.network.security_group import networks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from pathmend.network.flow import Flow
    from pathmend.snapshot.resources import Address, Network
    from pathmend.snapshot.world import Snapshot

_IPV6 = 6
_SERVICES = ("com.amazonaws.", "cn.com.amazonaws.")
_NOWHERE = ip_address("0.0.0.0")  # noqa: S104 - the address of a service whose list was not read


def to_service(snapshot: Snapshot, name: str, vpc_ids: Collection[str] = ()) -> Endpoint:
    """Return the end of a flow that means all addresses of a prefix list: by its id, its name, or "s3".

    Each Region has its own list of a service: of several, the one in the Region of the sender's VPC is meant.
    """
    named = [one for one in snapshot.prefix_lists.values() if name in (one.id, one.name, one.name.rsplit(".", 1)[-1])]
    zones = {one.availability_zone for one in snapshot.subnets.values() if one.vpc_id in vpc_ids}
    near = (one for one in named if any(zone.startswith(_region_of(one.name)) for zone in zones))
    found = next(near, named[0] if named else None)
    networks = found.networks if found else None
    address = networks[0].network_address if networks else _NOWHERE
    return Endpoint(address, None, found.id if found else name)


def _region_of(name: str) -> str:
    """Return the Region in the name of a service's list, as in "com.amazonaws.us-east-1.s3"."""
    return ".".join(name.split(".")[-2:-1])


def trace_to_list(snapshot: Snapshot, flow: Flow, trace: Callable[[Snapshot, Flow], Trace]) -> Trace:
    """Trace the flow to one address of each part of the list that rules and routes tell apart, and join the answers.

    It is OPEN when all addresses are, PARTIAL when some are blocked; `open_ports` are those that reach all of them.
    """
    name = str(flow.destination.prefix_list)
    networks = networks_of(snapshot, name)
    if not networks:
        why = f"the addresses of {name} were not read"
        return Trace(flow, Verdict.UNKNOWN, (), (), (), (why,), flow.source_ports)
    fitting = [network for network in networks if network.version == flow.source.address.version] or list(networks)
    ends = (Endpoint(address) for address in _parts(fitting, _told_apart(snapshot)))
    return joined(flow, [trace(snapshot, replace(flow, destination=end)) for end in ends])


def on_the_internet(snapshot: Snapshot, flow: Flow, trace: Callable[[Snapshot, Flow], Trace]) -> Trace:
    """Trace to a service whose addresses are public and not known: blocked only where every public address is.

    The flow's own destination stands for the addresses that nothing names. Services that have lists of their addresses
    are others.
    """
    found = trace(snapshot, flow)
    if not found.blockers:
        return found
    everywhere = [ip_network("::/0" if flow.source.address.version == _IPV6 else "0.0.0.0/0")]
    others = [net for one in snapshot.prefix_lists.values() if _is_of_service(one.name) for net in one.networks or ()]
    for address in _parts(everywhere, _told_apart(snapshot)):
        public = address.is_global and not address.is_multicast and not private_kind(address)
        if not public or any(address in network for network in others):
            continue
        other = trace(snapshot, replace(flow, destination=Endpoint(address)))
        if not other.blockers:
            why = "some public addresses can be reached and others cannot, and which the service has is not known"
            return Trace(flow, Verdict.UNKNOWN, found.forward, found.back, (), (why,), flow.source_ports)
    return found


def _is_of_service(name: str) -> bool:
    return name.startswith(_SERVICES)


def _told_apart(snapshot: Snapshot) -> set[tuple[int, int]]:
    """Return where addresses begin to fare otherwise: the edges of every network that a rule or a route names."""
    return snapshot.derived(_edges)


def _edges(snapshot: Snapshot) -> set[tuple[int, int]]:
    named = [entry.cidr for acl in snapshot.network_acls.values() for entry in acl.entries]
    peers = [rule.peer for group in snapshot.security_groups.values() for rule in group.rules]
    peers += [route.destination for table in snapshot.route_tables.values() for route in table.routes]
    named += [network for peer in peers for network in networks_of(snapshot, peer) or ()]
    named += networks_named(snapshot)
    return {
        (network.version, edge)
        for network in named
        for edge in (int(network.network_address), int(network.broadcast_address) + 1)
    }


def _parts(networks: Sequence[Network], edges: set[tuple[int, int]]) -> Iterator[Address]:
    for network in networks:
        first, last = int(network.network_address), int(network.broadcast_address)
        kind = IPv4Address if isinstance(network.network_address, IPv4Address) else IPv6Address
        inside = {edge for version, edge in edges if version == network.version and first < edge <= last}
        yield from (kind(number) for number in sorted({first, *inside}))
