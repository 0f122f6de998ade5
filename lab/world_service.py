"""The workshop's service on its network: instances, role, load balancer, target group, Config rule."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from lab import ministack, world_data
from lab.config_rules import RESOURCE_TYPE, RULE_NAME
from lab.metrics import short_name
from lab.tagging import named, tags
from lab.world_network import APPLICATION, BALANCER, ZONES, Network
from lab.world_peer import DEPENDS_ON

if TYPE_CHECKING:
    from collections.abc import Callable

BALANCER_NAME = "WebApp-ALB"
GROUP_NAME = "WebApp-TG"
ROLE_NAME = "WebApp-InstanceRole"
# What the instances say they need beside the services that their role names.
DEPENDS_ON_TAG = "pathmend:depends-on"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def build(make: Callable[[str], Any], network: Network) -> dict[str, Any]:
    """Build the service with clients that `make` returns by service name; return the ids a user needs."""
    _role(make("iam"), network)
    instances = _instances(make("ec2"), network)
    balancer, group = _balancer(make("elbv2"), network, instances)
    _interfaces(make("ec2"), network, balancer)
    _rule(make("config"), make("lambda"))
    return {
        "vpc": network.vpc,
        "instances": instances,
        "load_balancer_arn": balancer,
        "target_group_arn": group,
        "load_balancer": short_name(balancer),
        "target_group": short_name(group),
    }


def _role(iam: Any, network: Network) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=json.dumps(_TRUST))
    for name, policy in world_data.role_policies(network.endpoints["dynamodb"]).items():
        iam.put_role_policy(RoleName=ROLE_NAME, PolicyName=name, PolicyDocument=world_data.as_text(policy))
    iam.create_instance_profile(InstanceProfileName=ROLE_NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=ROLE_NAME, RoleName=ROLE_NAME)


def _instances(ec2: Any, network: Network) -> list[str]:  # noqa: ANN401 - boto3's clients are made at run time
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    own = {"Tier": "Application", DEPENDS_ON_TAG: DEPENDS_ON}
    found = []
    for place, zone in enumerate(ZONES):
        answer = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            SubnetId=network.row(APPLICATION)[place],
            PrivateIpAddress=APPLICATION.network(place).replace(".0/24", ".10"),
            SecurityGroupIds=[network.groups["WebApp-App-SG"]],
            IamInstanceProfile={"Name": ROLE_NAME},
            TagSpecifications=named("instance", f"WebApp-App1-{zone}", **own),
        )
        found.append(str(answer["Instances"][0]["InstanceId"]))
    return found


def _balancer(elbv2: Any, network: Network, instances: list[str]) -> tuple[str, str]:  # noqa: ANN401 - boto3
    balancer = elbv2.create_load_balancer(
        Name=BALANCER_NAME,
        Scheme="internet-facing",
        Type="application",
        Subnets=network.row(BALANCER),
        SecurityGroups=[network.groups["WebApp-ALB-SG"]],
        Tags=tags(BALANCER_NAME),
    )["LoadBalancers"][0]["LoadBalancerArn"]
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "15"}]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=attributes)
    group = elbv2.create_target_group(
        Name=GROUP_NAME,
        Protocol="HTTP",
        Port=80,
        VpcId=network.vpc,
        TargetType="instance",
        HealthCheckProtocol="HTTP",
        HealthCheckPort="traffic-port",
        HealthCheckPath="/healthcheck",
        HealthCheckIntervalSeconds=15,
        HealthCheckTimeoutSeconds=3,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
        Matcher={"HttpCode": "200"},
        Tags=tags(GROUP_NAME),
    )["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": one, "Port": 80} for one in instances])
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    return str(balancer), str(group)


def _interfaces(ec2: Any, network: Network, balancer: str) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    """AWS puts one interface of a load balancer into each of its subnets, with a public address when it faces out."""
    for subnet in network.row(BALANCER):
        answer = ec2.create_network_interface(
            SubnetId=subnet, Groups=[network.groups["WebApp-ALB-SG"]], Description=f"ELB {short_name(balancer)}"
        )
        address = ec2.allocate_address(Domain="vpc")
        ec2.associate_address(
            AllocationId=address["AllocationId"],
            NetworkInterfaceId=answer["NetworkInterface"]["NetworkInterfaceId"],
        )


def _rule(config: Any, functions: Any) -> None:  # noqa: ANN401 - boto3's clients are made at run time
    """Put the rule; moto wants its function to exist on its own plane, where it is never called."""
    function = functions.create_function(
        FunctionName="WebApp-SubnetCheck",
        Runtime="python3.13",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ministack.ACCOUNT_ID}:role/{ROLE_NAME}",
        Code={"ZipFile": _stand_in()},
    )
    details = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": function["FunctionArn"], "SourceDetails": details}
    rule = {
        "ConfigRuleName": RULE_NAME,
        "Description": "The load balancer's subnets admit the application subnets' replies",
        "Scope": {"ComplianceResourceTypes": [RESOURCE_TYPE]},
        "Source": source,
    }
    config.put_config_rule(ConfigRule=rule)


def _stand_in() -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("index.py", "handler = None  # lab/config_rules.py evaluates the rule\n")
    return content.getvalue()
