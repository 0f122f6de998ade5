"""Every kind of change repairs its fault, is its own undo, and asks of AWS what it says on the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.diagnose import diagnose
from pathmend.errors import NotFoundError
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_workshop,
    a_world,
    allow_tcp,
    fault_1,
    fault_2,
    fault_3,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Snapshot
from tests.unit.changes.worlds import the_world_after_the_requests_of, without_association_ids

REPLIES = allow_tcp(1100, "10.0.11.0/24", (1024, 65535))


@dataclass(frozen=True)
class Case:
    """A change, the world it repairs, and what it says of itself."""

    change: Change
    broken: Callable[[Snapshot], Snapshot]
    resources: tuple[str, ...]
    before: str
    summary: str
    gone: Snapshot
    named: str


CASES = [
    pytest.param(
        Case(
            AssociateRouteTable("subnet-alb-b", "rtb-public"),
            fault_1,
            ("subnet-alb-b", "rtb-public"),
            "subnet-alb-b is associated with rtb-app-b",
            "associate subnet subnet-alb-b with rtb-public",
            a_world(),
            "subnet subnet-alb-b",
        ),
        id="AssociateRouteTable",
    ),
    pytest.param(
        Case(
            ModifyMatcher(TARGET_GROUP_ARN, "200,299"),
            fault_2,
            (TARGET_GROUP_ARN,),
            "success codes 200",
            "set the health check's success codes of targetgroup/WebApp-TG/73e2d6bc24d8a067 to 200,299",
            a_world(),
            f"target group {TARGET_GROUP_ARN}",
        ),
        id="ModifyMatcher",
    ),
    pytest.param(
        Case(
            SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=REPLIES),
            fault_3,
            ("acl-alb",),
            "ingress rule 1100: allow TCP 32768-65535 from 10.0.0.0/16",
            "set ingress rule 1100 of acl-alb to: allow TCP 1024-65535 from 10.0.11.0/24",
            a_world(),
            "network ACL acl-alb",
        ),
        id="SetAclEntry",
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_a_change_repairs_its_fault_on_the_model(case: Case) -> None:
    """There was a finding, and after the change there is none."""
    broken = case.broken(a_workshop())
    assert diagnose(broken, LOAD_BALANCER_ARN).findings
    assert diagnose(case.change.after(broken), LOAD_BALANCER_ARN).healthy


@pytest.mark.parametrize("case", CASES)
def test_applied_twice_equals_once(case: Case) -> None:
    """Where the slot has its value already, nothing is asked of AWS and nothing changes."""
    once = case.change.after(case.broken(a_workshop()))
    assert case.change.requests(once) == ()
    assert case.change.after(once) == once


@pytest.mark.parametrize("case", CASES)
def test_the_inverse_restores_the_world(case: Case) -> None:
    """Nothing is left of a change that is undone."""
    broken = case.broken(a_workshop())
    after = case.change.after(broken)
    assert after != broken
    undo = case.change.inverse(broken)
    assert undo.after(after) == broken
    assert undo.inverse(after) == case.change


@pytest.mark.parametrize("case", CASES)
def test_the_requests_do_on_aws_what_the_model_says(case: Case) -> None:
    """What is simulated and approved is what is executed."""
    broken = case.broken(a_workshop())
    done = the_world_after_the_requests_of(case.change, broken)
    assert without_association_ids(done) == without_association_ids(case.change.after(broken))


@pytest.mark.parametrize("case", CASES)
def test_the_undos_requests_restore_the_world_on_aws(case: Case) -> None:
    """The way back is made of requests too."""
    broken = case.broken(a_workshop())
    after = the_world_after_the_requests_of(case.change, broken)
    back = the_world_after_the_requests_of(case.change.inverse(broken), after)
    assert without_association_ids(back) == without_association_ids(broken)


@pytest.mark.parametrize("case", CASES)
def test_a_change_needs_no_action_that_it_does_not_list(case: Case) -> None:
    """The permissions of the kind cover the change and its undo."""
    broken = case.broken(a_workshop())
    undo = case.change.inverse(broken)
    requests = (*case.change.requests(broken), *undo.requests(case.change.after(broken)))
    assert requests
    assert {request.iam_action for request in requests} <= case.change.iam_actions


@pytest.mark.parametrize("case", CASES)
def test_a_change_says_what_it_is(case: Case) -> None:
    """People read it, rules name its kind, and the catalogue links to AWS's page."""
    assert case.change.kind == type(case.change).__name__
    assert case.change.resources == case.resources
    assert case.change.summary == case.summary
    assert case.change.before(case.broken(a_workshop())) == case.before
    assert case.change.source_url.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ask", ["before", "after", "inverse", "requests", "disrupts"])
def test_what_is_gone_is_named(case: Case, ask: str) -> None:
    """Whatever is asked of a change whose resource is gone, the answer names the resource."""
    with pytest.raises(NotFoundError, match=case.named):
        getattr(case.change, ask)(case.gone)
