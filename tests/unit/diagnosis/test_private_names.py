"""The private names of an interface endpoint: turned on where nobody loses by it, else a person's choice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.diagnosis.finding import NoMechanicalRepair, PrivateNamesOff
from pathmend.diagnosis.private_names import names_off
from pathmend.plans.intents import intent_against
from pathmend.plans.make import NoPlan, make_plan
from pathmend.plans.plan import Plan
from pathmend.snapshot.transit import DhcpOptions
from tests.builders import a_group, a_group_rule, an_interface
from tests.unit.diagnosis.needs import (
    DYNAMODB,
    PARAMETER,
    S3,
    SSM,
    a_needy_workshop,
    an_interface_endpoint,
    by_endpoint,
    found,
    needy,
    statement,
    with_role,
    with_vpc,
)
from tests.unit.diagnosis.worlds import only

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.snapshot.world import Snapshot

SSM_BY_ENDPOINT = statement("ssm:GetParameter", PARAMETER, "parameters", Condition=by_endpoint("vpce-ssm"))


def led_past(**fields: Any) -> Snapshot:
    """Return the world whose statement wants the endpoint, past which the service's name leads."""
    world = with_role(a_needy_workshop(), DYNAMODB, S3, SSM_BY_ENDPOINT)
    return an_interface_endpoint(world, **{"private_dns": False, **fields})


def with_neighbour(world: Snapshot, **fields: Any) -> Snapshot:
    """Return the world with another interface in the application's subnet a."""
    one = an_interface("10.0.11.77", id="eni-neighbour", subnet_id="subnet-app-a", group_ids=("sg-app",))
    return world.having("interfaces", replace(one, **fields))


def letting_in(world: Snapshot, cidr: str) -> Snapshot:
    """Return the world whose endpoint lets this network in alone."""
    return world.having("security_groups", a_group(a_group_rule(cidr, (443, 443)), id="sg-endpoint"))


def advice(world: Snapshot) -> str:
    """Return what a person is to decide."""
    cause = only(found(world)).cause
    assert isinstance(cause, NoMechanicalRepair)
    return cause.advice


def test_names_that_lead_past_the_endpoint_are_turned_on_and_asked_about() -> None:
    """A need goes by that service, a statement wants the endpoint, and whoever else asks is led there, too."""
    world = with_neighbour(led_past())
    finding = only(found(world))
    assert (finding.code, finding.resource) == ("VPCE_PRIVATE_DNS_OFF", "vpce-ssm")
    assert finding.cause == PrivateNamesOff("vpce-ssm")
    assert finding.sentence.startswith(
        "the private DNS names of endpoint vpce-ssm are off, so requests do not go by it"
    )
    plan = make_plan(needy(world), world)
    assert isinstance(plan, Plan)
    (step,) = plan.steps
    assert [request.parameters for request in step.requests] == [
        {"VpcEndpointId": "vpce-ssm", "PrivateDnsEnabled": True}
    ]
    assert plan.leaves == ()
    assert "leading the VPC's requests by vpce-ssm is asked" in str(intent_against(step.change, world))


def test_nobody_who_needs_the_endpoint_is_no_finding() -> None:
    """Private names that are off harm nobody who gets what they need by another way."""
    world = an_interface_endpoint(with_role(a_needy_workshop(), DYNAMODB, S3, SSM), private_dns=False)
    assert found(world) == ()


@pytest.mark.parametrize(
    ("world", "because"),
    [
        (lambda: with_vpc(led_past(), dns_hostnames=False), "they need both DNS attributes"),
        (lambda: with_vpc(led_past(), dns_hostnames=None), "they need both DNS attributes"),
        (lambda: led_past(kind="GatewayLoadBalancer"), "of type GatewayLoadBalancer"),
        (
            lambda: led_past().having(
                "vpc_endpoints",
                replace(led_past().vpc_endpoints["vpce-ssm"], id="vpce-pending", state="pending", private_dns=True),
            ),
            "vpce-pending has the same names already",
        ),
    ],
    ids=["attribute off", "attribute unread", "another type", "a rival"],
)
def test_names_that_cannot_be_turned_on_are_for_a_person(world: Callable[[], Snapshot], because: str) -> None:
    """AWS would refuse, or nobody would be led."""
    assert because in advice(world())
    assert isinstance(make_plan(needy(world()), world()), NoPlan)


def test_a_rival_of_another_vpc_or_service_is_none() -> None:
    """Names are a VPC's own."""
    world = led_past()
    here = world.vpc_endpoints["vpce-ssm"]
    elsewhere: tuple[dict[str, Any], ...] = ({"vpc_id": "vpc-2"}, {"service_name": "com.amazonaws.us-east-1.sqs"})
    for number, fields in enumerate(elsewhere):
        other = replace(here, id=f"vpce-{number}", private_dns=True, interface_ids=(), **fields)
        world = world.having("vpc_endpoints", other)
    assert only(found(world)).cause == PrivateNamesOff("vpce-ssm")


def test_resolvers_of_ones_own_answer_what_they_like() -> None:
    """Whether they ask Amazon's is not in the snapshot; where the options were not read, not even who they are."""
    own = led_past().having("dhcp_options", DhcpOptions("dopt-1", ("10.0.0.9",)))
    world = with_vpc(own, dhcp_options_id="dopt-1")
    assert "what the name servers 10.0.0.9" in advice(world)
    assert "dopt-2 of" in advice(with_vpc(led_past(), dhcp_options_id="dopt-2"))


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_services_with_gateway_endpoints_have_names_of_their_own_kind(service: str) -> None:
    """Those need a choice that is not in the snapshot."""
    world = led_past(service=service)
    endpoint = world.vpc_endpoints[f"vpce-{service}"]
    assert isinstance(names_off(world, endpoint, service, "us-east-1"), NoMechanicalRepair)


def test_a_neighbour_who_would_be_cut_off_is_named() -> None:
    """It asks the service by NAT today, and the endpoint's group does not let it in."""
    world = led_past()
    group = a_group(a_group_rule("sg-app", (443, 443)), id="sg-endpoint")
    world = world.having("security_groups", group)
    assert only(found(world)).cause == PrivateNamesOff("vpce-ssm")
    open_group = a_group(a_group_rule("0.0.0.0/0", egress=True), id="sg-other")
    outsider = with_neighbour(world.having("security_groups", open_group), group_ids=("sg-other",))
    assert advice(outsider).endswith("eni-neighbour in subnet-app-a would lose its way to ssm")


@pytest.mark.parametrize(
    "harmless",
    [
        {"group_ids": ("sg-shut",)},
        {"group_ids": ("sg-other",), "description": "ELB app/other/1"},
        {"group_ids": ("sg-other",), "description": "Interface for NAT Gateway nat-9"},
        {"group_ids": ("sg-other",), "description": "VPC Endpoint Interface vpce-9"},
        {"group_ids": ("sg-other",), "private_ips": ()},
        {"group_ids": ("sg-other",), "vpc_id": "vpc-other"},
    ],
)
def test_who_does_not_ask_loses_nothing(harmless: dict[str, Any]) -> None:
    """Who reaches nothing today, AWS's own interfaces, and those of other VPCs."""
    world = led_past().having("security_groups", a_group(a_group_rule("sg-app", (443, 443)), id="sg-endpoint"))
    for name, rules in (("sg-shut", ()), ("sg-other", (a_group_rule("0.0.0.0/0", egress=True),))):
        world = world.having("security_groups", a_group(*rules, id=name))
    assert only(found(with_neighbour(world, **harmless))).cause == PrivateNamesOff("vpce-ssm")


def test_an_endpoint_that_lets_its_own_targets_out_only_in_part_is_no_repair() -> None:
    """The targets themselves would lose the way that they have."""
    assert "would lose its way to ssm" in advice(letting_in(led_past(), "10.0.11.0/24"))
