"""The workshop's network: VPC, subnets, gateways, route tables, ACLs, security groups, endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab import acls, ministack, world_data
from lab.tagging import named

NETWORK = "10.0.0.0/16"
ZONES = ("a", "b", "c")
PUBLIC_TABLE = "WebApp-Public-RTB"
BALANCER_ACL = "WebApp-ALB-NACL"


@dataclass(frozen=True, slots=True)
class Tier:
    """A row of three subnets; `first` is the third octet of zone a's."""

    name: str
    first: int
    tag: str

    def network(self, place: int) -> str:
        """Return the CIDR of the tier's subnet in the zone at `place`."""
        return f"10.0.{self.first + place}.0/24"

    def networks(self) -> list[str]:
        """Return the CIDRs of the three subnets."""
        return [self.network(place) for place in range(len(ZONES))]


BALANCER = Tier("ALB1", 1, "Load Balancer")
APPLICATION = Tier("App1", 11, "Application")
SHARED = Tier("Shared1", 21, "Shared")
DATABASE = Tier("DB1", 31, "Database")
TRANSIT = Tier("Transit1", 41, "Transit")
TIERS = (BALANCER, APPLICATION, SHARED, DATABASE, TRANSIT)


@dataclass(slots=True)
class Network:
    """Ids of what was built, by name."""

    vpc: str = ""
    subnets: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)

    def application_tables(self) -> list[str]:
        """Return the route tables of the application tier in the order of the zones."""
        return [self.tables[f"WebApp-{APPLICATION.name}-{zone}-RTB"] for zone in ZONES]

    def row(self, tier: Tier) -> list[str]:
        """Return the subnet ids of a tier in the order of the zones."""
        return [self.subnets[f"WebApp-{tier.name}-{zone}"] for zone in ZONES]


def build(ec2: Any) -> Network:  # noqa: ANN401 - boto3's clients are made at run time
    """Build the network and return its ids."""
    network = Network()
    answer = ec2.create_vpc(
        CidrBlock=NETWORK, AmazonProvidedIpv6CidrBlock=True, TagSpecifications=named("vpc", "WebApp-VPC")
    )
    network.vpc = answer["Vpc"]["VpcId"]
    for switch in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=network.vpc, **{switch: {"Value": True}})
    _subnets(ec2, network)
    _public_routes(ec2, network)
    _private_routes(ec2, network)
    _acls(ec2, network)
    _groups(ec2, network)
    _endpoints(ec2, network)
    return network


def _subnets(ec2: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    for tier in TIERS:
        for place, zone in enumerate(ZONES):
            name = f"WebApp-{tier.name}-{zone}"
            answer = ec2.create_subnet(
                VpcId=network.vpc,
                CidrBlock=tier.network(place),
                AvailabilityZone=ministack.REGION + zone,
                TagSpecifications=named("subnet", name, Tier=tier.tag),
            )
            network.subnets[name] = answer["Subnet"]["SubnetId"]


def _table(ec2: Any, network: Network, name: str, subnets: list[str]) -> str:  # noqa: ANN401 - boto3
    answer = ec2.create_route_table(VpcId=network.vpc, TagSpecifications=named("route-table", name))
    table = str(answer["RouteTable"]["RouteTableId"])
    network.tables[name] = table
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def _public_routes(ec2: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    gateway = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "WebApp-IGW"))
    gateway_id = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=network.vpc)
    outward = ec2.create_egress_only_internet_gateway(VpcId=network.vpc)
    outward_id = outward["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    table = _table(ec2, network, PUBLIC_TABLE, network.row(BALANCER) + network.row(SHARED))
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=outward_id)


def _private_routes(ec2: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    for place, zone in enumerate(ZONES):
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=named("elastic-ip", f"WebApp-NAT-{zone}"))
        gateway = ec2.create_nat_gateway(
            SubnetId=network.row(SHARED)[place],
            AllocationId=address["AllocationId"],
            TagSpecifications=named("natgateway", f"WebApp-NAT-{zone}"),
        )
        table = _table(ec2, network, f"WebApp-App1-{zone}-RTB", [network.row(APPLICATION)[place]])
        nat = gateway["NatGateway"]["NatGatewayId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    _table(ec2, network, "WebApp-DB1-RTB", network.row(DATABASE))


def _acls(ec2: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    applications = APPLICATION.networks()
    entries = {
        BALANCER: (BALANCER_ACL, acls.balancer_tier(BALANCER.networks(), applications)),
        APPLICATION: ("WebApp-App-NACL", acls.application_tier()),
        SHARED: ("WebApp-Shared-NACL", acls.shared_tier()),
        DATABASE: ("WebApp-DB-NACL", acls.database_tier(applications)),
    }
    found = ec2.describe_network_acls()["NetworkAcls"]
    held = {one["SubnetId"]: one["NetworkAclAssociationId"] for acl in found for one in acl["Associations"]}
    for tier, (name, wanted) in entries.items():
        answer = ec2.create_network_acl(VpcId=network.vpc, TagSpecifications=named("network-acl", name))
        acl = answer["NetworkAcl"]["NetworkAclId"]
        for entry in wanted:
            ec2.create_network_acl_entry(**entry.request(acl))
        for subnet in network.row(tier):
            ec2.replace_network_acl_association(AssociationId=held[subnet], NetworkAclId=acl)


def _groups(ec2: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    for name in ("WebApp-ALB-SG", "WebApp-App-SG"):
        answer = ec2.create_security_group(
            GroupName=name, Description=name, VpcId=network.vpc, TagSpecifications=named("security-group", name)
        )
        network.groups[name] = answer["GroupId"]
    front, behind = network.groups["WebApp-ALB-SG"], network.groups["WebApp-App-SG"]
    from_clients = {**web, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "clients"}]}
    ec2.authorize_security_group_ingress(GroupId=front, IpPermissions=[from_clients])
    from_balancer = {**web, "UserIdGroupPairs": [{"GroupId": front, "Description": "the load balancer"}]}
    ec2.authorize_security_group_ingress(GroupId=behind, IpPermissions=[from_balancer])


def _endpoints(ec2: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    """The table's endpoint has the default policy; the bucket's lists what the page reads."""
    own = {"s3": {"PolicyDocument": world_data.as_text(world_data.assets_by_endpoint())}, "dynamodb": {}}
    for service, more in own.items():
        answer = ec2.create_vpc_endpoint(
            VpcId=network.vpc,
            ServiceName=f"com.amazonaws.{ministack.REGION}.{service}",
            VpcEndpointType="Gateway",
            RouteTableIds=network.application_tables(),
            TagSpecifications=named("vpc-endpoint", f"WebApp-{service}"),
            **more,
        )
        network.endpoints[service] = str(answer["VpcEndpoint"]["VpcEndpointId"])
