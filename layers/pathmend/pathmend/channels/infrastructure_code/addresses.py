"""What a resource is called in the code that owns it, and names for what that code has not yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.channels.infrastructure_code.literals import Reference
from pathmend.guardrails.ownership import Tool

if TYPE_CHECKING:
    from pathmend.channels.infrastructure_code.slot import Value
    from pathmend.guardrails.ownership import Owner

_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
_INDEX = r'(?:\[(?:\d+|"[^"\\$%\x00-\x1f\x7f]*")\])?'
_MODULES = rf"(?P<modules>(?:module\.[\w-]+{_INDEX}\.)*)"
_ADDRESS = re.compile(rf"{_MODULES}(?P<type>aws_\w+)\.(?P<name>[\w-]+)(?P<index>{_INDEX})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A managed resource's address in Terraform, taken apart; `index` is that of one of several instances, or empty."""

    resource_type: str
    name: str
    modules: str
    index: str

    @property
    def reference(self) -> str:
        """Return what names its id within its own module."""
        return f"{self.resource_type}.{self.name}{self.index}.id"


def logical_id(owner: Owner | None, resource_id: str | None, resource_type: str) -> str:
    """Return the logical id of what owns the resource in a stack where that is of the type, else nothing."""
    if owner is None or owner.tool is not Tool.CLOUDFORMATION or owner.resource_id != resource_id:
        return ""
    known = owner.resource_type in ("", resource_type) and _LOGICAL_ID.fullmatch(owner.address)
    return owner.address if known else ""


def terraform_address(owner: Owner | None, resource_id: str | None, *resource_types: str) -> Address | None:
    """Return the address of what owns the resource in Terraform where that is of one of these types, else None."""
    if owner is None or owner.tool is not Tool.TERRAFORM or owner.resource_id != resource_id:
        return None
    found = _ADDRESS.fullmatch(owner.address)
    if found is None or found["type"] not in resource_types:
        return None
    return Address(found["type"], found["name"], found["modules"], found["index"])


def reference(address: Address | None, resource_id: str) -> Value:
    """Return what names the resource in its own module, or its id where its address is not known."""
    return Reference(address.reference) if address else resource_id


def camel_name(*parts: object) -> str:
    """Return a logical id made of the parts: letters and digits, each part with a capital."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(map(str, parts)))
    return "".join(f"{word[:1].upper()}{word[1:]}" for word in words)


def snake_name(*parts: object) -> str:
    """Return a name for a Terraform resource made of the parts: it begins with a letter."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(map(str, parts)))
    return "_".join(words).lower()
