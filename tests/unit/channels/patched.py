"""Patches of infrastructure code, read back as their tools read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from pathmend.channels.infrastructure_code.cloudformation import cloudformation_patch
from pathmend.channels.infrastructure_code.terraform import terraform_patch
from pathmend.guardrails.ownership import Owner, Tool
from pathmend.plans.plan import PlannedChange
from tests.unit.changes.faults import furnished
from tests.unit.channels.hcl_reader import read_hcl

if TYPE_CHECKING:
    from tests.unit.changes.cases import Case

GROUP_ARN = "arn:aws:network-firewall:us-east-1:123456789012:stateful-rulegroup/web"
HOSTILE = 'x"\n\r\t\\ ${path.module} $${a} %{ if } !Ref A # <script>\u2028\u0085 - b: *c &d https://evil.example'
RULES_TEXT = "pass tls any any -> any 443 (sid:1;)\n# kept\n\ndrop ip any any -> any any (sid:2;)\n"


class Loader(yaml.SafeLoader):
    """Reads templates: a reference is the name that it refers to."""


Loader.add_constructor("!Ref", lambda _, node: f"!Ref {node.value}")


def planned(change, undo) -> PlannedChange:
    """Return a step of the two."""
    return PlannedChange(change, "the one before", undo, ())


def both_ways(case: Case) -> tuple[PlannedChange, PlannedChange]:
    """Return the change and its undo as steps."""
    undo = case.change.inverse(case.broken(furnished()))
    return planned(case.change, undo), planned(undo, case.change)


def resources_of(step, owner=None) -> dict[str, Any]:
    """Return the resources of the CloudFormation patch."""
    read = yaml.load(cloudformation_patch(step, owner).text, Loader)  # noqa: S506 - a safe loader with one tag more
    return read["Resources"] if read else {}


def blocks_of(step, owner=None) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the resources of the Terraform patch by type and name."""
    read = read_hcl(terraform_patch(step, owner).text)
    return {(kind, name): body for kind, name, body in read.get("resource", [])}


def in_stack(resource_id: str, resource_type: str = "", logical_id: str = "Web") -> Owner:
    """Return the stack that owns the resource."""
    return Owner(resource_id, Tool.CLOUDFORMATION, "web-network", logical_id, resource_type)


def in_state(resource_id: str, address: str) -> Owner:
    """Return the Terraform code that owns the resource."""
    return Owner(resource_id, Tool.TERRAFORM, "s3://states/web", address)
