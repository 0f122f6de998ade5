"""What a proposal says of infrastructure code: who owns what it changes, and the same change as edits of their code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.cloudformation import cloudformation_patch
from pathmend.channels.infrastructure_code.terraform import terraform_patch
from pathmend.guardrails.ownership import Tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.channels.infrastructure_code.slot import Patch
    from pathmend.guardrails.ownership import Owner
    from pathmend.plans.plan import PlannedChange

_PATCHES = {Tool.CLOUDFORMATION: cloudformation_patch, Tool.TERRAFORM: terraform_patch}


def owner_words(owner: Owner) -> str:
    """Say who owns the resource, and what becomes of a change that is made past it.

    CloudFormation compares templates and not the world, so that it is the next update of the very resource that undoes.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    """
    if owner.tool is Tool.TERRAFORM:
        where = " in ".join(part for part in (owner.address, owner.name) if part)
        told = f" ({where})" if where else ""
        return f"{owner.resource_id} is owned by Terraform{told}: its next apply would undo this change"
    told = f" (logical id {owner.address})" if owner.address else ""
    stack = f"{owner.resource_id} is owned by the CloudFormation stack {owner.name}{told}"
    return f"{stack}: its next deployment that updates this resource would undo this change"


def patches(step: PlannedChange, owners: Sequence[Owner]) -> tuple[Patch, ...]:
    """Return the step as a patch for each tool, with names from the owner's code where they are known."""
    return tuple(render(step, owner_of(step, owners, tool)) for tool, render in _PATCHES.items())


def owners_patches(step: PlannedChange, owners: Sequence[Owner]) -> Iterator[Patch]:
    """Yield the patch for each tool that owns what the step changes."""
    for tool, render in _PATCHES.items():
        owner = owner_of(step, owners, tool)
        if owner:
            yield render(step, owner)


def owner_of(step: PlannedChange, owners: Sequence[Owner], tool: Tool) -> Owner | None:
    """Return the owner of what the step changes by the tool; of several resources, the one that is changed first."""
    by_id = {owner.resource_id: owner for owner in reversed(owners) if owner.tool is tool}
    ids = (*step.change.resources, *step.undo.resources)
    return next((by_id[one] for one in ids if one in by_id), None)
