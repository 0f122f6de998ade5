"""Answers that AWS gives per parent: of a VPC, a prefix list, a transit gateway's route table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.aws.describe_calls import called, dicts, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Items, Read, Reads

_ENTRIES_PER_PAGE = 100
_TABLE_CALLS = {
    "TransitGatewayRoutes": (
        "search_transit_gateway_routes",
        "Routes",
        {"Filters": [{"Name": "state", "Values": ["active", "blackhole"]}]},
    ),
    "TransitGatewayRouteTableAssociations": ("get_transit_gateway_route_table_associations", "Associations", {}),
    "TransitGatewayRouteTablePropagations": (
        "get_transit_gateway_route_table_propagations",
        "TransitGatewayRouteTablePropagations",
        {},
    ),
}
"""The snapshot's key, the operation, the answer's key and what else is asked, per route table."""


def vpc_attributes(clients: Clients, vpc_id: str) -> Read:
    """Return the call for how a VPC resolves names."""
    return lambda: [
        whole(clients.ec2, "describe_vpc_attribute", VpcId=vpc_id, Attribute=attribute)
        for attribute in ("enableDnsSupport", "enableDnsHostnames")
    ]


def lists_in(answers: Mapping[str, Sequence[object]], wanted: Iterable[str]) -> list[str]:
    """Return the prefix lists whose entries are still to be read: the wanted ones and those that rules refer to."""
    known = {one["PrefixListId"] for one in dicts(answers.get("PrefixLists", ())) if one.get("Cidrs")}
    referred = {name for key in ("RouteTables", "SecurityGroups") for name in _names(answers.get(key, ()))}
    return sorted({*wanted, *referred} - known)


def _names(value: object) -> Iterator[str]:
    """Yield the prefix lists that are named anywhere in an answer."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("PrefixListId") and isinstance(item, str) and item:
                yield item
            else:
                yield from _names(item)


def entries_of(clients: Clients, list_id: str) -> Read:
    """Return the call for a prefix list's entries."""
    paging = {"PaginationConfig": {"PageSize": _ENTRIES_PER_PAGE}}

    def read() -> Items:
        operation = "get_managed_prefix_list_entries"
        found = called(clients.ec2, operation, "Entries", PrefixListId=list_id, **paging)
        return [{"PrefixListId": list_id, "Entries": list(found)}]

    return read


def table_parts(clients: Clients, table_ids: Sequence[str]) -> Reads:
    """Return the calls for what stands in route tables of transit gateways."""
    return {key: [_table_part(clients, table_id, key) for table_id in table_ids] for key in _TABLE_CALLS}


def _table_part(clients: Clients, table_id: str, key: str) -> Read:
    operation, answer_key, more = _TABLE_CALLS[key]

    def read() -> Items:
        found = called(clients.ec2, operation, answer_key, TransitGatewayRouteTableId=table_id, **more)
        return [{"TransitGatewayRouteTableId": table_id, answer_key: list(found)}]

    return read
