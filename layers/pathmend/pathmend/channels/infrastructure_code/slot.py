"""Where the value of a change stands in infrastructure code, and what a patch of that code is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, assert_never

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pathmend.channels.infrastructure_code.literals import Block, Json, Lines, Reference

Value: TypeAlias = (
    "str | int | float | bool | Reference | Lines | Json | Block | Mapping[str, Value] | Sequence[Value] | None"
)


@dataclass(frozen=True, slots=True)
class Patch:
    """An edit of infrastructure code as text to paste; `language` is "yaml" or "hcl"."""

    title: str
    language: str
    text: str


class Standing(Enum):
    """What the slot of a change is in code: a resource of its own, properties of one, or items of a list in one."""

    RESOURCE = "resource"
    PROPERTY = "property"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a change's value in code, and the value; `properties` is None where the slot holds nothing.

    `name` is the resource's name in the code, empty where that is not known, and `stand_in` what is written for it
    then. `identity` are words that find the resource. `when` is empty, or the condition under which the code has the
    slot at this place and not at another.
    """

    resource_type: str
    name: str
    stand_in: str
    identity: str
    properties: Mapping[str, Value] | None
    standing: Standing = Standing.PROPERTY
    when: str = ""
    note: str = ""

    @property
    def place(self) -> tuple[str, str, Standing]:
        """Return what slots have in common that differ only in what they hold."""
        return self.resource_type, self.stand_in, self.standing


def spoken(slot: Slot, before: Slot | None) -> str:
    """Say what to do with the slot to bring it from `before`; what is to be deleted is shown below it."""
    what = _what(slot, adding=before is None or before.properties is None)
    text = f"{slot.when}: {what}" if slot.when else what
    return f"{text[:1].upper()}{text[1:]}"


def _what(slot: Slot, *, adding: bool) -> str:
    kind, found = slot.resource_type, slot.identity
    alias = "" if slot.name else f" ({slot.stand_in} stands for its name in your code)"
    if slot.properties is None:
        whole = slot.standing is Standing.RESOURCE
        return f"delete the {kind} {found}, which is:" if whole else f"in the {kind} {found}, delete this:"
    match slot.standing:
        case Standing.RESOURCE:
            return f"add the {kind} {found}." if adding else f"change the {kind} {found}{alias}."
        case Standing.ITEM:
            doing = "add this" if adding else "change this one"
            return f"in the {kind} {found}{alias}, {doing} and keep what else is listed there."
        case Standing.PROPERTY:
            return f"in the {kind} {found}{alias}, set this and keep the rest."
        case _:
            assert_never(slot.standing)
