"""The ways out of a load balancer's VPC are read where something says that there are any, and cost nothing else."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from pathmend.aws.world import AwsWorld
from pathmend.snapshot.parse import NOT_GIVEN
from tests.contract.moto_identity import the_instance
from tests.contract.moto_world import MotoWorld, make_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.aws.clients import Clients

FAR = "10.9.4.20"
TRANSIT = {
    "DescribeTransitGatewayVpcAttachments", "DescribeTransitGateways", "DescribeTransitGatewayAttachments",
    "DescribeTransitGatewayRouteTables", "SearchTransitGatewayRoutes", "GetTransitGatewayRouteTableAssociations",
    "GetTransitGatewayRouteTablePropagations",
}  # fmt: skip
NAMES = {"DescribeVpcAttribute", "DescribeDhcpOptions"}


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the world in moto, with a subnet far away."""
    world = make_world(clients)
    clients.ec2.create_subnet(VpcId=world.foreign_vpc_id, CidrBlock="10.9.4.0/24")
    return world


@pytest.fixture
def asked(clients: Clients) -> Counter[str]:
    """Count the operations that are called."""
    seen: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:
        seen.update([model.name])

    for service in ("ec2", "network-firewall"):
        clients.named(service).meta.events.register("before-call", count)
    return seen


@pytest.fixture
def depend(clients: Clients) -> Callable[[str], None]:
    """Let the instance depend on something."""

    def tag(words: str) -> None:
        tags: Any = [{"Key": "pathmend:depends-on", "Value": words}]
        clients.ec2.create_tags(Resources=[the_instance(clients)], Tags=tags)

    return tag


def transit(clients: Clients, *attached: tuple[str, str]) -> str:
    """Make a transit gateway and attach VPCs by their subnets."""
    ec2: Any = clients.ec2
    gateway: str = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    for vpc_id, subnet_id in attached:
        ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=vpc_id, SubnetIds=[subnet_id])
    return gateway


def far_subnet(clients: Clients, made: MotoWorld) -> str:
    """Return the foreign VPC's subnet."""
    wanted: Any = [{"Name": "vpc-id", "Values": [made.foreign_vpc_id]}]
    return str(clients.ec2.describe_subnets(Filters=wanted)["Subnets"][0]["SubnetId"])


def test_a_vpc_that_nothing_leads_out_of_costs_no_call_for_it(
    clients: Clients, made: MotoWorld, asked: Counter[str]
) -> None:
    """Nor is anything asked about names, which no target is known to need."""
    AwsWorld(clients).read(made.balancer_arn)
    assert set(asked.values()) == {1}
    assert not {
        name for name in asked if "Transit" in name or "Peering" in name or "Firewall" in name or "Prefix" in name
    }
    assert not NAMES & set(asked)


def test_a_host_that_is_needed_in_another_vpc_has_that_vpc_read(
    clients: Clients, made: MotoWorld, asked: Counter[str], depend: Callable[[str], None]
) -> None:
    """Even when the route to it is missing: it is found by the transit gateway that both are attached to."""
    transit(clients, (made.vpc_id, made.subnets["app"]), (made.foreign_vpc_id, far_subnet(clients, made)))
    depend(f"http://api.example.internal={FAR}:80 http://1.1.1.1:80")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert set(seen.vpcs) == {made.vpc_id, made.foreign_vpc_id}
    assert far_subnet(clients, made) in seen.subnets
    assert {one.resource_id for one in seen.transit_gateway_attachments.values()} == set(seen.vpcs)
    assert all(one.subnet_ids for one in seen.transit_gateway_attachments.values())
    assert seen.transit_gateway_route_tables
    assert set(asked) >= TRANSIT | NAMES
    assert seen.vpcs[made.vpc_id].dns_support
    assert {why for why in seen.unread.values() if why != NOT_GIVEN} == set()


def test_a_peered_vpc_is_read_where_it_holds_what_is_needed(
    clients: Clients, made: MotoWorld, depend: Callable[[str], None]
) -> None:
    """And not where it does not."""
    clients.ec2.create_vpc_peering_connection(VpcId=made.vpc_id, PeerVpcId=made.foreign_vpc_id)
    depend("http://10.99.0.1:80")
    assert set(AwsWorld(clients).read(made.balancer_arn).vpcs) == {made.vpc_id}
    depend(f"http://{FAR}:80")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert set(seen.vpcs) == {made.vpc_id, made.foreign_vpc_id}
    assert len(seen.peerings) == 1


def test_a_target_in_another_vpc_has_that_vpc_read(clients: Clients, made: MotoWorld) -> None:
    """Its health check goes there."""
    clients.ec2.create_vpc_peering_connection(VpcId=made.vpc_id, PeerVpcId=made.foreign_vpc_id)
    elbv2: Any = clients.elbv2
    group = elbv2.create_target_group(Name="far", Protocol="HTTP", Port=80, VpcId=made.vpc_id, TargetType="ip")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": FAR, "AvailabilityZone": "all"}])
    actions = [{"Type": "forward", "TargetGroupArn": arn}]
    elbv2.create_listener(LoadBalancerArn=made.balancer_arn, Protocol="HTTP", Port=81, DefaultActions=actions)
    assert made.foreign_vpc_id in AwsWorld(clients).read(made.balancer_arn).vpcs


def test_a_route_has_what_it_leads_to_read(clients: Clients, made: MotoWorld, asked: Counter[str]) -> None:
    """A transit gateway, a peering, a VPN gateway; the VPCs behind them only where something there is needed."""
    ec2: Any = clients.ec2
    peering = ec2.create_vpc_peering_connection(VpcId=made.vpc_id, PeerVpcId=made.foreign_vpc_id)
    peering_id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    gateway = transit(clients, (made.vpc_id, made.subnets["app"]))
    vpn = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=made.vpc_id, VpnGatewayId=vpn)
    table = made.private_table
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.7.0.0/16", VpcPeeringConnectionId=peering_id)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.8.0.0/16", TransitGatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.6.0.0/16", GatewayId=vpn)
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert (set(seen.peerings), set(seen.transit_gateways), set(seen.vpn_gateways)) == ({peering_id}, {gateway}, {vpn})
    assert set(seen.vpcs) == {made.vpc_id}
    assert set(asked) >= TRANSIT


def test_an_interface_of_a_transit_gateway_gives_it_away(
    clients: Clients, made: MotoWorld, asked: Counter[str]
) -> None:
    """Where no route leads to it, as when somebody deleted the route."""

    def mark(parsed: Any, **_: object) -> None:
        for one in parsed["NetworkInterfaces"]:
            one["InterfaceType"] = "transit_gateway"

    clients.named("ec2").meta.events.register("after-call.ec2.DescribeNetworkInterfaces", mark)
    AwsWorld(clients).read(made.balancer_arn)
    assert asked["DescribeTransitGatewayVpcAttachments"] == 1
    assert not asked["SearchTransitGatewayRoutes"]


def test_prefix_lists_that_rules_name_are_read(clients: Clients, made: MotoWorld) -> None:
    """With their entries, where AWS does not list them itself."""
    ec2: Any = clients.ec2
    told = ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}]
    )
    name = told["PrefixList"]["PrefixListId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "PrefixListIds": [{"PrefixListId": name}]}
    ec2.authorize_security_group_ingress(GroupId=made.group_id, IpPermissions=[rule])
    lists = AwsWorld(clients).read(made.balancer_arn).prefix_lists
    assert [str(block) for block in lists[name].networks or ()] == ["192.0.2.0/24"]


def test_an_endpoint_of_a_firewall_has_the_firewall_read(clients: Clients, made: MotoWorld) -> None:
    """With its policy and rules; the calls are made only then."""
    clients.ec2.create_vpc_endpoint(
        VpcId=made.vpc_id, ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-1", VpcEndpointType="GatewayLoadBalancer",
        SubnetIds=[made.subnets["app"]],
    )  # fmt: skip
    policy = "arn:aws:network-firewall:us-east-1:123456789012:firewall-policy/p"
    firewall: Any = clients.named("network-firewall")
    firewall.create_firewall(
        FirewallName="wall", FirewallPolicyArn=policy, VpcId=made.vpc_id,
        SubnetMappings=[{"SubnetId": made.subnets["app"]}],
    )  # fmt: skip
    told = {"FirewallPolicyResponse": {"FirewallPolicyArn": policy}, "FirewallPolicy": {}}
    answer = AWSResponse("", 200, HTTPHeaders(), None), told
    firewall.meta.events.register("before-call.*.DescribeFirewallPolicy", lambda **_: answer)
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert [one.name for one in seen.firewalls.values()] == ["wall"]
    assert set(seen.firewall_policies) == {policy}


def test_a_denied_way_is_named_and_what_hangs_on_it(
    clients: Clients, made: MotoWorld, depend: Callable[[str], None]
) -> None:
    """And the rest is read."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "x")

    for operation in ("DescribeTransitGatewayVpcAttachments", "DescribeVpcAttribute"):
        clients.named("ec2").meta.events.register(f"before-call.*.{operation}", refuse)
    depend(f"http://{FAR}:80")
    seen = AwsWorld(clients).read(made.balancer_arn)
    lost = {"TransitGatewayVpcAttachments", "TransitGateways", "TransitGatewayAttachments", "TransitGatewayRouteTables"}
    assert {kind for kind, why in seen.unread.items() if why != NOT_GIVEN} == lost | {"VpcAttributes"}
    assert seen.vpcs[made.vpc_id].dns_support is None
    assert set(made.subnets.values()) <= set(seen.subnets)
