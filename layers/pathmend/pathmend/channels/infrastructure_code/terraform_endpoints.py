"""Where Terraform has what VPC endpoints are.

Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_endpoint
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_private_dns import SetPrivateDns
from pathmend.channels.infrastructure_code.addresses import reference, snake_name, terraform_address
from pathmend.channels.infrastructure_code.documents import document_of
from pathmend.channels.infrastructure_code.literals import Json
from pathmend.channels.infrastructure_code.slot import Slot, Standing

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner

_ENDPOINT = "aws_vpc_endpoint"


def endpoint_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in code; None for a change that is about something else."""
    match change:
        case AssociateEndpointTables():
            return _endpoint_tables(change, owner)
        case SetEndpointPolicy():
            return _endpoint_policy(change, owner)
        case SetPrivateDns():
            return (_private_dns(change, owner),)
        case _:
            return None


def _endpoint_tables(change: AssociateEndpointTables, owner: Owner | None) -> tuple[Slot, ...]:
    """Return an association per table, or the endpoint's list."""
    endpoint = terraform_address(owner, change.endpoint_id, _ENDPOINT)
    when = "where each association is a resource of its own"
    alone = (
        Slot(
            "aws_vpc_endpoint_route_table_association",
            "",
            snake_name(endpoint.name if endpoint else change.endpoint_id, table_id),
            f"of {change.endpoint_id} and {table_id}",
            {"vpc_endpoint_id": reference(endpoint, change.endpoint_id), "route_table_id": table_id}
            if change.associated
            else None,
            Standing.RESOURCE,
            when=when,
        )
        for table_id in change.table_ids
    )
    tables: list[Value] = [*change.table_ids]
    listed = Slot(
        _ENDPOINT,
        endpoint.name if endpoint else "",
        "name_of_the_endpoint",
        f"{change.endpoint_id} ({', '.join(change.table_ids)})",
        {"route_table_ids": tables} if change.associated else None,
        Standing.ITEM,
        when="where the endpoint itself lists its tables",
    )
    return (*alone, listed)


def _endpoint_policy(change: SetEndpointPolicy, owner: Owner | None) -> tuple[Slot, ...]:
    """Return both places: the endpoint has its policy, or a resource that does nothing else.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/vpc_endpoint_policy
    """
    endpoint = terraform_address(owner, change.endpoint_id, _ENDPOINT)
    policy = None if change.document is None else Json(document_of(change.document))
    within = Slot(
        _ENDPOINT,
        endpoint.name if endpoint else "",
        "name_of_the_endpoint",
        change.endpoint_id,
        {"policy": policy} if policy else None,
        when="where the endpoint itself has the policy",
        note="" if policy else "Without a policy the endpoint has the default one, which lets everything through.",
    )
    alone = Slot(
        f"{_ENDPOINT}_policy",
        "",
        snake_name(endpoint.name if endpoint else change.endpoint_id),
        f"of {change.endpoint_id}",
        {"vpc_endpoint_id": reference(endpoint, change.endpoint_id), "policy": policy} if policy else None,
        Standing.RESOURCE,
        when="where the policy is a resource of its own",
    )
    return within, alone


def _private_dns(change: SetPrivateDns, owner: Owner | None) -> Slot:
    found = terraform_address(owner, change.endpoint_id, _ENDPOINT)
    held: dict[str, Value] = {"private_dns_enabled": change.enabled}
    return Slot(_ENDPOINT, found.name if found else "", "name_of_the_endpoint", change.endpoint_id, held)
