"""Whether the private names of an interface endpoint may be turned on: they move the whole VPC, not the targets alone.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names and
https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import NoMechanicalRepair, PrivateNamesOff
from pathmend.diagnosis.name_resolution import own_resolvers, unread_resolvers
from pathmend.diagnosis.service_way import by_interface_endpoint, way_to
from pathmend.network.flow import Verdict
from pathmend.snapshot.names import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.resources import NetworkInterface, VpcEndpoint
    from pathmend.snapshot.world import Snapshot

_OF_AWS = ("ELB ", "Interface for NAT Gateway ", "VPC Endpoint Interface ")
"""How AWS describes the interfaces of load balancers, NAT gateways and endpoints.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
"""
_WITH_GATEWAY_ENDPOINTS = ("s3", "dynamodb")
"""Services whose interface endpoints have private names of their own kind, beside a gateway endpoint.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html#private-dns
"""


def names_off(
    snapshot: Snapshot, endpoint: VpcEndpoint, service: str, region: str
) -> PrivateNamesOff | NoMechanicalRepair:
    """Return the cause that a change clears where nobody is cut off by that, or what a person is to decide."""
    against = _against(snapshot, endpoint, service)
    if against is None:
        against = _cut_off(snapshot, endpoint, service, region)
    if against is None:
        return PrivateNamesOff(endpoint.id)
    ask = f"turn on the private DNS names of {endpoint.id}, or have the application ask the endpoint's own names"
    return NoMechanicalRepair(f"{ask}: {against}")


def _against(snapshot: Snapshot, endpoint: VpcEndpoint, service: str) -> str | None:
    """Say why the names could not be turned on, or would not be asked for."""
    vpc = snapshot.vpcs.get(endpoint.vpc_id)
    if endpoint.kind != "Interface" or service in _WITH_GATEWAY_ENDPOINTS:
        return f"Pathmend does not change those of {service} or of an endpoint of type {endpoint.kind}"
    if vpc is None or not (vpc.dns_support and vpc.dns_hostnames):
        return f"they need both DNS attributes of {endpoint.vpc_id} on"
    others = own_resolvers(snapshot, vpc.id)
    if others:
        return f"what the name servers {', '.join(others)} of {vpc.id} answer is not in the snapshot"
    if unread := unread_resolvers(snapshot, vpc.id):
        return unread
    rival = next(_rivals(snapshot, endpoint), None)
    return f"{rival} has the same names already" if rival else None


def _rivals(snapshot: Snapshot, endpoint: VpcEndpoint) -> Iterator[str]:
    for other in snapshot.vpc_endpoints.values():
        same = (other.vpc_id, other.service_name, other.kind) == (endpoint.vpc_id, endpoint.service_name, endpoint.kind)
        if same and other.id != endpoint.id and other.private_dns:
            yield other.id


def _cut_off(snapshot: Snapshot, endpoint: VpcEndpoint, service: str, region: str) -> str | None:
    """Name an interface of the VPC that may reach the service now, and would not be proven to by the endpoint."""
    led = snapshot.having("vpc_endpoints", replace(endpoint, private_dns=True))
    for interface in snapshot.interfaces.values():
        if interface.vpc_id != endpoint.vpc_id or not _asks(interface) or _is_led(led, interface, endpoint):
            continue
        if _reaches(snapshot, interface, service, region):
            return f"{named(snapshot, interface.id)} in {interface.subnet_id} would lose its way to {service}"
    return None


def _asks(interface: NetworkInterface) -> bool:
    """Say whether somebody's requests may leave by the interface: those that AWS makes for its own work ask nothing."""
    return bool(interface.private_ips) and not interface.description.startswith(_OF_AWS)


def _reaches(snapshot: Snapshot, interface: NetworkInterface, service: str, region: str) -> bool:
    """Say whether the interface's requests may arrive now: what is unknown may."""
    return way_to(snapshot, interface, service, region).trace.verdict is not Verdict.BLOCKED


def _is_led(snapshot: Snapshot, interface: NetworkInterface, endpoint: VpcEndpoint) -> bool:
    return by_interface_endpoint(snapshot, interface, endpoint).trace.verdict is Verdict.OPEN
