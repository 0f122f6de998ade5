"""Every kind of change has its place in CloudFormation templates and in Terraform code, and its owner is named."""

from __future__ import annotations

from ipaddress import ip_network

import jsonschema  # type: ignore[import-untyped]
import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from pathmend.aws.catalogue import KINDS
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.channels.infrastructure_code.cloudformation import cloudformation_patch, cloudformation_slots
from pathmend.channels.infrastructure_code.comments import NO_PLACE
from pathmend.channels.infrastructure_code.owned import owner_of, owner_words, owners_patches, patches
from pathmend.channels.infrastructure_code.terraform import terraform_patch, terraform_slots
from pathmend.guardrails.ownership import Owner, Tool
from pathmend.snapshot.resources import AclEntry
from tests.unit.changes.cases import CASES, Case
from tests.unit.channels.hcl_reader import read_hcl
from tests.unit.channels.patched import (
    both_ways,
    in_stack,
    in_state,
    planned,
    resources_of,
)


def test_every_kind_has_its_place_in_both() -> None:
    """A kind without one is not done."""
    assert {case.change.kind for case in CASES} == set(KINDS)
    for case in CASES:
        assert cloudformation_slots(case.change), case
        assert terraform_slots(case.change), case
        for step in both_ways(case):
            assert not any(NO_PLACE in patch.text for patch in patches(step, ()))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cloudformation_knows_each_type_and_property(case: Case) -> None:
    """As its own schemas have them; what a fragment need not repeat is not asked for."""
    for step in both_ways(case):
        for resource in resources_of(step).values():
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
            wanted = {key: value for key, value in schema.items() if key != "required"}
            jsonschema.Draft7Validator({**wanted, "additionalProperties": False}).validate(resource["Properties"])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terraform_code_can_be_read(case: Case) -> None:
    """Each resource is one of AWS's, with arguments or blocks in it; nothing stands outside of resources."""
    for step in both_ways(case):
        read = read_hcl(terraform_patch(step).text)
        assert set(read) <= {"resource"}
        for kind, name, body in read.get("resource", []):
            assert kind.startswith("aws_")
            assert name
            assert body


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_value_is_there_or_said_to_be_deleted(case: Case) -> None:
    """The patch of a change and that of its undo differ, and neither is empty."""
    there, back = both_ways(case)
    for render in (cloudformation_patch, terraform_patch):
        assert render(there).text.strip()
        assert render(there).text != render(back).text


def test_the_owner_is_named_with_the_warning() -> None:
    """Stack and logical id, or address and state; a tag tells neither."""
    stack = in_stack("acl-1")
    assert owner_words(stack) == (
        "acl-1 is owned by the CloudFormation stack web-network (logical id Web): its next deployment that updates "
        "this resource would undo this change"
    )
    state = in_state("acl-1", "module.net.aws_network_acl.web")
    assert owner_words(state) == (
        "acl-1 is owned by Terraform (module.net.aws_network_acl.web in s3://states/web): its next apply would undo "
        "this change"
    )
    assert owner_words(Owner("acl-1", Tool.TERRAFORM, "")).startswith("acl-1 is owned by Terraform: its next apply")
    assert "logical id" not in owner_words(in_stack("acl-1", logical_id=""))
    tagged = Owner("acl-1", Tool.TERRAFORM, "")
    entry = AclEntry(7, egress=True, protocol="-1", action="deny", cidr=ip_network("10.0.0.0/8"))
    step = planned(SetAclEntry("acl-1", True, 7, entry), SetAclEntry("acl-1", True, 7, None))  # noqa: FBT003
    assert terraform_patch(step, tagged) == terraform_patch(step)


def test_the_owner_of_what_is_changed_first_is_the_one_whose_code_is_edited() -> None:
    """The table that a subnet leaves comes last; each tool has its own owner."""
    step = planned(AssociateRouteTable("subnet-1", "rtb-1"), AssociateRouteTable("subnet-1", "rtb-2"))
    left, table, state = in_stack("rtb-2"), in_stack("rtb-1"), in_state("subnet-1", "aws_subnet.a")
    owners = (left, table, state)
    assert owner_of(step, owners, Tool.CLOUDFORMATION) == table
    assert owner_of(step, (left,), Tool.CLOUDFORMATION) == left
    assert owner_of(step, owners, Tool.TERRAFORM) == state
    assert [patch.language for patch in owners_patches(step, owners)] == ["yaml", "hcl"]
    assert [patch.language for patch in owners_patches(step, (state,))] == ["hcl"]
    assert list(owners_patches(step, ())) == []
    assert [patch.language for patch in patches(step, ())] == ["yaml", "hcl"]
