"""What moto 5.2.5 leaves out of endpoints, transit gateways, metadata options and instance profiles: filled here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociationBackend
from moto.ec2.models.instances import InstanceBackend, MetadataOptions
from moto.ec2.models.transit_gateway_route_tables import TransitGatewayRouteTableBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint
from moto.ec2.responses.vpcs import VPCs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from moto.core.responses import ActionResult

    Add = Callable[..., None]


def fill(add: Add) -> None:
    """Fill these gaps in this process's moto by `add(owner, name=method)`."""
    _fill_endpoint_routes(add)
    _fill_endpoint_policies(add)
    _fill_transit_routes(add)
    _fill_metadata_options(add)
    _fill_profiles(add)


def _fill_endpoint_routes(add: Add) -> None:
    """Moto writes a gateway endpoint's routes when it is created, never when its route tables change.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
    """
    original = VPCEndPoint.modify

    def modify(endpoint: VPCEndPoint, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - moto's signature
        before = set(endpoint.route_table_ids)
        original(endpoint, *args, **kwargs)
        if endpoint.destination_prefix_list_id:
            after = set(endpoint.route_table_ids)
            _write_routes(endpoint, after - before)
            _drop_routes(endpoint, before - after)

    add(VPCEndPoint, modify=modify)


def _write_routes(endpoint: VPCEndPoint, table_ids: Iterable[str]) -> None:
    for table_id in table_ids:
        endpoint.ec2_backend.create_route(
            table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=endpoint.destination_prefix_list_id
        )


def _drop_routes(endpoint: VPCEndPoint, table_ids: Iterable[str]) -> None:
    for table_id in table_ids:
        routes = endpoint.ec2_backend.get_route_table(table_id)._routes  # noqa: SLF001 - delete_route finds none of these
        for name in [name for name, route in routes.items() if getattr(route.gateway, "id", None) == endpoint.id]:
            del routes[name]


def _fill_endpoint_policies(add: Add) -> None:
    """Moto does not know ResetPolicy, nor a later PrivateDnsEnabled; and deleting a gateway endpoint fails."""
    modify_original, delete_original = VPCs.modify_vpc_endpoint, VPCBackend.delete_vpc_endpoints

    def modify(response: VPCs) -> ActionResult:
        answer = modify_original(response)
        if response._get_bool_param("ResetPolicy"):  # noqa: SLF001 - moto's way to extend
            endpoint = response.ec2_backend.vpc_end_points[response._get_param("VpcEndpointId")]  # noqa: SLF001 - same
            endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
        names = response._get_param("PrivateDnsEnabled")  # noqa: SLF001 - same
        if names is not None:
            endpoint = response.ec2_backend.vpc_end_points[response._get_param("VpcEndpointId")]  # noqa: SLF001 - same
            endpoint.private_dns_enabled = str(names).lower() == "true"
        return answer

    def delete(backend: Any, vpce_ids: list[str] | None = None) -> None:  # noqa: ANN401 - moto's signature
        for name in vpce_ids or []:
            endpoint = backend.vpc_end_points[name]
            _drop_routes(endpoint, endpoint.route_table_ids)
            endpoint.route_table_ids = []
        delete_original(backend, vpce_ids)
        for name in vpce_ids or []:
            del backend.vpc_end_points[name]

    add(VPCs, modify_vpc_endpoint=modify)
    add(VPCBackend, delete_vpc_endpoints=delete)


def _fill_transit_routes(add: Add) -> None:
    """Moto keeps the attachment of a transit gateway's route in a shape that its answers leave out."""
    original = TransitGatewayRouteTableBackend.create_transit_gateway_route

    def create(backend: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - moto's signature
        route: dict[str, Any] = original(backend, *args, **kwargs)
        if attachment := route.pop("transitGatewayAttachments", None):
            route["TransitGatewayAttachments"] = [
                {name[0].upper() + name[1:]: value for name, value in attachment.items()}
            ]
        return route

    add(TransitGatewayRouteTableBackend, create_transit_gateway_route=create)


def _fill_metadata_options(add: Add) -> None:
    """Moto forgets the options that a request does not name; AWS keeps them.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
    """
    original = InstanceBackend.modify_instance_metadata_options
    names = ("http_tokens", "http_put_response_hop_limit", "http_endpoint", "http_protocol_ipv6")

    def modify(backend: Any, instance_id: str, **wanted: Any) -> MetadataOptions:  # noqa: ANN401 - moto's signature
        before = backend.get_instance(instance_id).metadata_options
        after = original(backend, instance_id, **wanted)
        for name in (*names, "instance_metadata_tags"):
            parameter = {"http_put_response_hop_limit": "hop_limit", "http_protocol_ipv6": "http_protocol"}.get(name)
            if wanted.get(parameter or name.replace("instance_metadata", "metadata")) is None:
                setattr(after, name, getattr(before, name))
        return after

    add(InstanceBackend, modify_instance_metadata_options=modify)


def _fill_profiles(add: Add) -> None:
    """Moto replaces an instance's profile in the association, and shows the instance with the former one.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html
    """
    original = IamInstanceProfileAssociationBackend.replace_iam_instance_profile_association

    def replace(backend: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - moto's signature
        association = original(backend, *args, **kwargs)
        shown = {"Arn": association.iam_instance_profile.arn, "Id": association.association_id}
        backend.modify_instance_attribute(association.instance_id, "iam_instance_profile", shown)
        return association

    add(IamInstanceProfileAssociationBackend, replace_iam_instance_profile_association=replace)
