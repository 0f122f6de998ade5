"""Where Terraform has what instances are and how load balancers check them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_instance_profile import SetInstanceProfile
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.changes.set_metadata_options import SetMetadataOptions
from pathmend.channels.infrastructure_code.addresses import terraform_address
from pathmend.channels.infrastructure_code.literals import Block
from pathmend.channels.infrastructure_code.slot import Slot

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner

_INSTANCE = "aws_instance"
_BALANCERS = ("aws_lb", "aws_alb")
_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")


def machine_slots(change: Change, owner: Owner | None) -> tuple[Slot, ...] | None:
    """Return where the change's value stands in code; None for a change that is about something else."""
    match change:
        case SetInstanceProfile():
            return _profile(change, owner)
        case SetMetadataOptions():
            return _metadata(change, owner)
        case ModifyMatcher():
            return (_health_check(change.target_group_arn, owner, {"matcher": change.http_code}),)
        case SetLoadBalancerSubnets():
            return (_balancer_subnets(change, owner),)
        case SetHealthCheck():
            asked: dict[str, Value] = {"protocol": change.protocol, "port": change.port, "path": change.path}
            return (_health_check(change.target_group_arn, owner, asked),)
        case _:
            return None


def _profile(change: SetInstanceProfile, owner: Owner | None) -> tuple[Slot, ...]:
    """Return the profile of the instance, by name, and of its launch template, where it is a block.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/instance
    """
    if change.profile_arn is None:
        return _both(change.instance_id, owner, None, None)
    alone: dict[str, Value] = {"iam_instance_profile": change.profile_arn.rsplit("/", 1)[-1]}
    launched: dict[str, Value] = {"iam_instance_profile": Block({"arn": change.profile_arn})}
    return _both(change.instance_id, owner, alone, launched)


def _metadata(change: SetMetadataOptions, owner: Owner | None) -> tuple[Slot, ...]:
    """Return the options, which instance and launch template spell alike; whether tokens are asked for stays.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/instance
    """
    options: dict[str, Value] = {
        "http_endpoint": "enabled" if change.enabled else "disabled",
        "http_put_response_hop_limit": change.hop_limit,
    }
    held: dict[str, Value] = {"metadata_options": Block(options)}
    return _both(change.instance_id, owner, held, held)


def _both(
    instance_id: str, owner: Owner | None, alone: dict[str, Value] | None, launched: dict[str, Value] | None
) -> tuple[Slot, ...]:
    known = terraform_address(owner, instance_id, _INSTANCE)
    when = "" if known else "where the instance is a resource of the code"
    itself = Slot(_INSTANCE, known.name if known else "", "name_of_the_instance", instance_id, alone, when=when)
    if known:
        return (itself,)
    return itself, Slot(
        "aws_launch_template",
        "",
        "name_of_the_launch_template",
        f"of {instance_id}",
        launched,
        when="where a launch template makes the instance",
        note="Only instances that are launched from then on get it by the launch template.",
    )


def _balancer_subnets(change: SetLoadBalancerSubnets, owner: Owner | None) -> Slot:
    """Return the subnets of a load balancer.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb
    """
    found = terraform_address(owner, change.load_balancer_arn, *_BALANCERS)
    return Slot(
        found.resource_type if found else _BALANCERS[0],
        found.name if found else "",
        "name_of_the_load_balancer",
        change.load_balancer_arn,
        {"subnets": [*change.subnet_ids]},
        note="Where the code has subnet_mapping blocks, write the same subnets there: it takes one of the two.",
    )


def _health_check(arn: str, owner: Owner | None, held: dict[str, Value]) -> Slot:
    """Return arguments of a target group's health check.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb_target_group
    """
    group = terraform_address(owner, arn, *_GROUPS)
    kind = group.resource_type if group else _GROUPS[0]
    return Slot(kind, group.name if group else "", "name_of_the_target_group", arn, {"health_check": Block(held)})
