"""Where CloudFormation has what instances are and how load balancers check them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.channels.infrastructure_code.addresses import logical_id
from pathmend.channels.infrastructure_code.slot import Slot

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner

_INSTANCE = "AWS::EC2::Instance"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_TEMPLATE = "AWS::EC2::LaunchTemplate"
_ALONE = "where the instance is a resource of the template"
_LAUNCHED = "where a launch template makes the instance"


def machine_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in a template; None for a change that is about something else."""
    match change:
        case SetInstanceProfile():
            return _profile(change, owner)
        case SetMetadataOptions():
            return _metadata(change, owner)
        case ModifyMatcher():
            return (_target_group(change.target_group_arn, owner, {"Matcher": {"HttpCode": change.http_code}}),)
        case SetLoadBalancerSubnets():
            return (_balancer_subnets(change, owner),)
        case SetHealthCheck():
            return (_target_group(change.target_group_arn, owner, _check(change)),)
        case _:
            return None


def _balancer_subnets(change: SetLoadBalancerSubnets, owner: Owner | None) -> Slot:
    """Return the subnets of a load balancer.

    Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html
    """
    kind, arn = "AWS::ElasticLoadBalancingV2::LoadBalancer", change.load_balancer_arn
    name = logical_id(owner, arn, kind)
    note = "Where the template has SubnetMappings, list the same subnets there: it takes one of the two."
    held: dict[str, Value] = {"Subnets": [*change.subnet_ids]}
    return Slot(kind, name, "LogicalIdOfTheLoadBalancer", arn, held, note=note)


def _check(change: SetHealthCheck) -> dict[str, Value]:
    return {
        "HealthCheckProtocol": change.protocol,
        "HealthCheckPort": change.port,
        "HealthCheckPath": change.path,
    }


def _profile(change: SetInstanceProfile, owner: Owner | None) -> tuple[Slot, ...]:
    """Return the profile of the instance, by name, and of its launch template, which takes it as an object.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ec2-launchtemplate-iaminstanceprofile.html
    """
    if change.profile_arn is None:
        return _both(change.instance_id, owner, None, None)
    name = change.profile_arn.rsplit("/", 1)[-1]
    launched: dict[str, Value] = {"LaunchTemplateData": {"IamInstanceProfile": {"Arn": change.profile_arn}}}
    return _both(change.instance_id, owner, {"IamInstanceProfile": name}, launched)


def _metadata(change: SetMetadataOptions, owner: Owner | None) -> tuple[Slot, ...]:
    """Return the options of the instance and of its launch template; whether tokens are asked for stays as it is.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html
    """
    options: dict[str, Value] = {
        "HttpEndpoint": "enabled" if change.enabled else "disabled",
        "HttpPutResponseHopLimit": change.hop_limit,
    }
    launched: dict[str, Value] = {"LaunchTemplateData": {"MetadataOptions": options}}
    return _both(change.instance_id, owner, {"MetadataOptions": options}, launched)


def _both(
    instance_id: str, owner: Owner | None, alone: dict[str, Value] | None, launched: dict[str, Value] | None
) -> tuple[Slot, ...]:
    """Return the instance, and the launch template where it is not known that the template has the instance."""
    name = logical_id(owner, instance_id, _INSTANCE)
    itself = Slot(_INSTANCE, name, "LogicalIdOfTheInstance", instance_id, alone, when="" if name else _ALONE)
    if name:
        return (itself,)
    if owner and owner.resource_id == instance_id and owner.resource_type == _GROUP:
        return (_launch(instance_id, launched),)
    return itself, _launch(instance_id, launched)


def _launch(instance_id: str, held: dict[str, Value] | None) -> Slot:
    return Slot(
        _TEMPLATE,
        "",
        "LogicalIdOfTheLaunchTemplate",
        f"of {instance_id}",
        held,
        when=_LAUNCHED,
        note="Only instances that are launched from then on get it by the launch template.",
    )


def _target_group(arn: str, owner: Owner | None, held: dict[str, Value]) -> Slot:
    """Return properties of a target group.

    Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html
    """
    kind = "AWS::ElasticLoadBalancingV2::TargetGroup"
    name = logical_id(owner, arn, kind)
    return Slot(kind, name, "LogicalIdOfTheTargetGroup", arn, held)
