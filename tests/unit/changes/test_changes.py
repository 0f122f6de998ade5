"""Every kind of change repairs its fault, is its own undo, and asks of AWS what it says on the model."""

from __future__ import annotations

import pytest

from pathmend.aws.catalogue import KINDS
from pathmend.diagnosis.diagnose import diagnose
from pathmend.errors import NotFoundError
from pathmend.snapshot.world import Snapshot
from tests.builders import LOAD_BALANCER_ARN
from tests.unit.changes.cases import CASES, Case
from tests.unit.changes.faults import furnished
from tests.unit.changes.worlds import comparable, the_world_after_the_requests_of


def test_every_kind_has_a_case() -> None:
    """A kind that nobody put to these tests is not done."""
    assert {case.change.kind for case in CASES} == set(KINDS)


@pytest.mark.parametrize("case", [case for case in CASES if case.diagnosed], ids=str)
def test_a_change_repairs_its_fault_on_the_model(case: Case) -> None:
    """There was a finding, and after the change there is none."""
    broken = case.broken(furnished())
    assert diagnose(broken, LOAD_BALANCER_ARN).findings
    assert diagnose(case.change.after(broken), LOAD_BALANCER_ARN).healthy


@pytest.mark.parametrize("case", [case for case in CASES if not case.diagnosed], ids=str)
def test_a_change_brings_back_the_world_that_was_not_broken(case: Case) -> None:
    """Nothing is left of the fault, and nothing else is touched."""
    assert comparable(case.change.after(case.broken(furnished()))) == comparable(furnished())
    assert case.change.requests(furnished()) == ()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_applied_twice_equals_once(case: Case) -> None:
    """Where the slot has its value already, nothing is asked of AWS and nothing changes."""
    once = case.change.after(case.broken(furnished()))
    assert case.change.requests(once) == ()
    assert case.change.after(once) == once


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_inverse_restores_the_world(case: Case) -> None:
    """Nothing is left of a change that is undone."""
    broken = case.broken(furnished())
    after = case.change.after(broken)
    assert after != broken
    undo = case.change.inverse(broken)
    assert undo.after(after) == broken
    assert undo.inverse(after) == case.change


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_requests_do_on_aws_what_the_model_says(case: Case) -> None:
    """What is simulated and approved is what is executed."""
    broken = case.broken(furnished())
    done = the_world_after_the_requests_of(case.change, broken)
    assert comparable(done) == comparable(case.change.after(broken))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_undos_requests_restore_the_world_on_aws(case: Case) -> None:
    """The way back is made of requests too."""
    broken = case.broken(furnished())
    after = the_world_after_the_requests_of(case.change, broken)
    back = the_world_after_the_requests_of(case.change.inverse(broken), after)
    assert comparable(back) == comparable(broken)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_change_needs_no_action_that_it_does_not_list(case: Case) -> None:
    """The permissions of the kind cover the change and its undo."""
    broken = case.broken(furnished())
    undo = case.change.inverse(broken)
    requests = (*case.change.requests(broken), *undo.requests(case.change.after(broken)))
    assert requests
    assert {request.iam_action for request in requests} <= case.change.iam_actions


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_change_says_what_it_is(case: Case) -> None:
    """People read it, rules name its kind, and the catalogue links to AWS's page."""
    assert case.change.kind == type(case.change).__name__
    assert case.change.resources == case.resources
    assert case.change.summary == case.summary
    assert case.change.before(case.broken(furnished())) == case.before
    assert case.change.source_url.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("ask", ["before", "after", "inverse", "requests", "disrupts"])
def test_what_is_gone_is_named(case: Case, ask: str) -> None:
    """Whatever is asked of a change whose resource is gone, the answer names the resource."""
    with pytest.raises(NotFoundError, match=case.named):
        getattr(case.change, ask)(Snapshot())
