"""What IAM checks when an operation of the network plane is called: actions, resources, and the resources' tags.

The parameters' names say which resources are meant. Sources:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsnetworkfirewall.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.networkfirewall.models import networkfirewall_backends

from lab.ministack import ACCOUNT_ID, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.wire import Asking

ANY = "*"
# Which kind of resource a parameter of EC2 names, whatever number follows it.
_KINDS = {
    "AddRouteTableId": "route-table",
    "AddSecurityGroupId": "security-group",
    "AddSubnetId": "subnet",
    "GroupId": "security-group",
    "InstanceId": "instance",
    "NetworkAclId": "network-acl",
    "NetworkInterfaceId": "network-interface",
    "RemoveRouteTableId": "route-table",
    "RemoveSecurityGroupId": "security-group",
    "RemoveSubnetId": "subnet",
    "RouteTableId": "route-table",
    "SecurityGroupRuleId": "security-group-rule",
    "SubnetId": "subnet",
    "VpcEndpointId": "vpc-endpoint",
    "VpcId": "vpc",
}
# A route's target is no resource of the call.
_ONLY = {"CreateRoute": ("RouteTableId",), "ReplaceRoute": ("RouteTableId",), "DeleteRoute": ("RouteTableId",)}
_PASSING = frozenset({"AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"})
_IAM = {"InstanceProfileName": "instance-profile", "RoleName": "role"}


@dataclass(frozen=True, slots=True)
class Need:
    """One permission that a call needs; `context` has lower-case keys."""

    action: str
    resource: str = ANY
    context: Mapping[str, str] = field(default_factory=dict)


def needs(asking: Asking) -> list[Need]:
    """Return what IAM asks of the caller; an operation that names no resource is about all of them."""
    found = [Need(asking.action, arn, _tagged(arn)) for arn in _resources(asking)] or [Need(asking.action)]
    return [*found, *_passed_roles(asking)]


def _resources(asking: Asking) -> Iterator[str]:
    match asking.service:
        case "ec2":
            yield from _of_ec2(asking)
        case "iam":
            yield from (
                _global(f"{kind}/{asking.parameters[key]}") for key, kind in _IAM.items() if key in asking.parameters
            )
            yield from _arns(asking)
        case "config":
            names = asking.parameters.get("ConfigRuleNames") or [asking.parameters.get("ConfigRuleName", ANY)]
            yield from (_arn("config", f"config-rule/{name}") for name in names)
        case _ if not asking.operation.startswith("Describe") or asking.service == "network-firewall":
            yield from _arns(asking)


def _arns(asking: Asking) -> Iterator[str]:
    return (str(value) for key, value in asking.parameters.items() if key.endswith("Arn"))


def _of_ec2(asking: Asking) -> Iterator[str]:
    wanted = _ONLY.get(asking.operation, tuple(_KINDS))
    for name, value in asking.parameters.items():
        parameter = name.partition(".")[0]
        if parameter in wanted and name.removeprefix(f"{parameter}.").isdigit() | (name == parameter):
            yield _arn("ec2", f"{_KINDS[parameter]}/{value}")
    if association := asking.parameters.get("AssociationId"):
        yield from _associated(str(association))


def _associated(association: str) -> Iterator[str]:
    """Yield what an association binds: its subnet and route table, or its instance."""
    backend = ec2_backends[ACCOUNT_ID][REGION]
    for table in backend.route_tables.values():
        for link in table.associations:
            if link["RouteTableAssociationId"] == association:
                yield _arn("ec2", f"route-table/{table.id}")
                yield from (_arn("ec2", f"subnet/{link[key]}") for key in ("SubnetId",) if link.get(key))
    for one in backend.iam_instance_profile_associations.values():
        if one.association_id == association:
            yield _arn("ec2", f"instance/{one.instance.id}")


def _passed_roles(asking: Asking) -> Iterator[Need]:
    """Yield the role of an instance profile that is handed out: who does that must be allowed to pass it.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    if asking.operation in _PASSING:
        asked = {asking.parameters.get("IamInstanceProfile.Arn"), asking.parameters.get("IamInstanceProfile.Name")}
        for profile in iam_backends[ACCOUNT_ID]["aws"].instance_profiles.values():
            if {profile.arn, profile.name} & asked:
                context = {"iam:passedtoservice": "ec2.amazonaws.com"}
                yield from (Need("iam:PassRole", role.arn, context) for role in profile.roles)


def _tagged(arn: str) -> dict[str, str]:
    return {f"aws:resourcetag/{key}".lower(): value for key, value in _tags(arn).items()}


def _tags(arn: str) -> Mapping[str, str]:
    """Return a resource's tags, from the plane's own state."""
    match arn.split(":")[2:3]:
        case ["ec2"]:
            kept: Mapping[str, Mapping[str, str]] = ec2_backends[ACCOUNT_ID][REGION].tags
            return kept.get(arn.rpartition("/")[2], {})
        case ["elasticloadbalancing"]:
            told: Mapping[str, str] = elbv2_backends[ACCOUNT_ID][REGION].tagging_service.get_tag_dict_for_resource(arn)
            return told
        case ["network-firewall"]:
            # What lab/firewall_service.py keeps there.
            held: Mapping[str, Any] = networkfirewall_backends[ACCOUNT_ID][REGION].__dict__.get("lab_held", {})
            listed = held[arn].told.get("Tags", []) if arn in held else []
            return {one["Key"]: one["Value"] for one in listed}
    return {}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{resource}"


def _global(resource: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:{resource}"
