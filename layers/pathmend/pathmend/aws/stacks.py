"""What CloudFormation made: by the tags it leaves, or by asking it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from pathmend.aws.errors import code_of, translated
from pathmend.errors import AccessDeniedError, PermanentError
from pathmend.guardrails.ownership import Owner, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pathmend.aws.clients import Clients

    _Row: TypeAlias = Mapping[str, Any]

MOST_ASKED = 12
"""How many resources CloudFormation is asked about for one plan: it throttles whoever asks much."""

_GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
"""What a stack has no longer, though it is told of for 90 days."""

_TYPES = {
    "acl": "AWS::EC2::NetworkAcl",
    "i": "AWS::EC2::Instance",
    "igw": "AWS::EC2::InternetGateway",
    "nat": "AWS::EC2::NatGateway",
    "pl": "AWS::EC2::PrefixList",
    "rtb": "AWS::EC2::RouteTable",
    "sg": "AWS::EC2::SecurityGroup",
    "subnet": "AWS::EC2::Subnet",
    "vpc": "AWS::EC2::VPC",
    "vpce": "AWS::EC2::VPCEndpoint",
    "targetgroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "loadbalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "instance-profile": "AWS::IAM::InstanceProfile",
    "stateful-rulegroup": "AWS::NetworkFirewall::RuleGroup",
    "stateless-rulegroup": "AWS::NetworkFirewall::RuleGroup",
}
"""Resource types by the beginning of an id, or of what follows the account in an ARN.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""


def tagged_stack(resource_id: str, tags: Mapping[str, str]) -> Owner | None:
    """Return the stack that its tags name.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """
    name = tags.get("aws:cloudformation:stack-name")
    if not name:
        return None
    # An instance of an Auto Scaling group carries the group's tags: the stack has the group, and not the instance.
    grouped = "aws:autoscaling:groupName" in tags
    kind = "AWS::AutoScaling::AutoScalingGroup" if grouped else _type_of(resource_id)
    return Owner(resource_id, Tool.CLOUDFORMATION, name, tags.get("aws:cloudformation:logical-id", ""), kind)


def _type_of(resource_id: str) -> str:
    if resource_id.startswith("arn:"):
        return _TYPES.get(resource_id.split(":", 5)[-1].partition("/")[0], "")
    return _TYPES.get(resource_id.rsplit("-", 1)[0], "")


class Stacks:
    """Asks CloudFormation which stack made what."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def owners(self, names: Mapping[str, str], unknown: list[str]) -> dict[str, Owner]:
        """Return the owners by resource; `names` are resources by what CloudFormation may know them by.

        What could not be asked is added to `unknown`.
        """
        found: dict[str, Owner] = {}
        waiting, asked = list(names), 0
        while waiting:
            if asked == MOST_ASKED:
                unknown.append(_unasked(names, waiting, f"only {MOST_ASKED} questions are asked for one plan"))
                break
            asked += 1
            try:
                rows = {row["PhysicalResourceId"]: row for row in self._stack_with(waiting[0])}
            except AccessDeniedError as exc:
                unknown.append(_unasked(names, waiting, str(exc)))
                break
            except PermanentError as exc:
                unknown.append(_unasked(names, waiting[:1], str(exc)))
                rows = {}
            # One answer tells of the whole stack, and often of the next resource, too.
            found |= {names[one]: _owner(names[one], rows[one]) for one in waiting if one in rows}
            waiting = [one for one in waiting[1:] if names[one] not in found]
        return found

    def _stack_with(self, physical_id: str) -> Iterator[_Row]:
        """Return what the stack has that made this; nothing where none did.

        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
        """
        client = self._clients.named("cloudformation")
        try:
            with translated(f"look up the stack of {physical_id}"):
                answer = client.describe_stack_resources(PhysicalResourceId=physical_id)
        except PermanentError as exc:
            if code_of(exc) == "ValidationError" and "does not exist" in str(exc):
                return
            raise
        rows = answer["StackResources"]
        yield from (row for row in rows if row.get("ResourceStatus") not in _GONE and "PhysicalResourceId" in row)


def _owner(resource_id: str, row: _Row) -> Owner:
    name, logical_id = row.get("StackName", ""), row["LogicalResourceId"]
    return Owner(resource_id, Tool.CLOUDFORMATION, name, logical_id, row["ResourceType"])


def _unasked(names: Mapping[str, str], physical_ids: Sequence[str], why: str) -> str:
    resources = ", ".join(dict.fromkeys(names[one] for one in physical_ids))
    return f"whether a CloudFormation stack owns {resources} is unknown: {why}"
