"""Prefix lists, peerings, transit gateways and what stands above VPCs from their describe answers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.item import Item, sorted_networks
from pathmend.snapshot.transit import (
    Peering,
    PeeringEnd,
    PeeringSide,
    PrefixList,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.snapshot.resources import Network

_GONE = ("disassociated", "disassociating", "disabled", "disabling", "deleted", "deleting")


def prefix_lists(lists: Iterable[Item], entries: Iterable[Item]) -> Iterator[PrefixList]:
    """Return the prefix lists; an item of `entries` is {"PrefixListId", "Entries"}, as AWS answers them per list."""
    known: dict[str, set[Network]] = {}
    for item in entries:
        known.setdefault(item.text("PrefixListId"), set()).update(_entries(item))
    described = {item.text("PrefixListId"): item for item in lists}
    for list_id in sorted({*described, *known}):
        yield _prefix_list(list_id, described.get(list_id), known.get(list_id))


def _prefix_list(list_id: str, item: Item | None, networks: set[Network] | None) -> PrefixList:
    if item is None:
        return PrefixList(list_id, "", sorted_networks(networks or set()))
    own = set(_entries(item)) | {_network(text) for text in _texts(item, "Cidrs")}
    given = networks is not None or "Entries" in item.values or "Cidrs" in item.values
    return PrefixList(
        id=list_id,
        name=item.maybe("PrefixListName") or "",
        networks=sorted_networks(own | (networks or set())) if given else None,
        max_entries=item.number("MaxEntries"),
    )


def _entries(item: Item) -> Iterator[Network]:
    return (_network(entry) for entry in item.items("Entries"))


def _network(item: Item) -> Network:
    network = item.network("Cidr")
    if network is None:
        raise InvalidSnapshotError(f"{item.at('Cidr')}: is missing")
    return network


def _texts(item: Item, key: str) -> Iterator[Item]:
    return (Item(item.at(key), {"Cidr": text}) for text in item.texts(key))


def peering(item: Item) -> Peering:
    """Return a VPC peering connection."""
    return Peering(
        id=item.text("VpcPeeringConnectionId"),
        state=item.item("Status").maybe("Code") or "unknown",
        requester=_end(item.item("RequesterVpcInfo")),
        accepter=_end(item.item("AccepterVpcInfo")),
        tags=item.tags(),
    )


def _end(item: Item) -> PeeringEnd:
    blocks = {item.network("CidrBlock")}
    blocks |= {block.network("CidrBlock") for block in item.items("CidrBlockSet")}
    blocks |= {block.network("Ipv6CidrBlock") for block in item.items("Ipv6CidrBlockSet")}
    networks = sorted_networks({block for block in blocks if block is not None})
    return PeeringEnd(item.maybe("VpcId") or "", networks, item.maybe("Region") or "")


def transit_gateway(item: Item) -> TransitGateway:
    """Return a transit gateway."""
    return TransitGateway(
        id=item.text("TransitGatewayId"),
        state=item.maybe("State") or "available",
        group_references=item.item("Options").maybe("SecurityGroupReferencingSupport") == "enable",
        tags=item.tags(),
    )


def attachments(general: Iterable[Item], of_vpcs: Iterable[Item]) -> Iterator[TransitGatewayAttachment]:
    """Return the attachments of all kinds; those of VPCs have an answer of their own, which names their subnets."""
    by_id: dict[str, list[Item]] = defaultdict(list)
    for item in general:
        by_id[item.text("TransitGatewayAttachmentId")].append(item)
    own = {item.text("TransitGatewayAttachmentId"): item for item in of_vpcs}
    for attachment_id in sorted({*by_id, *own}):
        blank = Item(f"TransitGatewayAttachments {attachment_id}", {})
        yield _attachment(attachment_id, by_id.get(attachment_id, [blank]), own.get(attachment_id, blank))


def _attachment(attachment_id: str, items: list[Item], vpc: Item) -> TransitGatewayAttachment:
    options = vpc.item("Options")
    # Accounts and Regions may each describe it: the order of their answers is to change nothing.
    item = max(items, key=lambda one: (len(one.values), str(one.values)))
    return TransitGatewayAttachment(
        id=attachment_id,
        transit_gateway_id=vpc.maybe("TransitGatewayId") or item.text("TransitGatewayId"),
        kind=item.maybe("ResourceType") or "vpc",
        resource_id=vpc.maybe("VpcId") or item.maybe("ResourceId") or "",
        state=vpc.maybe("State") or item.maybe("State") or "available",
        subnet_ids=vpc.texts("SubnetIds") if "SubnetIds" in vpc.values else None,
        table_id=_associated_table(item),
        appliance_mode=options.maybe("ApplianceModeSupport") == "enable",
        group_references=options.maybe("SecurityGroupReferencingSupport") == "enable",
        sides=tuple(sorted({_side(one) for one in items if one.maybe("ResourceType") == "peering"}, key=str)),
    )


def _associated_table(item: Item) -> str | None:
    link = item.item("Association")
    return None if link.maybe("State") in _GONE else link.maybe("TransitGatewayRouteTableId")


def _side(item: Item) -> PeeringSide:
    return PeeringSide(item.text("TransitGatewayId"), item.maybe("ResourceId") or "", _associated_table(item))


def route_tables(tables: Iterable[Item], parts: Iterable[Item]) -> Iterator[TransitGatewayRouteTable]:
    """Return the route tables of transit gateways.

    AWS answers their contents per table, so an item of `parts` is {"TransitGatewayRouteTableId"} with "Routes",
    "Associations" or "TransitGatewayRouteTablePropagations".
    """
    contents: dict[str, list[Item]] = defaultdict(list)
    for part in parts:
        contents[part.text("TransitGatewayRouteTableId")].append(part)
    described = {item.text("TransitGatewayRouteTableId"): item for item in tables}
    for table_id in sorted({*described, *contents}):
        item = described.get(table_id)
        yield _route_table(table_id, item.text("TransitGatewayId") if item else "", contents[table_id])


def _route_table(table_id: str, gateway_id: str, parts: list[Item]) -> TransitGatewayRouteTable:
    routes = [_route(one) for part in parts for one in part.items("Routes")]
    known = any("Routes" in part.values for part in parts)
    return TransitGatewayRouteTable(
        id=table_id,
        transit_gateway_id=gateway_id,
        routes=tuple(sorted(set(routes), key=_route_order)) if known else None,
        associated=_attached(parts, "Associations"),
        propagating=_attached(parts, "TransitGatewayRouteTablePropagations"),
    )


def _attached(parts: list[Item], key: str) -> tuple[str, ...]:
    links = (link for part in parts for link in part.items(key) if link.maybe("State") not in _GONE)
    return tuple(sorted({link.text("TransitGatewayAttachmentId") for link in links}))


def _route_order(route: TransitGatewayRoute) -> tuple[str, bool, tuple[str, ...]]:
    return str(route.destination), route.propagated, route.attachment_ids


def _route(item: Item) -> TransitGatewayRoute:
    attached = item.items("TransitGatewayAttachments")
    return TransitGatewayRoute(
        destination=item.network("DestinationCidrBlock") or item.text("PrefixListId"),
        attachment_ids=tuple(sorted({one.text("TransitGatewayAttachmentId") for one in attached})),
        state=item.maybe("State") or "active",
        propagated=item.maybe("Type") == "propagated",
    )
