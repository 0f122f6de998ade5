"""The workshop's page passes in the healthy world, and each of the faults 4 to 8 shows in the test it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab import control, faults, judge
from lab.page import AUTHORIZATION, BONUS, DROP, SILENCE_MILLISECONDS, SIX, failures
from tests.integration.lab.conftest import eventually

if TYPE_CHECKING:
    from tests.integration.lab.conftest import Lab

pytestmark = pytest.mark.lab


def seen(lab: Lab) -> set[tuple[str, str, int]]:
    """Return the failing tests, their kinds and milliseconds, when all three instances show the same."""
    shown = judge.look(lab.endpoints)
    assert sorted(shown) == sorted(lab.world["instances"])
    each = {
        frozenset((one.test, one.failure, one.milliseconds) for one in tests if one.failure) for tests in shown.values()
    }
    assert len(each) == 1
    return set(each.pop())


def test_six_tests_and_two_bonus_pass_in_the_healthy_world(lab: Lab) -> None:
    """Each instance really reads the table, the bucket and the parameter."""
    shown = judge.look(lab.endpoints)
    assert failures(shown) == []
    assert {tuple(one.test for one in tests) for tests in shown.values()} == {
        ("DynamoDB", "S3", "SSM", "External", "Metadata", "DNS", "Peer", "Web API")
    }
    assert {*SIX, *BONUS} == {one.test for tests in shown.values() for one in tests}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("4", {("DynamoDB", AUTHORIZATION, 144)}),
        ("5", {("S3", AUTHORIZATION, 306)}),
        ("6", {("External", DROP, SILENCE_MILLISECONDS)}),
        ("7", {("Peer", DROP, SILENCE_MILLISECONDS), ("Web API", DROP, SILENCE_MILLISECONDS)}),
        ("8", {("Web API", DROP, SILENCE_MILLISECONDS)}),
    ],
)
def test_a_fault_shows_in_its_own_test_and_mending_takes_it_away(
    lab: Lab, fault: str, expected: set[tuple[str, str, int]]
) -> None:
    """Refusals are fast, drops last as long as the page waits."""
    before = judge.fingerprint(lab.endpoints)
    faults.break_(fault, lab.endpoints, lab.world)
    assert seen(lab) == expected
    assert judge.fingerprint(lab.endpoints) != before
    complaints = judge.complaints(lab.endpoints)
    assert all(any(name in text for text in complaints) for name, _, _ in expected)
    faults.mend(lab.endpoints, lab.world)
    assert seen(lab) == set()
    assert judge.fingerprint(lab.endpoints) == before


def test_fault_4_sends_requests_by_nat_where_the_condition_does_not_hold(lab: Lab) -> None:
    """The way is open: it is the role's policy that refuses a request without the endpoint."""
    faults.break_("4", lab.endpoints, lab.world)
    (test,) = [one for one in judge.look(lab.endpoints)[lab.world["instances"][0]] if one.failure]
    assert test.why == "the role's policies do not allow it"


def test_fault_6_stalls_the_server_so_that_some_requests_get_504_and_no_target_falls_ill(lab: Lab) -> None:
    """One request after another: who comes behind a page of five seconds waits, and some wait for too long."""
    faults.break_("6", lab.endpoints, lab.world)
    assert "504 idle" in eventually(lab.outcomes, lambda found: "504 idle" in found)
    assert set(lab.health()) == {"healthy"}


def test_all_eight_faults_break_at_once(lab: Lab) -> None:
    """The page and the load balancer show all of them."""
    faults.break_("all", lab.endpoints, lab.world)
    assert {name for name, _, _ in seen(lab)} == {"DynamoDB", "S3", "External", "Peer", "Web API"}
    eventually(lab.health, lambda found: all("unhealthy" in state for state in found))
    complaints = judge.complaints(lab.endpoints)
    assert any("clients lose" in text for text in complaints)
    assert any("unhealthy" in text for text in complaints)


def test_the_decoys_break_no_test(lab: Lab) -> None:
    """Odd, visible to a reader, and harmless."""
    before = judge.fingerprint(lab.endpoints)
    faults.break_("decoy", lab.endpoints, lab.world)
    assert seen(lab) == set()
    assert judge.fingerprint(lab.endpoints) != before


def test_the_status_shows_the_page(lab: Lab) -> None:
    """For people, as the page itself would."""

    def texts() -> list[str]:
        return [text for tests in control.status(lab.endpoints)["page"].values() for text in tests.values()]

    shown = eventually(texts, lambda found: all(text.startswith("OK in ") for text in found) and bool(found))
    assert len(shown) == 24
    assert all(text.startswith("OK in ") for text in shown)


def test_switches_of_the_vpc_and_of_instances_show(lab: Lab) -> None:
    """Without the resolver no name is asked for; without the metadata service no credentials are."""
    ec2 = lab.aws("ec2")
    ec2.modify_vpc_attribute(VpcId=lab.world["vpc"], EnableDnsSupport={"Value": False})
    try:
        assert {name for name, _, _ in seen(lab)} == {"DynamoDB", "S3", "SSM", "DNS"}
    finally:
        ec2.modify_vpc_attribute(VpcId=lab.world["vpc"], EnableDnsSupport={"Value": True})
    instance = lab.world["instances"][0]
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    try:
        assert [one.test for one in judge.look(lab.endpoints)[instance] if one.failure] == ["Metadata"]
    finally:
        ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="enabled")
