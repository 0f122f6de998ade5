"""Targets by reason code: which are a fault, and which answers may be admitted."""

from __future__ import annotations

from typing import Any

import pytest

from pathmend.diagnosis.finding import Certainty, MatcherMismatch, NoMechanicalRepair
from pathmend.plans.make import NoPlan, make_plan
from tests.builders import (
    TARGET_GROUP_ARN,
    a_workshop,
    fault_2,
    fault_3,
)
from tests.unit.diagnosis.worlds import (
    codes,
    diagnosis,
    evidence,
    findings,
    only,
    with_check,
    with_group,
    with_health,
    without_entry,
)

MISMATCH = "Target.ResponseCodeMismatch"


def failing(*answered: str, matcher: str | None = "200") -> Any:
    """Return the world whose targets answer the health check with these codes, one after the other."""
    world = with_check(a_workshop(), matcher=matcher)
    for zone, code in zip("abc", answered, strict=False):
        says = f"Health checks failed with these codes: [{code}]"
        world = with_health(world, MISMATCH, zones=zone, says=says)
    return world


def test_fault_2_is_a_success_code_that_the_matcher_does_not_list() -> None:
    """All targets work and are called unhealthy."""
    finding = only(findings(fault_2(a_workshop())))
    assert (finding.code, finding.resource) == ("RESPONSE_CODE_MISMATCH", TARGET_GROUP_ARN)
    assert finding.cause == MatcherMismatch(TARGET_GROUP_ARN, "200", (299,))
    assert finding.certainty is Certainty.PROVEN
    assert finding.sentence == (
        "3 of 3 targets of WebApp-TG answer the health check /healthcheck with 299, and the matcher accepts 200"
    )
    rows = evidence(finding)
    assert rows["Target.ResponseCodeMismatch on 3 of 3 targets"] == "Health checks failed with these codes: [299]"
    assert rows["the health check"] == "HTTP traffic-port /healthcheck, success codes 200, time-out 3 s"


@pytest.mark.parametrize("code", ["400", "403", "404", "429", "500", "502", "503", "199", "600"])
def test_a_code_that_is_no_success_is_never_admitted(code: str) -> None:
    """An application that answers an error is repaired, not called healthy."""
    finding = only(findings(failing(code, code, code)))
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "never admitted as healthy" in finding.cause.advice
    assert ("path that exists" in finding.cause.advice) == (code == "404")


def test_one_error_among_successes_is_an_error() -> None:
    """Nothing is widened while a target answers 500."""
    finding = only(findings(failing("299", "500", "299")))
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "with 299, 500," in finding.sentence


def test_several_success_codes_are_all_observed() -> None:
    """Each target's own code counts, once."""
    assert only(findings(failing("299", "301", "299"))).cause == MatcherMismatch(TARGET_GROUP_ARN, "200", (299, 301))


def test_a_code_that_the_matcher_lists_by_now_is_not_added_again() -> None:
    """The word of one target is older than the setting, that of another is not."""
    finding = only(findings(failing("201", "299", matcher="200,201")))
    assert finding.cause == MatcherMismatch(TARGET_GROUP_ARN, "200,201", (299,))


@pytest.mark.parametrize("matcher", ["200,299", "200-299", "200-399", "200, 290-299"])
def test_a_matcher_that_was_widened_since_is_no_fault(matcher: str) -> None:
    """The load balancer has not checked again yet."""
    assert findings(failing("299", "299", "299", matcher=matcher)) == ()


def test_an_unnamed_code_is_reported() -> None:
    """Without the code there is nothing to admit."""
    finding = only(findings(with_health(a_workshop(), MISMATCH)))
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "a code that Elastic Load Balancing does not name" in finding.sentence


def test_a_group_without_a_matcher_gets_none() -> None:
    """A TCP group has no success codes, so none can be added to them."""
    world = with_group(failing("299", matcher=None), protocol="TCP")
    finding = only(findings(world))
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert "the matcher accepts none that was read" in finding.sentence
    assert evidence(finding)["the health check"].endswith("success codes none, time-out 3 s")


def test_a_tcp_group_with_healthy_targets_is_healthy() -> None:
    """A matcher is not missed where none belongs."""
    assert findings(with_group(with_check(a_workshop(), protocol="TCP", path=None, matcher=None), protocol="TCP")) == ()


REASONS = [
    ("Target.Timeout", "unhealthy", "TARGET_TIMEOUT", Certainty.LIKELY),
    ("Target.FailedHealthChecks", "unhealthy", "TARGET_CONNECTION_FAILED", Certainty.LIKELY),
    ("Elb.InternalError", "unhealthy", "LOAD_BALANCER_INTERNAL_ERROR", Certainty.LIKELY),
    ("Target.NotRegistered", "unused", "TARGET_NOT_REGISTERED", Certainty.PROVEN),
    ("Target.NotInUse", "unused", "TARGET_NOT_IN_USE", Certainty.PROVEN),
    ("Target.InvalidState", "unused", "TARGET_STOPPED", Certainty.PROVEN),
    ("Target.IpUnusable", "unused", "TARGET_IP_UNUSABLE", Certainty.PROVEN),
    ("Target.SomethingNew", "unhealthy", "TARGET_UNHEALTHY", Certainty.LIKELY),
    (None, "unhealthy", "TARGET_UNHEALTHY", Certainty.LIKELY),
]


@pytest.mark.parametrize(("reason", "state", "code", "certainty"), REASONS)
def test_every_reason_code_has_a_finding_with_advice(
    reason: str | None, state: str, code: str, certainty: Certainty
) -> None:
    """With open paths the reason itself is what can be said, and no change is proposed."""
    world = with_health(a_workshop(), reason, state=state, zones="ab")
    finding = only(findings(world))
    assert (finding.code, finding.resource, finding.certainty) == (code, TARGET_GROUP_ARN, certainty)
    assert finding.sentence.startswith("2 of 3 targets of WebApp-TG ")
    assert isinstance(finding.cause, NoMechanicalRepair)
    assert make_plan(diagnosis(world), world) == NoPlan(finding.cause.advice)
    assert evidence(finding)[f"{reason or state} on 2 of 3 targets"] == "i-app-a, i-app-b"


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("Elb.RegistrationInProgress", "initial"),
        ("Elb.InitialHealthChecking", "initial"),
        ("Target.DeregistrationInProgress", "draining"),
        ("Target.HealthCheckDisabled", "unavailable"),
        (None, "healthy"),
    ],
)
def test_a_state_on_the_way_is_no_fault(reason: str | None, state: str) -> None:
    """Starting, leaving and unchecked targets are somebody's work in progress."""
    assert findings(with_health(a_workshop(), reason, state=state)) == ()


@pytest.mark.parametrize("reason", ["Target.Timeout", "Target.FailedHealthChecks"])
def test_a_blocked_path_explains_targets_that_do_not_answer(reason: str) -> None:
    """The cause is named, and its consequence is not named beside it."""
    world = without_entry(with_health(a_workshop(), reason), "acl-app", 100)
    assert codes(world) == ["SUBNET_ACL_RESTRICTION"]


@pytest.mark.parametrize(("reason", "code"), [("Target.InvalidState", "TARGET_STOPPED"), (MISMATCH, None)])
def test_a_blocked_path_does_not_explain_anything_else(reason: str, code: str | None) -> None:
    """A stopped instance is stopped, whatever the network does."""
    world = without_entry(with_health(a_workshop(), reason, state="unused"), "acl-app", 100)
    assert codes(world) == ["SUBNET_ACL_RESTRICTION", code or "RESPONSE_CODE_MISMATCH"]


def test_proven_findings_come_before_likely_ones() -> None:
    """The gravest first."""
    world = with_health(fault_3(a_workshop()), "Elb.InternalError", zones="c")
    assert [f.certainty for f in findings(world)] == [Certainty.PROVEN, Certainty.LIKELY]


def test_a_check_on_another_port_than_the_traffic_is_said() -> None:
    """It is the first thing to look at when nothing listens there."""
    world = with_health(with_check(a_workshop(), port="8080"), "Elb.InternalError")
    finding = next(f for f in findings(world) if f.code == "LOAD_BALANCER_INTERNAL_ERROR")
    assert evidence(finding)["the health check does not use the traffic port"] == "checked on 8080, traffic on 80"


def test_the_load_of_slow_targets_is_evidence() -> None:
    """Only of the targets that the finding is about, and only where it was measured."""
    world = with_health(a_workshop(), "Target.Timeout", zones="ab")
    cpu = {"i-app-a": 97.4, "i-app-b": 12.0, "i-app-c": 99.0}
    rows = evidence(only(findings(world, CPUUtilization=cpu, mem_used_percent={"i-app-a": 40})))
    assert rows["highest CPU of these targets"] == "97 %"
    assert rows["highest memory of these targets"] == "40 %"
