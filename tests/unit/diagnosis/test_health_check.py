"""Health checks that ask in the wrong place: by declaration, by the same targets' answers elsewhere; near misses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathmend.diagnosis.finding import Certainty, NoMechanicalRepair, WrongHealthCheck
from pathmend.diagnosis.health_check_tag import DeclaredCheck, declared_check
from pathmend.plans.intents import intent_against
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Plan
from tests.builders import LISTENER_ARN, TARGET_GROUP_ARN, a_target_group, a_workshop, decoys
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

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

TAG = "pathmend:health-check"
BETA_ARN = f"{TARGET_GROUP_ARN}-beta"
MISMATCH = "Target.ResponseCodeMismatch"
NOT_FOUND = "Health checks failed with these codes: [404]"
RIGHT = WrongHealthCheck(TARGET_GROUP_ARN, "HTTP", "traffic-port", "/healthcheck")


def declaring(value: str, world: Snapshot | None = None) -> Snapshot:
    """Return the world whose target group declares its health check."""
    return with_group(world or a_workshop(), tags=((TAG, value),))


def asking(world: Snapshot, reason: str = "Target.Timeout", *, says: str = "", **check: Any) -> Snapshot:
    """Return the world whose health check asks otherwise, and fails."""
    return with_health(with_check(world, **check), reason, says=says)


def beside(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with a second target group of the same targets, healthy there."""
    beta = a_target_group(arn=BETA_ARN, name="Beta-TG", **fields)
    listener = replace(world.listeners[LISTENER_ARN], target_group_arns=(TARGET_GROUP_ARN, BETA_ARN))
    return world.having("target_groups", beta).having("listeners", listener)


def otherwise(**check: Any) -> Any:
    """Return the second group's health check with other settings."""
    return replace(a_target_group().health_check, **check)


@pytest.mark.parametrize(
    ("value", "check", "right"),
    [
        ("port=traffic-port", {"port": "8080"}, RIGHT),
        ("protocol=HTTP port=80", {"protocol": "HTTPS"}, replace(RIGHT, port="80")),
        ("path=/healthz protocol=HTTP", {"protocol": "HTTPS", "path": "/"}, replace(RIGHT, path="/healthz")),
    ],
)
@pytest.mark.parametrize("reason", ["Target.Timeout", "Target.FailedHealthChecks"])
def test_a_check_that_is_not_as_declared_is_one_finding(
    value: str, check: dict[str, str], right: WrongHealthCheck, reason: str
) -> None:
    """Nothing listens there, and the owner says where to ask; that targets do not answer is no finding beside it."""
    finding = only(findings(asking(declaring(value), reason, **check)))
    assert (finding.code, finding.resource) == ("HEALTH_CHECK_MISDIRECTED", TARGET_GROUP_ARN)
    assert finding.certainty is Certainty.PROVEN
    assert finding.cause == right
    assert evidence(finding)["declared health check"] == value


def test_the_finding_says_what_is_asked_and_what_was_declared() -> None:
    """In one sentence, for a person who was just woken up."""
    finding = only(findings(asking(declaring("port=traffic-port"), port="8080")))
    assert finding.sentence == (
        "3 of 3 targets of WebApp-TG fail the health check HTTP 8080 /healthcheck, "
        "and its tag declares HTTP traffic-port /healthcheck"
    )
    assert evidence(finding)["the health check does not use the traffic port"] == "checked on 8080, traffic on 80"


def test_a_path_that_is_missing_is_set_to_the_declared_one() -> None:
    """A 404 is never admitted; where to ask instead only the owner knows."""
    world = asking(declaring("path=/healthcheck"), MISMATCH, says=NOT_FOUND, path="/gone")
    assert only(findings(world)).cause == RIGHT


def test_an_answer_of_another_place_is_not_admitted() -> None:
    """A redirect is a success code, but the check was to ask elsewhere: the matcher is right as it is."""
    says = "Health checks failed with these codes: [301]"
    world = asking(declaring("path=/healthcheck"), MISMATCH, says=says, path="/")
    assert only(findings(world)).cause == RIGHT


def test_a_port_that_no_group_lets_in_is_not_opened_when_another_is_declared() -> None:
    """The way to the wrong port is nothing that must pass."""
    world = asking(declaring("port=traffic-port"), port="8080")
    assert codes(world) == ["HEALTH_CHECK_MISDIRECTED"]
    assert codes(asking(a_workshop(), port="8080")) == ["ENI_SG_RULES_MISMATCH"]


@pytest.mark.parametrize("value", ["port=traffic-port", "port=8080", "path=/other", "protocol=HTTPS", "port=80 path=/"])
def test_what_is_declared_says_nothing_of_targets_that_are_healthy(value: str) -> None:
    """A difference that harms nobody is nobody's fault."""
    assert diagnosis(declaring(value)).healthy
    assert diagnosis(declaring(value, decoys(a_workshop()))).healthy


@pytest.mark.parametrize("value", ["port=80", "port=traffic-port", "path=/healthcheck", "protocol=HTTP port=80"])
def test_the_same_place_in_other_words_is_no_difference(value: str) -> None:
    """The traffic's port is 80."""
    world = with_health(declaring(value), "Target.Timeout")
    assert codes(world) == ["TARGET_TIMEOUT"]


@pytest.mark.parametrize("reason", ["Target.Timeout", "Target.FailedHealthChecks"])
def test_a_wrong_path_does_not_explain_targets_that_do_not_answer(reason: str) -> None:
    """Who asks for the wrong page is told so."""
    finding = only(findings(asking(declaring("path=/healthcheck"), reason, path="/gone")))
    assert isinstance(finding.cause, NoMechanicalRepair)


@pytest.mark.parametrize("reason", ["Elb.InternalError", "Target.InvalidState"])
def test_a_wrong_place_explains_nothing_but_failed_checks(reason: str) -> None:
    """A stopped target is stopped wherever it is asked."""
    world = asking(declaring("port=traffic-port"), reason, port="8080")
    assert "HEALTH_CHECK_MISDIRECTED" not in codes(world)


def test_a_blocked_path_of_the_traffic_explains_before_a_declaration_does() -> None:
    """The declared port would not answer either."""
    world = without_entry(asking(declaring("port=traffic-port"), port="8080"), "acl-app", 100)
    assert "HEALTH_CHECK_MISDIRECTED" not in codes(world)
    assert "SUBNET_ACL_RESTRICTION" in codes(world)


@pytest.mark.parametrize(
    "check", [{"protocol": "TCP", "path": None, "matcher": None}, {"enabled": False}, {"path": None}]
)
def test_a_check_that_asks_for_no_page_is_left_alone(check: dict[str, Any]) -> None:
    """The change is of checks by HTTP alone."""
    world = asking(declaring("port=traffic-port"), **{"port": "8080", **check})
    assert "HEALTH_CHECK_MISDIRECTED" not in codes(world)


@pytest.mark.parametrize(
    "value",
    [
        *("", "  ", "port", "port=", "port=0", "port=65536", "port=080", "port=x", "port=²", "path=healthz", "path="),
        *("protocol=http", "protocol=TCP", "port=80 port=80", "timeout=3", f"path=/{'x' * 1024}"),
    ],
)
def test_a_declaration_that_nobody_can_follow_is_shown_and_not_followed(value: str) -> None:
    """Its author learns why nothing came of it."""
    finding = only(findings(with_health(declaring(value), "Target.Timeout")))
    assert finding.code == "TARGET_TIMEOUT"
    assert evidence(finding)["a declared health check that was left alone"]


@given(st.text(max_size=40))
def test_any_value_of_the_tag_is_read_or_refused_in_words(value: str) -> None:
    """Whatever a tag holds, nothing fails."""
    found = declared_check(a_target_group(tags=((TAG, value),)))
    assert isinstance(found, DeclaredCheck) or found


def test_the_same_targets_answer_another_group_elsewhere() -> None:
    """Proven by their own answers: same targets, same page, same codes, another port."""
    finding = only(findings(beside(asking(a_workshop(), port="8080"))))
    assert finding.cause == RIGHT
    assert finding.certainty is Certainty.PROVEN
    assert finding.sentence.endswith(
        "the same targets are healthy where another group asks: HTTP traffic-port /healthcheck"
    )
    assert (
        evidence(finding)["healthy for Beta-TG, asked by HTTP traffic-port /healthcheck"] == "i-app-a, i-app-b, i-app-c"
    )


@pytest.mark.parametrize("port", ["traffic-port", "8080", "8081"])
def test_what_answers_at_another_groups_port_proves_nothing_of_our_own_traffic(port: str) -> None:
    """Two applications on the same machines: that one works must not hide that the other is down."""
    world = beside(asking(a_workshop(), port=port))
    group = world.target_groups[TARGET_GROUP_ARN]
    targets = tuple(replace(target, port=8080) for target in group.targets)
    rules = tuple(
        replace(rule, ports=(80, 8081)) if rule.ports else rule for rule in world.security_groups["sg-app"].rules
    )
    world = world.having("security_groups", replace(world.security_groups["sg-app"], rules=rules))
    acl = without_entry(with_group(world, port=8080, targets=targets), "acl-alb", 100, egress=True)
    entries = (*acl.network_acls["acl-alb"].entries, replace(world.network_acls["acl-app"].entries[-2], rule_number=90))
    world = acl.having("network_acls", replace(acl.network_acls["acl-alb"], entries=entries))
    assert codes(world) == ["TARGET_TIMEOUT"]


@pytest.mark.parametrize(
    "beta",
    [
        {"health_check": otherwise(path="/other")},
        {"health_check": otherwise(matcher="200-499")},
        {"health_check": otherwise(enabled=False)},
        {"protocol": "TCP"},
        {"targets": tuple(replace(t, state="unhealthy", reason=MISMATCH) for t in a_target_group().targets)},
        {"targets": a_target_group().targets[:2]},
        {"targets": tuple(replace(t, target_id="i-other") for t in a_target_group().targets)},
    ],
)
def test_another_groups_answers_prove_nothing_of_another_question(beta: dict[str, Any]) -> None:
    """Another page, other codes, other targets, or not all of them: a convention is no proof."""
    assert "HEALTH_CHECK_MISDIRECTED" not in codes(beside(asking(a_workshop(), port="8080"), **beta))


def test_a_check_that_one_target_answers_asks_in_the_right_place() -> None:
    """What is wrong with the others is theirs."""
    world = with_health(beside(asking(a_workshop(), port="8080")), None, state="healthy", zones="a")
    assert "HEALTH_CHECK_MISDIRECTED" not in codes(world)


def test_targets_that_nobody_asks_count_for_nothing() -> None:
    """One is leaving; the others say where to ask."""
    world = with_health(beside(asking(a_workshop(), port="8080")), None, state="draining", zones="a")
    assert only(findings(world)).cause == RIGHT


def test_groups_that_disagree_leave_the_choice_to_a_person() -> None:
    """Two places that answer are two opinions."""
    world = beside(asking(a_workshop(), port="8080"))
    gamma = a_target_group(arn=f"{BETA_ARN}-gamma", name="Gamma-TG", health_check=otherwise(protocol="HTTPS"))
    both = replace(world.listeners[LISTENER_ARN], target_group_arns=(TARGET_GROUP_ARN, BETA_ARN, gamma.arn))
    world = world.having("target_groups", gamma).having("listeners", both)
    assert "HEALTH_CHECK_MISDIRECTED" not in codes(world)


def test_a_group_with_another_question_is_no_witness() -> None:
    """It neither proves nor disproves, and is not shown."""
    world = beside(asking(a_workshop(), port="8080"))
    gamma = a_target_group(arn=f"{BETA_ARN}-gamma", name="Gamma-TG", health_check=otherwise(path="/other", port="80"))
    three = replace(world.listeners[LISTENER_ARN], target_group_arns=(TARGET_GROUP_ARN, BETA_ARN, gamma.arn))
    finding = only(findings(world.having("target_groups", gamma).having("listeners", three)))
    assert finding.cause == RIGHT
    assert not any("Gamma-TG" in fact for fact in evidence(finding))


def test_a_group_without_targets_asks_nobody() -> None:
    """No target, no proof."""
    assert diagnosis(beside(with_group(with_check(a_workshop(), port="8080"), targets=()))).healthy


@pytest.mark.parametrize(
    "world",
    [
        asking(declaring("port=traffic-port"), port="8080"),
        asking(declaring("path=/healthcheck"), MISMATCH, says=NOT_FOUND, path="/gone"),
        beside(asking(a_workshop(), port="8080")),
    ],
    ids=["declared port", "declared path", "answers elsewhere"],
)
def test_the_plan_moves_the_check_and_asks(world: Snapshot) -> None:
    """One change, which opens nothing, and which somebody may have wanted otherwise."""
    plan = make_plan(diagnosis(world), world)
    assert isinstance(plan, Plan)
    (change,) = plan.changes
    assert change.kind == "SetHealthCheck"
    assert plan.leaves == ()
    assert plan.beyond == ()
    assert len(plan.repairs) == 1
    assert "where the health check of WebApp-TG asks is asked" in str(intent_against(change, world))


def test_a_declared_port_that_the_network_blocks_is_no_repair() -> None:
    """The check would fail there as it fails here."""
    world = asking(declaring("port=9090"), port="8080")
    plan = make_plan(diagnosis(world), world)
    assert isinstance(plan, NoPlan)
    assert "no safe change clears HEALTH_CHECK_MISDIRECTED" in plan.reason
