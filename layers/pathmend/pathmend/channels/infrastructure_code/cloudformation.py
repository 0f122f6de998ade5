"""A change as an edit of a CloudFormation template, in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.cloudformation_endpoints import endpoint_slots
from pathmend.channels.infrastructure_code.cloudformation_machines import machine_slots
from pathmend.channels.infrastructure_code.cloudformation_network import network_slots
from pathmend.channels.infrastructure_code.cloudformation_security import security_slots
from pathmend.channels.infrastructure_code.comments import NO_PLACE, apart, comment, instructions
from pathmend.channels.infrastructure_code.literals import Json, Lines
from pathmend.channels.infrastructure_code.slot import Patch
from pathmend.channels.infrastructure_code.yaml_text import yaml_lines
from pathmend.channels.words import plain
from pathmend.errors import NotFoundError
from pathmend.guardrails.ownership import Tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.changes.change import Change
    from pathmend.channels.infrastructure_code.slot import Slot, Value
    from pathmend.guardrails.ownership import Owner
    from pathmend.plans.plan import PlannedChange

_TOPICS = (network_slots, endpoint_slots, security_slots, machine_slots)
_EVALUATED = "{{resolve:"
_BY_HAND = (
    "Write it by hand, from the exact call: it holds what CloudFormation would evaluate (an intrinsic function, or a "
    "dynamic reference) and what is meant as text."
)


def cloudformation_slots(change: Change, owner: Owner | None = None) -> tuple[Slot, ...]:
    """Return where the change's value stands in a template; nothing where no place for it is known."""
    try:
        return next((slots for topic in _TOPICS if (slots := topic(change, owner)) is not None), ())
    except NotFoundError:
        return ()


def cloudformation_patch(step: PlannedChange, owner: Owner | None = None) -> Patch:
    """Return the change as an edit of a template, the owner's where that is known, and what stands there before."""
    slots = cloudformation_slots(step.change, owner)
    earlier = {slot.place: slot for slot in cloudformation_slots(step.undo, owner)}
    entries = apart([*_entry(slot, earlier.get(slot.place))] for slot in slots)
    if any(line and not line.startswith("#") for line in entries):
        entries = ["Resources:", *(f"  {line}".rstrip() for line in entries)]
    lines = [*_heading(owner), *(entries or comment(NO_PLACE))]
    return Patch(plain(f"CloudFormation: {step.change.summary}"), "yaml", "\n".join(lines) + "\n")


def _heading(owner: Owner | None) -> tuple[str, ...]:
    if owner is None or owner.tool is not Tool.CLOUDFORMATION:
        return ()
    return comment(f"Stack {owner.name}{f', logical id {owner.address}' if owner.address else ''}")


def _entry(slot: Slot, before: Slot | None) -> Iterator[str]:
    """Return the resource of the fragment: comments that say what to do, and the properties to set."""
    yield from instructions(slot, before, yaml_lines)
    if slot.properties is None:
        return
    if _is_literal(slot.properties):
        yield from yaml_lines(
            {slot.name or slot.stand_in: {"Type": slot.resource_type, "Properties": dict(slot.properties)}}
        )
    else:
        yield from comment(_BY_HAND)


def _is_literal(value: Value | Mapping[str, Value]) -> bool:
    """Say whether CloudFormation takes the value as it is, and evaluates nothing in it.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    match value:
        case dict():
            plain_keys = all(key != "Ref" and not key.startswith("Fn::") and _EVALUATED not in key for key in value)
            return plain_keys and all(_is_literal(one) for one in value.values())
        case list():
            return all(_is_literal(one) for one in value)
        case Json(value=inner):
            return _is_literal(inner)
        case str(text) | Lines(text=text):
            return _EVALUATED not in text
        case _:
            return True
