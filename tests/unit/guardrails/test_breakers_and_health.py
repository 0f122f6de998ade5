"""Where Pathmend does not trust itself, and where AWS does not trust itself, nothing is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.guardrails.circumstances import Breaker, ServiceEvent
from pathmend.guardrails.decide import decide, refusals_of_undo
from pathmend.guardrails.decision import Decision, Mode
from pathmend.snapshot.balancing import TargetHealth
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, VPC_ID
from tests.fakes import NOON
from tests.unit.changes import faults
from tests.unit.changes.faults import furnished
from tests.unit.guardrails.cases import CALM, FILTERS, FREE, ROUTES, decided, plan_of, planned

UNTIL = NOON + timedelta(minutes=30)


def a_breaker(*resources: str) -> Breaker:
    """Return a breaker that is open for half an hour more."""
    return Breaker("inc-0007", "its change was rolled back", resources, NOON - timedelta(minutes=30), UNTIL)


@pytest.mark.parametrize("resource", ["subnet-alb-b", "rtb-public", "rtb-app-b"])
def test_what_a_breaker_is_open_on_is_not_touched(resource: str) -> None:
    """Nor is the table that a subnet would leave; the sentence says what a person can do."""
    decision = decided(ROUTES, circumstances=replace(CALM, breakers=(a_breaker("x", resource),)))
    words = (
        f"incident inc-0007 opened a breaker on {resource} until 2026-11-22T12:30:00+00:00 (its change was rolled "
        "back): `pathmend breaker close inc-0007` closes it sooner"
    )
    assert decision == Decision(Mode.REPORT, (words,))


def test_while_any_breaker_is_open_nothing_acts_by_itself() -> None:
    """Somebody is asked about everything else."""
    decision = decided(FILTERS, circumstances=replace(CALM, breakers=(a_breaker("rtb-public"),)))
    assert decision.mode is Mode.ASK
    assert decision.reasons[0].startswith("nothing acts by itself while the breaker of incident inc-0007 is open")


@pytest.mark.parametrize(("after", "mode"), [(-1, Mode.REPORT), (0, Mode.ACT)])
def test_a_breaker_closes_by_itself(after: int, mode: Mode) -> None:
    """At the moment that it says."""
    now = replace(CALM, now=UNTIL + timedelta(seconds=after), breakers=(a_breaker("acl-alb"),))
    assert decided(FILTERS, circumstances=now).mode is mode


def test_a_breaker_is_not_in_the_way_of_an_undoing() -> None:
    """It is opened for somebody to look, and to undo."""
    plan, open_now = planned(FILTERS), replace(CALM, breakers=(a_breaker("acl-alb"),))
    assert refusals_of_undo(plan, FILTERS, FREE, open_now) == ()


def an_event(service: str, region: str = "us-east-1") -> ServiceEvent:
    """Return an open issue."""
    return ServiceEvent("arn:aws:health:1", service, f"AWS_{service}_OPERATIONAL_ISSUE", region, NOON)


@pytest.mark.parametrize("service", ["EC2", "VPC", "ELASTICLOADBALANCING", "ElasticLoadBalancing"])
@pytest.mark.parametrize("region", ["us-east-1", "global", "GLOBAL", ""])
def test_while_aws_has_an_issue_nothing_is_changed(service: str, region: str) -> None:
    """Of a service that every repair depends on, here or everywhere; not even undone."""
    event = an_event(service, region)
    decision = decided(FILTERS, circumstances=replace(CALM, service_events=(event,)))
    where = region or "all Regions"
    words = f"AWS Health reports an issue of {service} in {where}: {event.code}, since 2026-11-22T12:00:00+00:00"
    assert decision == Decision(Mode.REPORT, (words,))
    assert refusals_of_undo(planned(FILTERS), FILTERS, FREE, replace(CALM, service_events=(event,))) == (words,)


def about(*entities: str, subject: str = LOAD_BALANCER_ARN) -> Decision:
    """Return the decision while AWS has an issue with these resources."""
    issue = replace(an_event("EC2"), entities=entities)
    return decided(FILTERS, circumstances=replace(CALM, subject=subject, service_events=(issue,)))


@pytest.mark.parametrize(
    "entity",
    [
        "acl-alb",
        "subnet-app-a",
        "subnet-alb-c",
        VPC_ID,
        "i-app-a",
        "eni-app-a",
        "eni-alb-b",
        LOAD_BALANCER_ARN,
        TARGET_GROUP_ARN,
        "arn:aws:ec2:us-east-1:123456789012:instance/i-app-a",
    ],
)
def test_an_issue_of_a_resource_counts_for_what_has_to_do_with_it(entity: str) -> None:
    """What the plan touches, the load balancer, a target, and where these lie; the sentence names it."""
    decision = about("i-0123456789abcdef0", entity)
    words = f"AWS_EC2_OPERATIONAL_ISSUE, {entity}, since 2026-11-22T12:00:00+00:00"
    assert decision == Decision(Mode.REPORT, (f"AWS Health reports an issue of EC2 in us-east-1: {words}",))


@pytest.mark.parametrize("entity", ["i-0123456789abcdef0", "vpn-0123456789abcdef0", "subnet-db-a", "nat-a"])
def test_an_issue_of_a_resource_apart_is_no_reason(entity: str) -> None:
    """One bad instance of another application must not hold back all repairs until AWS closes its event."""
    assert about(entity).mode is Mode.ACT


def test_an_issue_of_an_address_that_is_a_target_counts_for_its_interface_too() -> None:
    """Targets may be registered by address."""
    (group,) = FILTERS.target_groups.values()
    by_address = FILTERS.having("target_groups", replace(group, targets=(TargetHealth("10.0.11.10", 80, "healthy"),)))
    (interface,) = (i for i in FILTERS.interfaces.values() if ip_address("10.0.11.10") in i.private_ips)
    issue = replace(an_event("EC2"), entities=(interface.id,))
    now = replace(CALM, service_events=(issue,))
    assert decide(planned(FILTERS), by_address, FREE, now).mode is Mode.REPORT


def test_where_subject_or_targets_were_not_read_every_issue_counts() -> None:
    """It may be about one of them."""
    (group,) = FILTERS.target_groups.values()
    unread = FILTERS.having("target_groups", replace(group, targets=(), targets_read=False))
    issue = replace(an_event("EC2"), entities=("i-0123456789abcdef0",))
    now = replace(CALM, service_events=(issue,))
    assert decide(planned(FILTERS), unread, FREE, now).mode is Mode.REPORT
    assert about("i-0123456789abcdef0", subject="arn:gone").mode is Mode.REPORT


@pytest.mark.parametrize(("service", "region"), [("EC2", "eu-west-1"), ("S3", "us-east-1"), ("NETWORKFIREWALL", "")])
def test_an_issue_elsewhere_or_of_another_service_is_no_reason(service: str, region: str) -> None:
    """Nothing of the plan depends on it."""
    assert decided(FILTERS, circumstances=replace(CALM, service_events=(an_event(service, region),))).mode is Mode.ACT


@pytest.mark.parametrize("service", ["NETWORKFIREWALL", "NETWORK_FIREWALL", "Network-Firewall"])
def test_an_issue_of_a_service_that_the_plan_calls_is_a_reason(service: str) -> None:
    """However AWS Health spells it."""
    world = furnished()
    plan = plan_of(SetFirewallRules(faults.GROUP_ARN, faults.DROPS), world=world)
    assert plan.steps[0].requests[0].service == "network-firewall"
    assert decide(plan, world, FREE, replace(CALM, service_events=(an_event(service),))).mode is Mode.REPORT


def test_where_the_subject_lies_in_no_known_region_every_issue_counts() -> None:
    """It may be the one there."""
    unknown = replace(CALM, subject="webapp", service_events=(an_event("EC2", "eu-west-1"),))
    assert decide(planned(FILTERS), FILTERS, FREE, unknown).mode is Mode.REPORT
