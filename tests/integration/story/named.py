"""Which resources an operation's parameters name, as IAM checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Parameters = Mapping[str, Any]
    Find = Callable[[Parameters], tuple[str, ...]]

ACCOUNT, REGION = "123456789012", "us-east-1"
ANY = ("*",)


def resources(action: str, parameters: Parameters) -> tuple[str, ...]:
    """Return the ARNs that a call of the action is about; ANY where it names none."""
    find = _FINDERS.get(action)
    if find is None and action.startswith("dynamodb:"):
        find = table
    return find(parameters) if find else ANY


def arn(service: str, resource: str) -> str:
    """Return an ARN of the stories' account and Region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def table(parameters: Parameters) -> tuple[str, ...]:
    """Return a table, or an index of it."""
    index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
    return (arn("dynamodb", f"table/{parameters['TableName']}{index}"),)


def _ec2(**kinds: str) -> Find:
    """Name the resources that the parameters name, by id or by a list of ids."""

    def find(parameters: Parameters) -> tuple[str, ...]:
        named = [(kind.replace("_", "-"), parameters[key]) for kind, key in kinds.items() if key in parameters]
        ids = [(kind, one) for kind, value in named for one in (value if isinstance(value, list) else [value])]
        return tuple(arn("ec2", f"{kind}/{one}") for kind, one in ids)

    return find


def _endpoints(parameters: Parameters) -> tuple[str, ...]:
    tables = (_ec2(route_table=key)(parameters) for key in ("AddRouteTableIds", "RemoveRouteTableIds"))
    return (*_ec2(vpc_endpoint="VpcEndpointId")(parameters), *(one for found in tables for one in found))


def _given(name: str) -> Find:
    return lambda parameters: (parameters[name],)


def _iam(kind: str, name: str) -> Find:
    return lambda parameters: (f"arn:aws:iam::{ACCOUNT}:{kind}/{parameters[name]}",)


def _alarms(parameters: Parameters) -> tuple[str, ...]:
    """Return the alarms asked for; composite ones are only told to who may describe all.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
    """
    if "CompositeAlarm" in parameters.get("AlarmTypes", ()):
        return ANY
    return tuple(arn("cloudwatch", f"alarm:{name}") for name in parameters.get("AlarmNames", ("*",)))


def _rules(parameters: Parameters) -> tuple[str, ...]:
    """Return Config rules by name; AWS ends their ARNs with an id instead, and we allow any of either."""
    names = parameters.get("ConfigRuleNames") or [parameters["ConfigRuleName"]]
    return tuple(arn("config", f"config-rule/{name}") for name in names)


def _buses(parameters: Parameters) -> tuple[str, ...]:
    return tuple(arn("events", f"event-bus/{one.get('EventBusName', 'default')}") for one in parameters["Entries"])


# Where the one parameter is an association, what it associates is of the kinds that IAM checks.
_AN_ASSOCIATION = (arn("ec2", "route-table/rtb-0"), arn("ec2", "subnet/subnet-0"))
_AN_INSTANCE = (arn("ec2", "instance/i-0"),)

_FINDERS: dict[str, Find] = {
    "cloudwatch:DescribeAlarms": _alarms,
    "config:GetComplianceDetailsByConfigRule": _rules,
    "config:StartConfigRulesEvaluation": _rules,
    "dynamodb:GetResourcePolicy": _given("ResourceArn"),
    "ec2:AssociateIamInstanceProfile": _ec2(instance="InstanceId"),
    "ec2:AssociateRouteTable": _ec2(route_table="RouteTableId", subnet="SubnetId"),
    "ec2:AuthorizeSecurityGroupEgress": _ec2(security_group="GroupId"),
    "ec2:AuthorizeSecurityGroupIngress": _ec2(security_group="GroupId"),
    "ec2:CreateNetworkAclEntry": _ec2(network_acl="NetworkAclId"),
    "ec2:CreateRoute": _ec2(route_table="RouteTableId"),
    "ec2:DeleteNetworkAclEntry": _ec2(network_acl="NetworkAclId"),
    "ec2:DeleteRoute": _ec2(route_table="RouteTableId"),
    "ec2:DisassociateIamInstanceProfile": lambda _: _AN_INSTANCE,
    "ec2:DisassociateRouteTable": lambda _: _AN_ASSOCIATION,
    "ec2:ModifyInstanceMetadataOptions": _ec2(instance="InstanceId"),
    "ec2:ModifyVpcAttribute": _ec2(vpc="VpcId"),
    "ec2:ModifyVpcEndpoint": _endpoints,
    "ec2:ReplaceIamInstanceProfileAssociation": lambda _: _AN_INSTANCE,
    "ec2:ReplaceNetworkAclEntry": _ec2(network_acl="NetworkAclId"),
    "ec2:ReplaceRoute": _ec2(route_table="RouteTableId"),
    "ec2:ReplaceRouteTableAssociation": _ec2(route_table="RouteTableId"),
    "ec2:RevokeSecurityGroupEgress": _ec2(security_group="GroupId", security_group_rule="SecurityGroupRuleIds"),
    "ec2:RevokeSecurityGroupIngress": _ec2(security_group="GroupId", security_group_rule="SecurityGroupRuleIds"),
    "elasticloadbalancing:ModifyTargetGroup": _given("TargetGroupArn"),
    "elasticloadbalancing:SetSubnets": _given("LoadBalancerArn"),
    "events:PutEvents": _buses,
    "iam:GetInstanceProfile": _iam("instance-profile", "InstanceProfileName"),
    "iam:GetPolicy": _given("PolicyArn"),
    "iam:GetPolicyVersion": _given("PolicyArn"),
    "iam:GetRole": _iam("role", "RoleName"),
    "iam:GetRolePolicy": _iam("role", "RoleName"),
    "iam:ListAttachedRolePolicies": _iam("role", "RoleName"),
    "iam:ListRolePolicies": _iam("role", "RoleName"),
    "kms:GetKeyPolicy": _given("KeyId"),
    "network-firewall:DescribeFirewall": _given("FirewallArn"),
    "network-firewall:DescribeFirewallPolicy": _given("FirewallPolicyArn"),
    "network-firewall:DescribeRuleGroup": _given("RuleGroupArn"),
    "network-firewall:UpdateRuleGroup": _given("RuleGroupArn"),
    "s3:GetObject": lambda p: (f"arn:aws:s3:::{p['Bucket']}/{p['Key']}",),
    "s3:GetBucketPolicy": lambda p: (f"arn:aws:s3:::{p['Bucket']}",),
    "secretsmanager:GetResourcePolicy": _given("SecretId"),
    "secretsmanager:GetSecretValue": _given("SecretId"),
    "sns:GetTopicAttributes": _given("TopicArn"),
    "sns:Publish": _given("TopicArn"),
    "sqs:GetQueueAttributes": lambda p: (arn("sqs", p["QueueUrl"].rsplit("/", 1)[-1]),),
    "sqs:SendMessage": lambda p: (arn("sqs", p["QueueUrl"].rsplit("/", 1)[-1]),),
    "ssm:GetParameter": lambda p: (arn("ssm", f"parameter/{p['Name'].removeprefix('/')}"),),
    "states:StartExecution": _given("stateMachineArn"),
}
