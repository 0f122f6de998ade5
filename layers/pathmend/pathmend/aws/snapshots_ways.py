"""The ways out of a load balancer's VPC, read only where routes, interfaces, endpoints or needs say there are any."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from pathmend.aws.describe import DHCP_OPTIONS, GATEWAY_READS, PROFILE_ASSOCIATIONS, VPC_READS, WAY_READS, Describe
from pathmend.aws.describe_calls import described, dicts
from pathmend.aws.snapshots_firewalls import firewalls_in
from pathmend.aws.snapshots_parents import entries_of, lists_in, vpc_attributes
from pathmend.aws.snapshots_waves import filtered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Reads
    from pathmend.aws.snapshots_needs import Needs
    from pathmend.aws.snapshots_reading import Reading
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Snapshot

_ATTACHMENTS = "TransitGatewayVpcAttachments"
_PEERINGS = "VpcPeeringConnections"


def ways_of(clients: Clients, reading: Reading, *, snapshot: Snapshot, vpc_id: str, needs: Needs) -> Reads:
    """Return the calls for what leads out of the VPC and what decides on names in it; `snapshot` is the reading's."""
    wanted = set(_kinds(snapshot, reading, needs))
    reads: Reads = {}
    for each in (one for one in WAY_READS if one.key in wanted):
        reads.setdefault(each.key, []).extend(filtered(clients, each, [vpc_id]))
    if any(endpoint.kind == "GatewayLoadBalancer" for endpoint in snapshot.vpc_endpoints.values()):
        reads["Firewalls"] = [firewalls_in(clients, [vpc_id])]
    if needs.dependents:
        reads["VpcAttributes"] = [vpc_attributes(clients, vpc_id)]
        reads["DhcpOptions"] = filtered(clients, DHCP_OPTIONS, reading.each("Vpcs", "DhcpOptionsId"))
    return {**reads, **profile_ties(clients, needs.instances)}


def profile_ties(clients: Clients, instance_ids: Collection[str]) -> Reads:
    """Return the calls for what ties instances to their profiles; none without any."""
    return {PROFILE_ASSOCIATIONS.key: filtered(clients, PROFILE_ASSOCIATIONS, instance_ids)} if instance_ids else {}


def _kinds(snapshot: Snapshot, reading: Reading, needs: Needs) -> Iterator[str]:
    targets = {route.target.split("-")[0] for table in snapshot.route_tables.values() for route in table.routes}
    if needs.far or "pcx" in targets:
        yield _PEERINGS
    if needs.far or "tgw" in targets or _has_transit_interfaces(reading):
        yield _ATTACHMENTS
    if "vgw" in targets:
        yield "VpnGateways"
    gateways = any(endpoint.kind == "Gateway" for endpoint in snapshot.vpc_endpoints.values())
    if (gateways and needs.dependents) or lists_in(reading.answers, ()):
        yield "PrefixLists"


def _has_transit_interfaces(reading: Reading) -> bool:
    """Say whether a transit gateway has interfaces in the VPC: so it is attached, though no route may lead there."""
    interfaces = dicts(reading.answers.get("NetworkInterfaces", ()))
    return any(one.get("InterfaceType") == "transit_gateway" for one in interfaces)


def beyond_ways(clients: Clients, reading: Reading) -> Reads:
    """Return the calls for the transit gateways that were found, and for prefix lists whose entries are not known."""
    reads: Reads = {}
    if _ATTACHMENTS in {*reading.answers, *reading.unread}:
        gateways = reading.each(_ATTACHMENTS, "TransitGatewayId")
        reads |= {each.key: filtered(clients, each, gateways) for each in GATEWAY_READS}
    lists = lists_in(reading.answers, ())
    return {**reads, "PrefixListEntries": [entries_of(clients, one) for one in lists]} if lists else reads


def far_vpcs(clients: Clients, reading: Reading, addresses: Sequence[Address]) -> Reads:
    """Return the calls for the VPCs at the other ends of peerings and transit gateways, kept if they hold an address.

    Those of another account or Region cannot be read; they are not answered.
    """
    candidates = sorted({*_peers(reading), *_attached(reading)} - set(reading.each("Vpcs", "VpcId")))
    if not addresses or not candidates:
        return {}

    def holds(item: Mapping[str, Any], _: Collection[str]) -> bool:
        blocks = (one["CidrBlock"] for one in item.get("CidrBlockAssociationSet", ()))
        return any(address in ip_network(block) for block in blocks for address in addresses)

    return {"Vpcs": [described(clients, Describe("Vpcs", "describe_vpcs", keep=holds), candidates)]}


def _peers(reading: Reading) -> Iterator[str]:
    for peering in dicts(reading.answers.get(_PEERINGS, ())):
        for end in ("RequesterVpcInfo", "AccepterVpcInfo"):
            yield from filter(None, [peering.get(end, {}).get("VpcId")])


def _attached(reading: Reading) -> Iterator[str]:
    attachments = dicts(reading.answers.get("TransitGatewayAttachments", ()))
    return (one["ResourceId"] for one in attachments if one.get("ResourceType") == "vpc" and one.get("ResourceId"))


def in_far_vpcs(clients: Clients, vpc_ids: Sequence[str]) -> Reads:
    """Return the calls for what decides on packets in VPCs of which only themselves were read so far."""
    if not vpc_ids:
        return {}
    attachments = (each for each in WAY_READS if each.key == _ATTACHMENTS)
    rest = (each for each in VPC_READS if each.key != "Vpcs")
    reads = {each.key: filtered(clients, each, vpc_ids) for each in (*rest, *attachments)}
    return {**reads, "Firewalls": [firewalls_in(clients, vpc_ids)]}
