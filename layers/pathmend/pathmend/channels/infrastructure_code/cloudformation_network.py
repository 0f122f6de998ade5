"""Where CloudFormation has routes, associations, network ACL entries and what belongs to a VPC.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html
"""

from __future__ import annotations

from ipaddress import IPv6Network
from typing import TYPE_CHECKING

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.route_targets import parameter_of
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_route import SetRoute
from pathmend.changes.set_vpc_attribute import SetVpcAttribute
from pathmend.channels.infrastructure_code.addresses import camel_name, logical_id
from pathmend.channels.infrastructure_code.literals import Reference
from pathmend.channels.infrastructure_code.slot import Slot, Standing
from pathmend.snapshot.acl_words import direction

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner
    from pathmend.snapshot.resources import AclEntry

_LOCAL = "local"
_NO_LOCAL = "A template has no property for the target local: restore the VPC's own route by the exact call."
_ATTRIBUTES = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}


def network_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in a template; None for a change that is about something else."""
    match change:
        case SetAclEntry():
            return (_acl_entry(change, owner),)
        case AssociateRouteTable():
            return (_association(change, owner),)
        case SetRoute():
            return (_route(change, owner),)
        case SetVpcAttribute():
            return (_vpc_attribute(change, owner),)
        case _:
            return None


def _acl_entry(change: SetAclEntry, owner: Owner | None) -> Slot:
    kind = "AWS::EC2::NetworkAclEntry"
    acl = logical_id(owner, change.acl_id, "AWS::EC2::NetworkAcl")
    way = direction(egress=change.egress)
    egress = "true" if change.egress else "false (or absent)"
    return Slot(
        kind,
        "",
        camel_name(acl or change.acl_id, way, change.rule_number),
        f"whose NetworkAclId is {_named(acl, change.acl_id)}, RuleNumber {change.rule_number} and Egress {egress}",
        {
            "NetworkAclId": _id(acl, change.acl_id),
            "RuleNumber": change.rule_number,
            "Egress": change.egress,
            **_entry(change.entry),
        }
        if change.entry
        else None,
        Standing.RESOURCE,
    )


def _entry(entry: AclEntry) -> dict[str, Value]:
    cidr = "Ipv6CidrBlock" if isinstance(entry.cidr, IPv6Network) else "CidrBlock"
    properties: dict[str, Value] = {
        "Protocol": int(entry.protocol),
        "RuleAction": entry.action,
        cidr: str(entry.cidr),
    }
    if entry.ports:
        properties["PortRange"] = {"From": entry.ports[0], "To": entry.ports[1]}
    if entry.icmp:
        properties["Icmp"] = {"Type": entry.icmp[0], "Code": entry.icmp[1]}
    return properties


def _association(change: AssociateRouteTable, owner: Owner | None) -> Slot:
    kind = "AWS::EC2::SubnetRouteTableAssociation"
    itself = logical_id(owner, change.subnet_id, kind) if owner and owner.resource_type else ""
    subnet = "" if itself else logical_id(owner, change.subnet_id, "AWS::EC2::Subnet")
    table = logical_id(owner, change.route_table_id, "AWS::EC2::RouteTable")
    held: dict[str, Value] | None = None
    if change.route_table_id:
        held = {"SubnetId": _id(subnet, change.subnet_id), "RouteTableId": _id(table, change.route_table_id)}
    return Slot(
        kind,
        itself,
        camel_name("RouteTableOf", change.subnet_id),
        f"whose SubnetId is {_named(subnet, change.subnet_id)}",
        held,
        Standing.RESOURCE,
        note="CloudFormation replaces the association when its RouteTableId changes.",
    )


def _route(change: SetRoute, owner: Owner | None) -> Slot:
    kind = "AWS::EC2::Route"
    table = logical_id(owner, change.table_id, "AWS::EC2::RouteTable")
    destination = str(change.destination)
    held: dict[str, Value] | None = None
    if change.target and change.target != _LOCAL:
        held = {"RouteTableId": _id(table, change.table_id), _destination(change): destination}
        held |= {key: str(value) for key, value in parameter_of(change.target).items()}
    return Slot(
        kind,
        "",
        camel_name("RouteOf", table or change.table_id, "to", destination),
        f"whose RouteTableId is {_named(table, change.table_id)} and {_destination(change)} {destination}",
        held,
        Standing.RESOURCE,
        note=_NO_LOCAL if change.target == _LOCAL else "",
    )


def _destination(change: SetRoute) -> str:
    if isinstance(change.destination, str):
        return "DestinationPrefixListId"
    return "DestinationIpv6CidrBlock" if isinstance(change.destination, IPv6Network) else "DestinationCidrBlock"


def _vpc_attribute(change: SetVpcAttribute, owner: Owner | None) -> Slot:
    kind = "AWS::EC2::VPC"
    held: dict[str, Value] = {_ATTRIBUTES[change.attribute]: change.enabled}
    return Slot(kind, logical_id(owner, change.vpc_id, kind), "LogicalIdOfTheVpc", change.vpc_id, held)


def _id(name: str, resource_id: str) -> Value:
    return Reference(name) if name else resource_id


def _named(name: str, resource_id: str) -> str:
    return f"{resource_id} (!Ref {name})" if name else resource_id
