"""Where CloudFormation has what VPC endpoints are.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.channels.infrastructure_code.addresses import logical_id
from pathmend.channels.infrastructure_code.documents import document_of
from pathmend.channels.infrastructure_code.literals import Json
from pathmend.channels.infrastructure_code.slot import Slot, Standing

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner

_ENDPOINT = "AWS::EC2::VPCEndpoint"


def endpoint_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in a template; None for a change that is about something else."""
    match change:
        case AssociateEndpointTables():
            return (_endpoint_tables(change, owner),)
        case SetEndpointPolicy():
            return (_endpoint_policy(change, owner),)
        case SetPrivateDns():
            return (_private_dns(change, owner),)
        case _:
            return None


def _endpoint_tables(change: AssociateEndpointTables, owner: Owner | None) -> Slot:
    return Slot(
        _ENDPOINT,
        logical_id(owner, change.endpoint_id, _ENDPOINT),
        "LogicalIdOfTheEndpoint",
        f"{change.endpoint_id} ({', '.join(change.table_ids)})",
        {"RouteTableIds": [*change.table_ids]} if change.associated else None,
        Standing.ITEM,
    )


def _endpoint_policy(change: SetEndpointPolicy, owner: Owner | None) -> Slot:
    """Return the endpoint's policy; without the property it is the default one."""
    held: dict[str, Value] | None = None
    if change.document is not None:
        held = {"PolicyDocument": Json(document_of(change.document))}
    name = logical_id(owner, change.endpoint_id, _ENDPOINT)
    note = "" if held else "Without a PolicyDocument the endpoint has the default policy, which lets all through."
    return Slot(_ENDPOINT, name, "LogicalIdOfTheEndpoint", change.endpoint_id, held, note=note)


def _private_dns(change: SetPrivateDns, owner: Owner | None) -> Slot:
    name = logical_id(owner, change.endpoint_id, _ENDPOINT)
    held: dict[str, Value] = {"PrivateDnsEnabled": change.enabled}
    return Slot(_ENDPOINT, name, "LogicalIdOfTheEndpoint", change.endpoint_id, held)
