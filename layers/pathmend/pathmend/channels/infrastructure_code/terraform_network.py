"""Where Terraform has routes, associations, network ACL entries and what belongs to a VPC.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs (resources of "VPC")
"""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.channels.infrastructure_code.addresses import reference, snake_name, terraform_address
from pathmend.channels.infrastructure_code.literals import Block
from pathmend.channels.infrastructure_code.slot import Slot, Standing
from pathmend.channels.infrastructure_code.terraform_routes import destination_of, target_of
from pathmend.snapshot.acl_words import direction

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner
    from pathmend.snapshot.resources import AclEntry

_TABLES = ("aws_route_table", "aws_default_route_table")
_ATTRIBUTES = {"dns_support": "enable_dns_support", "dns_hostnames": "enable_dns_hostnames"}


def network_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in code; None for a change that is about something else."""
    match change:
        case SetAclEntry():
            return _acl_entry(change, owner)
        case AssociateRouteTable():
            return (_association(change, owner),)
        case SetRoute():
            return _route(change, owner)
        case SetVpcAttribute():
            return (_vpc_attribute(change, owner),)
        case _:
            return None


def _acl_entry(change: SetAclEntry, owner: Owner | None) -> tuple[Slot, ...]:
    """Return both places: an entry is a resource, or a block of its ACL; a default ACL only has blocks."""
    kind, way = "aws_network_acl_rule", direction(egress=change.egress)
    acl = terraform_address(owner, change.acl_id, "aws_network_acl", "aws_default_network_acl")
    own: dict[str, Value] = {
        "network_acl_id": reference(acl, change.acl_id),
        "rule_number": change.rule_number,
        "egress": change.egress,
    }
    alone = Slot(
        kind,
        "",
        snake_name(acl.name if acl else change.acl_id, way, change.rule_number),
        f"of {change.acl_id}, rule_number {change.rule_number}, egress {str(change.egress).lower()}",
        {**own, **_entry(change.entry, "rule_action", alone=True)} if change.entry else None,
        Standing.RESOURCE,
        when="where the entry is a resource of its own",
    )
    block: dict[str, Value] = {"rule_no": change.rule_number}
    within = Slot(
        acl.resource_type if acl else "aws_network_acl",
        acl.name if acl else "",
        "name_of_the_acl",
        f"{change.acl_id} ({way} rule_no {change.rule_number})",
        {way: Block({**block, **_entry(change.entry, "action", alone=False)})} if change.entry else None,
        Standing.ITEM,
        when="where the ACL has its entries as blocks",
    )
    return (within,) if acl and acl.resource_type == "aws_default_network_acl" else (alone, within)


def _entry(entry: AclEntry, action: str, *, alone: bool) -> dict[str, Value]:
    """Return the entry's arguments; a block needs ports even where none apply."""
    cidr = "ipv6_cidr_block" if isinstance(entry.cidr, IPv6Network) else "cidr_block"
    arguments: dict[str, Value] = {"protocol": entry.protocol, action: entry.action, cidr: str(entry.cidr)}
    ports = entry.ports or (None if alone else (0, 0))
    if ports:
        arguments |= {"from_port": ports[0], "to_port": ports[1]}
    if entry.icmp:
        arguments |= {"icmp_type": entry.icmp[0], "icmp_code": entry.icmp[1]}
    return arguments


def _association(change: AssociateRouteTable, owner: Owner | None) -> Slot:
    kind = "aws_route_table_association"
    itself = terraform_address(owner, change.subnet_id, kind)
    subnet = terraform_address(owner, change.subnet_id, "aws_subnet", "aws_default_subnet")
    table = terraform_address(owner, change.route_table_id, *_TABLES)
    held: dict[str, Value] | None = None
    if change.route_table_id:
        held = {
            "subnet_id": reference(subnet, change.subnet_id),
            "route_table_id": reference(table, change.route_table_id),
        }
    return Slot(
        kind,
        itself.name if itself else "",
        snake_name(subnet.name if subnet else change.subnet_id),
        f"whose subnet_id is {change.subnet_id}",
        held,
        Standing.RESOURCE,
    )


def _route(change: SetRoute, owner: Owner | None) -> tuple[Slot, ...]:
    """Return both places: a route is a resource, or a block of its table; a default table only has blocks."""
    kind = "aws_route"
    table = terraform_address(owner, change.table_id, *_TABLES)
    target = target_of(change.target) if change.target else None
    alone = Slot(
        kind,
        "",
        snake_name(table.name if table else change.table_id, "to", change.destination),
        f"of {change.table_id} to {change.destination}",
        {
            "route_table_id": reference(table, change.table_id),
            destination_of(change, alone=True): str(change.destination),
        }
        | target
        if target
        else None,
        Standing.RESOURCE,
        when="where the route is a resource of its own",
    )
    within = Slot(
        table.resource_type if table else "aws_route_table",
        table.name if table else "",
        "name_of_the_table",
        f"{change.table_id} (route to {change.destination})",
        {"route": Block({destination_of(change, alone=False): str(change.destination)} | target)} if target else None,
        Standing.ITEM,
        when="where the table has its routes as blocks",
    )
    return (within,) if table and table.resource_type == "aws_default_route_table" else (alone, within)


def _vpc_attribute(change: SetVpcAttribute, owner: Owner | None) -> Slot:
    vpc = terraform_address(owner, change.vpc_id, "aws_vpc", "aws_default_vpc")
    held: dict[str, Value] = {_ATTRIBUTES[change.attribute]: change.enabled}
    kind = vpc.resource_type if vpc else "aws_vpc"
    return Slot(kind, vpc.name if vpc else "", "name_of_the_vpc", change.vpc_id, held)
