"""A small world in moto: a load balancer in two subnets, an application subnet, and a second VPC that is none of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients


@dataclass
class MotoWorld:
    """The ids of what was made."""

    vpc_id: str = ""
    subnets: dict[str, str] = field(default_factory=dict)
    public_table: str = ""
    private_table: str = ""
    acl_id: str = ""
    group_id: str = ""
    balancer_arn: str = ""
    target_group_arn: str = ""
    second_group_arn: str = ""
    foreign_vpc_id: str = ""


def make_world(clients: Clients) -> MotoWorld:
    """Make the world and return its ids."""
    world = MotoWorld()
    ec2: Any = clients.ec2
    world.vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    world.foreign_vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for name, zone, cidr in (
        ("alb-a", "a", "10.0.1.0/24"),
        ("alb-b", "b", "10.0.2.0/24"),
        ("app", "a", "10.0.11.0/24"),
    ):
        subnet = ec2.create_subnet(VpcId=world.vpc_id, CidrBlock=cidr, AvailabilityZone=f"us-east-1{zone}")
        world.subnets[name] = subnet["Subnet"]["SubnetId"]
    _gateways(ec2, world)
    _routes(ec2, world)
    _acl(ec2, world)
    _balancer(clients, world)
    return world


def _gateways(ec2: Any, world: MotoWorld) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=world.vpc_id)
    for vpc_id in (world.vpc_id, world.foreign_vpc_id):
        ec2.create_egress_only_internet_gateway(VpcId=vpc_id)
    ec2.create_nat_gateway(SubnetId=world.subnets["alb-a"], AllocationId=ec2.allocate_address()["AllocationId"])
    ec2.create_vpc_endpoint(VpcId=world.vpc_id, ServiceName="com.amazonaws.us-east-1.s3")


def _routes(ec2: Any, world: MotoWorld) -> None:
    world.public_table = ec2.create_route_table(VpcId=world.vpc_id)["RouteTable"]["RouteTableId"]
    world.private_table = ec2.create_route_table(VpcId=world.vpc_id)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(SubnetId=world.subnets["alb-a"], RouteTableId=world.public_table)
    ec2.associate_route_table(SubnetId=world.subnets["alb-b"], RouteTableId=world.private_table)


def _acl(ec2: Any, world: MotoWorld) -> None:
    world.acl_id = ec2.create_network_acl(VpcId=world.vpc_id)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=world.acl_id,
        RuleNumber=1100,
        Egress=False,
        Protocol="6",
        RuleAction="allow",
        CidrBlock="10.0.0.0/16",
        PortRange={"From": 32768, "To": 65535},
    )


def _balancer(clients: Clients, world: MotoWorld) -> None:
    elbv2: Any = clients.elbv2
    ec2: Any = clients.ec2
    world.group_id = ec2.create_security_group(VpcId=world.vpc_id, GroupName="web", Description="web")["GroupId"]
    ran = ec2.run_instances(ImageId="ami-00000000", MinCount=1, MaxCount=1, SubnetId=world.subnets["app"])
    instance = ran["Instances"][0]
    made = elbv2.create_load_balancer(
        Name="web",
        Subnets=[world.subnets["alb-a"], world.subnets["alb-b"]],
        SecurityGroups=[world.group_id],
        Tags=[{"Key": "Team", "Value": "shop"}],
    )
    world.balancer_arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    world.target_group_arn = _target_group(elbv2, world, "app")
    world.second_group_arn = _target_group(elbv2, world, "beta")
    elbv2.register_targets(TargetGroupArn=world.target_group_arn, Targets=[{"Id": instance["InstanceId"]}])
    listener = elbv2.create_listener(
        LoadBalancerArn=world.balancer_arn, Protocol="HTTP", Port=80, DefaultActions=_forward(world.target_group_arn)
    )
    elbv2.create_rule(
        ListenerArn=listener["Listeners"][0]["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/beta"]}],
        Actions=_forward(world.second_group_arn),
    )


def _target_group(elbv2: Any, world: MotoWorld, name: str) -> str:
    made = elbv2.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=80,
        VpcId=world.vpc_id,
        HealthCheckPath="/healthcheck",
        Matcher={"HttpCode": "200"},
    )
    arn: str = made["TargetGroups"][0]["TargetGroupArn"]
    return arn


def _forward(arn: str) -> list[dict[str, str]]:
    return [{"Type": "forward", "TargetGroupArn": arn}]
