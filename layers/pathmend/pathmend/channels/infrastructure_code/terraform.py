"""A change as an edit of Terraform code, in HCL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.comments import NO_PLACE, apart, comment, instructions
from pathmend.channels.infrastructure_code.hcl_text import hcl_lines
from pathmend.channels.infrastructure_code.slot import Patch
from pathmend.channels.infrastructure_code.terraform_endpoints import endpoint_slots
from pathmend.channels.infrastructure_code.terraform_machines import machine_slots
from pathmend.channels.infrastructure_code.terraform_network import network_slots
from pathmend.channels.infrastructure_code.terraform_security import security_slots
from pathmend.channels.words import plain
from pathmend.errors import NotFoundError
from pathmend.guardrails.ownership import Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Slot
    from pathmend.guardrails.ownership import Owner
    from pathmend.plans.plan import PlannedChange

_TOPICS = (network_slots, endpoint_slots, security_slots, machine_slots)
_INDENT = "  "


def terraform_slots(change: Change, owner: Owner | None = None) -> tuple[Slot, ...]:
    """Return where the change's value stands in code; nothing where no place for it is known."""
    try:
        return next((slots for topic in _TOPICS if (slots := topic(change, owner)) is not None), ())
    except NotFoundError:
        return ()


def terraform_patch(step: PlannedChange, owner: Owner | None = None) -> Patch:
    """Return the change as an edit of Terraform code, the owner's where that is known, and what stands there before."""
    earlier = {slot.place: slot for slot in terraform_slots(step.undo, owner)}
    slots = terraform_slots(step.change, owner)
    entries = apart([*_entry(slot, earlier.get(slot.place))] for slot in slots)
    lines = [*_heading(owner), *(entries or comment(NO_PLACE))]
    return Patch(plain(f"Terraform: {step.change.summary}"), "hcl", "\n".join(lines) + "\n")


def _heading(owner: Owner | None) -> tuple[str, ...]:
    """Name the owner; several instances are made from one block, so that an edit of it is an edit of them all."""
    where = [part for part in (owner.address, owner.name) if part] if owner and owner.tool is Tool.TERRAFORM else []
    if not where:
        return ()
    several = owner is not None and "[" in owner.address
    return (
        *comment(" in ".join(where)),
        *(comment("It is one of several made from one block: change what this one is made from.") if several else ()),
    )


def _entry(slot: Slot, before: Slot | None) -> Iterator[str]:
    """Return comments that say what to do, and the block with the arguments to set."""
    yield from instructions(slot, before, hcl_lines)
    if slot.properties is not None:
        yield f'resource "{slot.resource_type}" "{slot.name or slot.stand_in}" {{'
        yield from (f"{_INDENT}{line}" for line in hcl_lines(slot.properties))
        yield "}"
