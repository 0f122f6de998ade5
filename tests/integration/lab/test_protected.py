"""Which permissions an operation of the network plane needs, by what its parameters name and by the world's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from lab import protected
from lab.ministack import ACCOUNT_ID, REGION
from lab.wire import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator

_EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}"


@pytest.fixture
def aws() -> Iterator[Any]:
    """Return what makes clients of this process's own moto."""
    with mock_aws():
        yield boto3.Session("test", "test", region_name=REGION).client


def needed(service: str, operation: str, **parameters: object) -> list[tuple[str, str]]:
    """Return actions and resources, without the kind of resource's account and Region."""
    asking = Asking("", "", service, operation, parameters, query=True)
    return [(one.action, one.resource) for one in protected.needs(asking)]


@pytest.mark.parametrize(
    ("operation", "parameters", "resources"),
    [
        ("DescribeSubnets", {"Filter.1.Name": "vpc-id"}, ["*"]),
        ("CreateRoute", {"RouteTableId": "rtb-1", "InstanceId": "i-1"}, ["route-table/rtb-1"]),
        (
            "ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "AddRouteTableId.1": "rtb-1", "AddRouteTableId.2": "rtb-2"},
            ["vpc-endpoint/vpce-1", "route-table/rtb-1", "route-table/rtb-2"],
        ),
        (
            "RevokeSecurityGroupIngress",
            {"GroupId": "sg-1", "SecurityGroupRuleId.1": "sgr-1", "IpPermissions.1.Groups.1.GroupId": "sg-2"},
            ["security-group/sg-1", "security-group-rule/sgr-1"],
        ),
        ("AssociateRouteTable", {"RouteTableId": "rtb-1", "SubnetId": "s-1"}, ["route-table/rtb-1", "subnet/s-1"]),
        ("ModifyVpcAttribute", {"VpcId": "vpc-1", "EnableDnsSupport.Value": "true"}, ["vpc/vpc-1"]),
    ],
)
def test_the_parameters_say_which_resources_are_meant(
    operation: str, parameters: dict[str, Any], resources: list[str]
) -> None:
    """A route's target is none of them, nor is the group that a rule names."""
    expected = [one if one == protected.ANY else f"{_EC2}:{one}" for one in resources]
    assert needed("ec2", operation, **parameters) == [(f"ec2:{operation}", one) for one in expected]


def test_an_association_means_what_it_binds(aws: Any) -> None:
    """Its own id is no resource of IAM's."""
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    link = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    assert needed("ec2", "DisassociateRouteTable", AssociationId=link) == [
        ("ec2:DisassociateRouteTable", f"{_EC2}:route-table/{table}"),
        ("ec2:DisassociateRouteTable", f"{_EC2}:subnet/{subnet}"),
    ]


def test_a_profile_that_replaces_another_passes_its_role(aws: Any) -> None:
    """The instance is known by its association; the role is passed to EC2."""
    ec2, iam = aws("ec2"), aws("iam")
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    tie = ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": "web"})
    link = tie["IamInstanceProfileAssociation"]["AssociationId"]
    named = {"AssociationId": link, "IamInstanceProfile.Name": "web"}
    operation = "ReplaceIamInstanceProfileAssociation"
    assert needed("ec2", operation, **named) == [
        (f"ec2:{operation}", f"{_EC2}:instance/{instance}"),
        ("iam:PassRole", role),
    ]


def test_a_resource_comes_with_its_tags(aws: Any) -> None:
    """By lower-case keys, as conditions are looked up."""
    elbv2, vpc = aws("elbv2"), aws("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    tags = [{"Key": "pathmend:mode", "Value": "report"}]
    group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, Tags=tags)
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    asking = Asking("", "", "elasticloadbalancing", "ModifyTargetGroup", {"TargetGroupArn": arn}, query=True)
    assert protected.needs(asking) == [
        protected.Need("elasticloadbalancing:ModifyTargetGroup", arn, {"aws:resourcetag/pathmend:mode": "report"})
    ]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "resource"),
    [
        ("monitoring", "DescribeAlarms", {}, "*"),
        (
            "config",
            "StartConfigRulesEvaluation",
            {"ConfigRuleNames": ["r"]},
            f"arn:aws:config:{REGION}:{ACCOUNT_ID}:config-rule/r",
        ),
        ("iam", "GetRole", {"RoleName": "web"}, f"arn:aws:iam::{ACCOUNT_ID}:role/web"),
        ("iam", "GetPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/p"}, "arn:aws:iam::aws:policy/p"),
        (
            "network-firewall",
            "DescribeRuleGroup",
            {"RuleGroupArn": "arn:aws:network-firewall:::g"},
            "arn:aws:network-firewall:::g",
        ),
        ("elasticloadbalancing", "DescribeTags", {"ResourceArns.member.1": "arn:x"}, "*"),
    ],
)
def test_other_services_name_theirs_by_name_or_arn(
    service: str, operation: str, parameters: dict[str, Any], resource: str
) -> None:
    """What only describes load balancers and alarms is about all of them."""
    assert [one for _, one in needed(service, operation, **parameters)] == [resource]
