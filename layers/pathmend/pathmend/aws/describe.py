"""Which describe calls make a snapshot, and how each is confined to some VPCs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, slots=True)
class Describe:
    """One EC2 call: the snapshot's key, the operation as boto3 names it, its filter and its largest page.

    `filter_name` is None where AWS filters by tags only; `keep` then says which items belong to the VPCs. `answer_key`
    is what AWS's answer calls the items, where that is not the snapshot's key. `page_size` is None where AWS has no
    pages.
    """

    key: str
    operation: str
    filter_name: str | None = "vpc-id"
    filter_parameter: str = "Filters"
    page_size: int | None = 1000
    keep: Callable[[Mapping[str, Any], Collection[str]], bool] | None = None
    answer_key: str = ""

    def parameters(self, values: Collection[str]) -> dict[str, Any]:
        """Return the call's parameters for what its filter asks for, the page size as boto3's paginators want it."""
        parameters: dict[str, Any] = {"PaginationConfig": {"PageSize": self.page_size}} if self.page_size else {}
        if self.filter_name:
            parameters[self.filter_parameter] = [{"Name": self.filter_name, "Values": sorted(values)}]
        return parameters


def _attached(item: Mapping[str, Any], vpc_ids: Collection[str]) -> bool:
    return any(attachment.get("VpcId") in vpc_ids for attachment in item.get("Attachments", ()))


# Filters, and the largest page that each call takes: the pages of the calls under
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/OperationList-query.html
VPC_READS = (
    Describe("Vpcs", "describe_vpcs"),
    Describe("Subnets", "describe_subnets"),
    Describe("RouteTables", "describe_route_tables", page_size=100),
    Describe("NetworkAcls", "describe_network_acls"),
    Describe("SecurityGroups", "describe_security_groups"),
    Describe("NetworkInterfaces", "describe_network_interfaces"),
    Describe("Reservations", "describe_instances"),
    Describe("InternetGateways", "describe_internet_gateways", filter_name="attachment.vpc-id"),
    Describe(
        "EgressOnlyInternetGateways",
        "describe_egress_only_internet_gateways",
        filter_name=None,
        page_size=255,
        keep=_attached,
    ),
    Describe("NatGateways", "describe_nat_gateways", filter_parameter="Filter"),
    Describe("VpcEndpoints", "describe_vpc_endpoints"),
)
"""What triage reads of a load balancer's VPC."""

WAY_READS = (
    Describe("VpcPeeringConnections", "describe_vpc_peering_connections", filter_name="requester-vpc-info.vpc-id"),
    Describe("VpcPeeringConnections", "describe_vpc_peering_connections", filter_name="accepter-vpc-info.vpc-id"),
    Describe("TransitGatewayVpcAttachments", "describe_transit_gateway_vpc_attachments"),
    Describe("VpnGateways", "describe_vpn_gateways", filter_name="attachment.vpc-id", page_size=None),
    Describe("PrefixLists", "describe_prefix_lists", filter_name=None),
    Describe(
        "ManagedPrefixLists",
        "describe_managed_prefix_lists",
        filter_name=None,
        page_size=100,
        answer_key="PrefixLists",
    ),
    Describe(
        "VpcBlockPublicAccessOptions", "describe_vpc_block_public_access_options", filter_name=None, page_size=None
    ),
    Describe(
        "VpcBlockPublicAccessExclusions",
        "describe_vpc_block_public_access_exclusions",
        filter_name=None,
        page_size=None,
    ),
)
"""What else decides on ways out of a VPC; none of it hangs on another answer."""

GATEWAY_READS = (
    Describe("TransitGateways", "describe_transit_gateways", filter_name="transit-gateway-id"),
    Describe("TransitGatewayAttachments", "describe_transit_gateway_attachments", filter_name="transit-gateway-id"),
    Describe("TransitGatewayRouteTables", "describe_transit_gateway_route_tables", filter_name="transit-gateway-id"),
)
"""What hangs on transit gateways."""


def _of_interfaces(item: Mapping[str, Any], interface_ids: Collection[str]) -> bool:
    return item.get("NetworkInterfaceId") in interface_ids


ADDRESSES = Describe("Addresses", "describe_addresses", filter_name=None, page_size=None, keep=_of_interfaces)
DHCP_OPTIONS = Describe("DhcpOptions", "describe_dhcp_options", filter_name="dhcp-options-id")
PROFILE_ASSOCIATIONS = Describe(
    "IamInstanceProfileAssociations",
    "describe_iam_instance_profile_associations",
    filter_name="instance-id",
)
