"""5XX by kind, what was ruled out with its figures, and which figures are wanted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.diagnosis.diagnose import wanted_figures
from pathmend.diagnosis.finding import Certainty, Diagnosis, NoMechanicalRepair
from pathmend.diagnosis.matcher import accepts
from pathmend.diagnosis.measurements import MOST_INSTANCES
from pathmend.plans.make import NoPlan, make_plan
from pathmend.snapshot.balancing import TargetHealth
from tests.builders import (
    LOAD_BALANCER_ARN,
    TARGET_GROUP_ARN,
    a_target_group,
    a_workshop,
    fault_2,
    fault_3,
)
from tests.unit.diagnosis.worlds import (
    LB,
    TG,
    diagnosis,
    evidence,
    findings,
    only,
    with_group,
    with_health,
)


def test_application_errors_are_the_applications_with_figures_per_zone() -> None:
    """With open paths a 5XX of the targets gets no plan."""
    counts = {TG: 120, f"{TG} in us-east-1a": 100, f"{TG} in us-east-1b": 20}
    measured = {"HTTPCode_Target_5XX_Count": counts, "RequestCount": {TG: 900, LB: 1000}}
    found = diagnosis(a_workshop(), ["HTTPCode_Target_5XX_Count"], **measured)
    finding = only(found.findings)
    assert (finding.code, finding.certainty) == ("APPLICATION_ERRORS", Certainty.LIKELY)
    assert finding.sentence == "the targets of WebApp-TG themselves answer 5XX: 120 of 900 requests"
    rows = evidence(finding)
    assert (rows["of them in us-east-1a"], rows["of them in us-east-1b"]) == ("100", "20")
    assert [row.source for row in finding.evidence if row.fact == "requests"] == [f"CloudWatch RequestCount {TG}"]
    assert isinstance(make_plan(found, a_workshop()), NoPlan)


def test_a_proven_blocked_path_is_found_beside_the_applications_errors() -> None:
    """Target 5XX need no blocked path, and a blocked path is named all the same."""
    measured = {"HTTPCode_Target_5XX_Count": {TG: 5}}
    found = findings(fault_3(a_workshop()), ["HTTPCode_Target_5XX_Count"], **measured)
    assert [f.code for f in found] == ["SUBNET_ACL_RESTRICTION", "APPLICATION_ERRORS"]


def test_errors_that_no_alarm_is_about_are_not_judged() -> None:
    """A few 5XX are everyday life until somebody's alarm says otherwise."""
    measured = {"HTTPCode_Target_5XX_Count": {TG: 5}, "HTTPCode_ELB_502_Count": {LB: 5}}
    assert findings(a_workshop(), ["UnHealthyHostCount"], **measured) == ()


def test_an_alarm_without_figures_finds_nothing() -> None:
    """No count was published, so no error is claimed."""
    assert findings(a_workshop(), ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"]) == ()


@pytest.mark.parametrize(
    ("status", "code"), [("502", "BAD_GATEWAY"), ("503", "NO_TARGETS"), ("504", "GATEWAY_TIMEOUT")]
)
@pytest.mark.parametrize("symptom", ["HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_504_Count", "TargetConnectionErrorCount"])
def test_the_load_balancers_own_errors_are_told_by_kind(status: str, code: str, symptom: str) -> None:
    """Each kind has its causes, and connection errors and response times are its evidence."""
    measured = {
        f"HTTPCode_ELB_{status}_Count": {LB: 7},
        "HTTPCode_ELB_5XX_Count": {LB: 7},
        "RequestCount": {LB: 100},
        "TargetConnectionErrorCount": {TG: 3},
        "TargetResponseTime": {TG: 14.5},
    }
    finding = only(findings(a_workshop(), [symptom], **measured))
    assert (finding.code, finding.resource) == (code, LOAD_BALANCER_ARN)
    assert f"the load balancer answers {status}: " in finding.sentence
    assert finding.sentence.endswith("7 of 100 requests")
    rows = evidence(finding)
    assert rows["answers of that kind"] == "7"
    assert rows[f"connection errors to {TG}"] == "3"
    assert rows[f"longest response of {TG}"] == "14.500 s"


def test_a_5xx_of_another_kind_is_reported_as_what_is_left() -> None:
    """A 500, 501, 505, 507, 561 or 562 has no metric of its own, and is no healthy load balancer."""
    measured = {"HTTPCode_ELB_502_Count": {LB: 7}, "HTTPCode_ELB_5XX_Count": {LB: 10}, "RequestCount": {LB: 100}}
    found = findings(a_workshop(), ["HTTPCode_ELB_5XX_Count"], **measured)
    assert [f.code for f in found] == ["BAD_GATEWAY", "LOAD_BALANCER_ERRORS"]
    assert found[1].sentence.endswith("3 of 100 requests")
    assert isinstance(found[1].cause, NoMechanicalRepair)


def test_a_blocked_path_explains_the_load_balancers_errors() -> None:
    """The 504s of fault 3 need no other cause."""
    measured = {"HTTPCode_ELB_504_Count": {LB: 50}}
    found = findings(fault_3(a_workshop()), ["HTTPCode_ELB_504_Count"], **measured)
    assert [f.code for f in found] == ["SUBNET_ACL_RESTRICTION"]


def ruled_out(found: Diagnosis) -> dict[str, str]:
    """Return what was ruled out and why."""
    return {one.what: one.because for one in found.ruled_out}


def test_saturation_is_ruled_out_with_its_figures() -> None:
    """The first guess of everybody is answered with numbers."""
    calm = {"i-app-a": 7.4, "i-app-b": 8, "i-app-c": 9}
    found = ruled_out(diagnosis(fault_3(a_workshop()), CPUUtilization=calm, mem_used_percent=31))
    assert found["saturation of the targets' processors"] == "CPUUtilization: i-app-a 7 %, i-app-b 8 %, i-app-c 9 %"
    assert found["saturation of the targets' memory"].startswith("mem_used_percent: i-app-a 31 %")


@pytest.mark.parametrize("cpu", [None, 80, 99, {"i-app-a": 3, "i-app-b": 95}])
def test_a_busy_or_unmeasured_processor_is_not_ruled_out(cpu: object) -> None:
    """One busy target is enough, and silence proves nothing."""
    assert "saturation of the targets' processors" not in ruled_out(diagnosis(a_workshop(), CPUUtilization=cpu))


@pytest.mark.parametrize(("seconds", "out"), [(0.2, True), (1.0, False), (14.9, False), (None, False)])
def test_a_slow_application_is_ruled_out_by_its_longest_answer(seconds: float | None, *, out: bool) -> None:
    """The shortest time-out that can be set is a second."""
    assert ("a slow application" in ruled_out(diagnosis(a_workshop(), TargetResponseTime=seconds))) == out


@pytest.mark.parametrize(
    ("zones", "out"),
    [((100, 90, 80), True), ((100, 50, 80), False), ((100, 0, 80), False), ((None, None, None), False)],
)
def test_a_silent_zone_is_ruled_out_by_its_requests(zones: tuple[int | None, ...], *, out: bool) -> None:
    """Even requests say that clients reach every zone."""
    counts = {f"us-east-1{zone}": count for zone, count in zip("abc", zones, strict=True)}
    found = ruled_out(diagnosis(a_workshop(), RequestCount=counts))
    assert ("a zone that gets no requests" in found) == out


def test_even_requests_are_shown_per_zone_and_per_target() -> None:
    """The figures speak for themselves."""
    counts = {"us-east-1a": 100, "us-east-1b": 90, "us-east-1c": 80}
    found = ruled_out(diagnosis(a_workshop(), RequestCount=counts, RequestCountPerTarget=90))
    assert found["a zone that gets no requests"] == (
        "RequestCount: us-east-1a 100, us-east-1b 90, us-east-1c 80; "
        "per target of targetgroup/WebApp-TG/73e2d6bc24d8a067 90"
    )


def test_open_paths_are_ruled_out_with_their_number() -> None:
    """Traffic and health check of each node to each target."""
    assert ruled_out(diagnosis(a_workshop()))["a blocked path between load balancer and targets"].startswith("18 flows")
    assert "a blocked path between load balancer and targets" not in ruled_out(diagnosis(fault_3(a_workshop())))
    assert ruled_out(diagnosis(with_group(a_workshop(), targets=()))) == {}


def test_targets_that_are_leaving_are_ruled_out_as_a_fault() -> None:
    """A deployment looks like a fault to those who do not know of it."""
    world = with_health(a_workshop(), "Target.DeregistrationInProgress", state="draining", zones="b")
    assert ruled_out(diagnosis(world))["targets that are deregistering"] == (
        "i-app-b of WebApp-TG: a deployment, not a fault"
    )


def test_a_load_balancer_whose_subnets_were_not_read_has_no_zones_to_compare() -> None:
    """Nothing is ruled out by the absence of figures."""
    world = replace(a_workshop(), subnets={})
    assert "a zone that gets no requests" not in ruled_out(diagnosis(world))


def test_figures_are_wanted_of_the_load_balancer_its_groups_and_their_instances() -> None:
    """What CloudWatch is asked for: dimensions of the workshop, zone by zone."""
    wanted = wanted_figures(a_workshop(), LOAD_BALANCER_ARN)
    assert len(set(wanted)) == len(wanted) == 5 + 3 + 6 + 3 + 6
    zone = next(q for q in wanted if q.about == f"{TG} in us-east-1c")
    assert zone.dimensions == (("AvailabilityZone", "us-east-1c"), ("LoadBalancer", LB), ("TargetGroup", TG))


def test_a_great_group_is_sampled_and_addresses_have_no_instance_figures() -> None:
    """Figures are evidence, not proof, and one call takes 500."""
    many = tuple(TargetHealth(f"i-{n:04}", 80, "healthy") for n in range(MOST_INSTANCES + 50))
    of_instances = list(wanted_figures(with_group(a_workshop(), targets=many), LOAD_BALANCER_ARN))
    assert sum(q.name == "CPUUtilization" for q in of_instances) == MOST_INSTANCES
    by_address = wanted_figures(with_group(a_workshop(), kind="ip"), LOAD_BALANCER_ARN)
    assert not any(q.name == "CPUUtilization" for q in by_address)


def test_every_group_of_the_load_balancer_is_looked_at() -> None:
    """A second group behind the same listener has findings of its own."""
    other = a_target_group(arn=f"{TARGET_GROUP_ARN}2", name="other")
    world = with_health(a_workshop(), "Target.InvalidState", state="unused").having("target_groups", other)
    assert [f.resource for f in findings(world)] == [TARGET_GROUP_ARN]


def test_a_finding_is_known_again_by_its_code_and_resource() -> None:
    """Two diagnoses of one incident are compared by it."""
    assert only(findings(fault_3(a_workshop()))).key == ("SUBNET_ACL_RESTRICTION", "acl-alb")


def test_the_same_input_gives_the_same_answer() -> None:
    """A decision can be replayed."""
    assert diagnosis(fault_3(fault_2(a_workshop()))) == diagnosis(fault_3(fault_2(a_workshop())))


@given(st.integers(200, 499), st.integers(200, 499), st.integers(200, 499))
def test_a_matcher_accepts_its_codes_and_what_lies_in_its_ranges(one: int, other: int, code: int) -> None:
    """Values and ranges may be mixed, with spaces or without."""
    low, high = sorted((one, other))
    assert accepts(f"{low}-{high}", code) == (low <= code <= high)
    assert accepts(f"{low}, {high}", code) == (code in {low, high})
    assert accepts(f"{low}-{high},{code}", code)
