"""Which infrastructure code owns a resource: whatever is changed past it, its next deployment undoes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tool(Enum):
    """What deploys a resource."""

    CLOUDFORMATION = "CloudFormation"
    TERRAFORM = "Terraform"


@dataclass(frozen=True, slots=True)
class Owner:
    """The code that owns a resource.

    `name` is the stack's name, or where the Terraform state lies ("s3://bucket/key"; empty when only a tag tells).
    `address` is the logical id in the stack, or the address in Terraform ("module.net.aws_network_acl.web"; may be
    empty), `resource_type` its type there ("AWS::EC2::NetworkAcl", "aws_network_acl"; may be empty).
    """

    resource_id: str
    tool: Tool
    name: str
    address: str = ""
    resource_type: str = ""


@dataclass(frozen=True, slots=True)
class Owned:
    """The owners that were found, and in sentences what could not be looked up."""

    owners: tuple[Owner, ...] = ()
    unknown: tuple[str, ...] = ()
