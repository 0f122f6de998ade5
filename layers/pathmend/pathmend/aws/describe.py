"""Which describe calls make a snapshot, and how each is confined to one VPC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Describe:
    """One paginated EC2 call: the answer's key, the operation as boto3 names it, its filter and its largest page.

    `filter_name` is None where AWS filters by tags only; `keep` then says which items belong to the VPC.
    """

    key: str
    operation: str
    filter_name: str | None = "vpc-id"
    filter_parameter: str = "Filters"
    page_size: int = 1000
    keep: Callable[[Mapping[str, Any], str], bool] | None = None

    def parameters(self, vpc_id: str) -> dict[str, Any]:
        """Return the call's parameters for a VPC, with the page size as boto3's paginators want it."""
        parameters: dict[str, Any] = {"PaginationConfig": {"PageSize": self.page_size}}
        if self.filter_name:
            parameters[self.filter_parameter] = [{"Name": self.filter_name, "Values": [vpc_id]}]
        return parameters


def _attached(item: Mapping[str, Any], vpc_id: str) -> bool:
    return any(attachment.get("VpcId") == vpc_id for attachment in item.get("Attachments", ()))


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
