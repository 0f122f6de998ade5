"""Which way a request from an instance to a service of AWS leaves: by an endpoint of the VPC, or by the internet.

Names decide about interface endpoints, route tables about gateway endpoints. The way decides what IAM gets to see.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html and
https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from pathmend.diagnosis.name_resolution import own_resolvers, unread_resolvers
from pathmend.network.ephemeral import usual_source_ports
from pathmend.network.flow import Endpoint, Flow, Trace, Verdict
from pathmend.network.joined import joined
from pathmend.network.load_balancer import SOME_CLIENT
from pathmend.network.public_addresses import public_of
from pathmend.network.services import on_the_internet
from pathmend.network.trace import trace
from pathmend.snapshot.names import named

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NetworkInterface, VpcEndpoint
    from pathmend.snapshot.transit import PrefixList
    from pathmend.snapshot.world import Snapshot

HTTPS = 443
TCP_NAME = "tcp"


class Kind(Enum):
    """The kinds of ways to a service."""

    GATEWAY_ENDPOINT = "gateway endpoint"
    INTERFACE_ENDPOINT = "interface endpoint"
    INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a service, and what the network does on it.

    `gateway_id` is the NAT or internet gateway that a request leaves by, `source_ip` the address that the service sees
    then; None where it is not known. `list_id` is the prefix list with the service's addresses. `unsure` says why
    requests may take another way than this one.
    """

    kind: Kind
    trace: Trace
    endpoint_id: str | None = None
    gateway_id: str | None = None
    source_ip: Address | None = None
    list_id: str | None = None
    unsure: str | None = None

    def words(self, snapshot: Snapshot) -> str:
        """Say where the requests leave."""
        by = self.endpoint_id or self.gateway_id
        if by is None:
            return "by no gateway that is known"
        return f"by {self.kind.value} {named(snapshot, by)}" if self.endpoint_id else f"by {named(snapshot, by)}"


def endpoints_of(snapshot: Snapshot, vpc_id: str, service: str, region: str) -> tuple[VpcEndpoint, ...]:
    """Return the VPC's endpoints of a service in a Region, by id."""
    end = f".{region}.{service}"
    own = (one for one in snapshot.vpc_endpoints.values() if one.vpc_id == vpc_id)
    return tuple(sorted((one for one in own if one.service_name.endswith(end)), key=lambda one: one.id))


def way_to(snapshot: Snapshot, interface: NetworkInterface, service: str, region: str) -> Way:
    """Return the way that requests of the interface's instance take to the service in that Region."""
    known = snapshot.derived(_known)
    key = interface.id, service, region
    if key not in known:
        found = _way_to(snapshot, interface, service, region)
        known[key] = replace(found, unsure=_unsure(snapshot, interface, service, region))
    return known[key]


def _unsure(snapshot: Snapshot, interface: NetworkInterface, service: str, region: str) -> str | None:
    """Say what decides about the way and was not read: endpoints, the route table, who resolves endpoints' names."""
    vpc_id = interface.vpc_id
    if "VpcEndpoints" in snapshot.unread:
        return f"the endpoints of {vpc_id} were not read"
    if interface.subnet_id not in snapshot.subnets or snapshot.route_table_of(interface.subnet_id) is None:
        return f"the route table of {interface.subnet_id} was not read"
    by_name = any(one.private_dns for one in endpoints_of(snapshot, vpc_id, service, region))
    if not by_name or vpc_id not in snapshot.vpcs:
        return None
    others = own_resolvers(snapshot, vpc_id)
    asked = f"what the name servers {', '.join(others)} of {vpc_id} answer is not in the snapshot" if others else None
    return asked or unread_resolvers(snapshot, vpc_id)


def _known(_: Snapshot) -> dict[tuple[str, str, str], Way]:
    return {}


def _way_to(snapshot: Snapshot, interface: NetworkInterface, service: str, region: str) -> Way:
    for endpoint in endpoints_of(snapshot, interface.vpc_id, service, region):
        if endpoint.kind == "Interface" and endpoint.state == "available" and names_lead_to(snapshot, endpoint):
            return by_interface_endpoint(snapshot, interface, endpoint)
    listed = _list_of(snapshot, service, region)
    for endpoint in endpoints_of(snapshot, interface.vpc_id, service, region):
        if endpoint.kind == "Gateway" and is_associated(snapshot, endpoint, interface.subnet_id):
            return _by_gateway_endpoint(snapshot, interface, endpoint, listed)
    return _by_internet(snapshot, interface, listed)


def names_lead_to(snapshot: Snapshot, endpoint: VpcEndpoint) -> bool:
    """Return whether the service's usual name means the interface endpoint within its VPC.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html (both attributes of the VPC)
    """
    vpc = snapshot.vpcs.get(endpoint.vpc_id)
    off = vpc is not None and (vpc.dns_support is False or vpc.dns_hostnames is False)
    return endpoint.private_dns and not off


def is_associated(snapshot: Snapshot, endpoint: VpcEndpoint, subnet_id: str) -> bool:
    """Return whether the subnet's route table leads to the gateway endpoint."""
    table = snapshot.route_table_of(subnet_id) if subnet_id in snapshot.subnets else None
    return table is not None and table.id in endpoint.route_table_ids


def by_interface_endpoint(snapshot: Snapshot, interface: NetworkInterface, endpoint: VpcEndpoint) -> Way:
    """Return the way to the endpoint's interfaces: a name means any of them."""
    known = (snapshot.interfaces.get(one) for one in endpoint.interface_ids)
    ends = [Endpoint(one.private_ips[0], one) for one in known if one and one.private_ips]
    flow = _flow(snapshot, interface, ends[0] if ends else Endpoint(SOME_CLIENT))
    if not ends:
        why = f"the network interfaces of {endpoint.id} were not read"
        found = Trace(flow, Verdict.UNKNOWN, (), (), (), (why,), flow.source_ports)
    else:
        found = joined(flow, [trace(snapshot, _flow(snapshot, interface, end)) for end in ends])
    return Way(Kind.INTERFACE_ENDPOINT, found, endpoint.id)


def _by_gateway_endpoint(
    snapshot: Snapshot, interface: NetworkInterface, endpoint: VpcEndpoint, listed: PrefixList | None
) -> Way:
    list_id = listed.id if listed else endpoint.service_name
    end = Endpoint(listed.networks[0].network_address if listed and listed.networks else SOME_CLIENT, None, list_id)
    found = trace(snapshot, _flow(snapshot, interface, end))
    return Way(Kind.GATEWAY_ENDPOINT, found, endpoint.id, list_id=listed.id if listed else None)


def _by_internet(snapshot: Snapshot, interface: NetworkInterface, listed: PrefixList | None) -> Way:
    if listed and listed.networks:
        end = Endpoint(listed.networks[0].network_address, None, listed.id)
        found = trace(snapshot, _flow(snapshot, interface, end))
    else:
        found = on_the_internet(snapshot, _flow(snapshot, interface, Endpoint(SOME_CLIENT)), trace)
    gateway_id, source_ip = _leaves_by(snapshot, interface, found)
    return Way(Kind.INTERNET, found, None, gateway_id, source_ip, listed.id if listed and listed.networks else None)


def _leaves_by(snapshot: Snapshot, interface: NetworkInterface, found: Trace) -> tuple[str | None, Address | None]:
    for hop in reversed(found.forward):
        if hop.kind == "nat-gateway":
            nat = snapshot.nat_gateways.get(hop.element_id)
            return hop.element_id, nat.public_ips[0] if nat and len(nat.public_ips) == 1 else None
    for hop in reversed(found.forward):
        if hop.kind == "internet-gateway":
            return hop.element_id, public_of(snapshot, interface, interface.private_ips[0]).address
    return None, None


def _list_of(snapshot: Snapshot, service: str, region: str) -> PrefixList | None:
    """Return the list of the service's addresses in the Region, where it has one that was read."""
    end = f".{region}.{service}"
    return next((one for one in snapshot.prefix_lists.values() if one.name.endswith(end)), None)


def _flow(snapshot: Snapshot, interface: NetworkInterface, to: Endpoint) -> Flow:
    source = Endpoint(interface.private_ips[0], interface)
    return Flow(source, to, TCP_NAME, HTTPS, usual_source_ports(snapshot, interface))
