"""What every reader of resources does; and how the one on AWS goes about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from pathmend.aws.world import AwsWorld
from pathmend.errors import AccessDeniedError, NotFoundError, TemporaryError
from pathmend.snapshot.parse import NOT_GIVEN
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.aws.clients import Clients
    from pathmend.incidents.ports import World
    from pathmend.snapshot.world import Snapshot


def refused(seen: Snapshot) -> set[str]:
    """Return the kinds that were asked for in vain; what triage never asks for is only not given."""
    return {kind for kind, why in seen.unread.items() if why != NOT_GIVEN}


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the world in moto."""
    return make_world(clients)


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest, clients: Clients, made: MotoWorld) -> World:
    """Return the reader on AWS, and the fake with the same resources."""
    aws = AwsWorld(clients)
    return aws if request.param == "aws" else FakeWorld(aws.read(made.balancer_arn))


def test_all_that_the_flows_depend_on_is_read(world: World, made: MotoWorld) -> None:
    """The load balancer, its groups and targets, and its whole VPC are there, and nothing is unread."""
    seen = world.read(made.balancer_arn)
    assert seen.load_balancers[made.balancer_arn].tags == (("Team", "shop"),)
    assert set(made.subnets.values()) <= set(seen.subnets)
    assert {made.public_table, made.private_table} <= set(seen.route_tables)
    assert made.acl_id in seen.network_acls
    assert made.group_id in seen.security_groups
    assert len(seen.instances) == 1
    assert len(seen.nat_gateways) == 1
    assert len(seen.vpc_endpoints) == 1
    groups = [group.arn for group in seen.target_groups_of(made.balancer_arn)]
    assert groups == sorted([made.target_group_arn, made.second_group_arn])
    assert len(seen.target_groups[made.target_group_arn].targets) == 1
    assert refused(seen) == set()


def test_another_vpc_is_left_out(world: World, made: MotoWorld) -> None:
    """Even of the kind that AWS cannot filter by VPC."""
    seen = world.read(made.balancer_arn)
    assert set(seen.vpcs) == {made.vpc_id}
    assert {vpc for gateway in seen.gateways.values() for vpc in gateway.vpc_ids} == {made.vpc_id}
    assert len(seen.gateways) == 2


def test_a_load_balancer_that_is_gone_is_not_found(world: World, made: MotoWorld) -> None:
    """The error names it."""
    gone = made.balancer_arn.replace("/web/", "/gone/")
    with pytest.raises(NotFoundError, match="gone"):
        world.read(gone)


def test_a_target_group_leads_to_its_load_balancers(world: World, made: MotoWorld) -> None:
    """By its ARN and by its dimension; a group that is gone leads nowhere."""
    dimension = made.target_group_arn.rsplit(":", 1)[-1]
    for name in (made.target_group_arn, dimension):
        assert world.load_balancers_of(name) == (made.balancer_arn,)
    assert world.load_balancers_of("targetgroup/gone/0123456789abcdef") == ()
    assert world.load_balancers_of("targetgroup/app/0123456789abcdef") == ()


def test_all_application_load_balancers_are_listed(world: World, made: MotoWorld) -> None:
    """An audit starts from here."""
    assert world.load_balancers() == (made.balancer_arn,)


def test_a_reading_takes_few_calls(clients: Clients, made: MotoWorld) -> None:
    """Three on the load balancer, eleven on its VPC, one for tags, one per listener and per target group."""
    before = clients.calls()
    AwsWorld(clients).read(made.balancer_arn)
    assert clients.calls() - before == 3 + 11 + 1 + 1 + 2


def test_network_load_balancers_are_not_audited(clients: Clients, made: MotoWorld) -> None:
    """They are listed by AWS beside the others."""
    elbv2: Any = clients.elbv2
    elbv2.create_load_balancer(Name="net", Type="network", Subnets=[made.subnets["alb-a"]])
    assert AwsWorld(clients).load_balancers() == (made.balancer_arn,)


@pytest.fixture
def deny(clients: Clients) -> Callable[..., None]:
    """Make an operation fail with a code, from now on."""

    def install(service: str, operation: str, code: str = "UnauthorizedOperation") -> None:
        def refuse(**_: object) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        clients.named(service).meta.events.register(f"before-call.*.{operation}", refuse)

    return install


def test_what_may_not_be_read_is_named_unread(clients: Clients, made: MotoWorld, deny: Callable[..., None]) -> None:
    """The rest is read all the same, and the reason names the permission."""
    deny("ec2", "DescribeNetworkAcls")
    deny("elbv2", "DescribeTargetHealth", "AccessDenied")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert refused(seen) == {"NetworkAcls", "TargetHealthDescriptions"}
    assert "DescribeNetworkAcls" in seen.unread["NetworkAcls"]
    assert seen.network_acls == {}
    assert set(made.subnets.values()) <= set(seen.subnets)


def test_what_hangs_on_the_unread_is_unread(clients: Clients, made: MotoWorld, deny: Callable[..., None]) -> None:
    """Without the listeners nothing is known of their rules, without the groups nothing of their targets."""
    deny("elbv2", "DescribeListeners", "AccessDenied")
    deny("elbv2", "DescribeTargetGroups", "AccessDenied")
    seen = AwsWorld(clients).read(made.balancer_arn)
    assert refused(seen) == {"Listeners", "Rules", "TargetGroups", "TargetHealthDescriptions"}


def test_without_the_load_balancer_there_is_nothing_to_read(
    clients: Clients, made: MotoWorld, deny: Callable[..., None]
) -> None:
    """The message names the permission."""
    deny("elbv2", "DescribeLoadBalancers", "AccessDenied")
    with pytest.raises(AccessDeniedError, match="elasticloadbalancing:DescribeLoadBalancers"):
        AwsWorld(clients).read(made.balancer_arn)


def test_an_answer_without_the_load_balancer_is_not_found(clients: Clients, made: MotoWorld) -> None:
    """Should AWS answer with nothing instead of an error."""
    nothing: Any = AWSResponse("", 200, HTTPHeaders(), None), {"LoadBalancers": []}
    clients.named("elbv2").meta.events.register("before-call.*.DescribeLoadBalancers", lambda **_: nothing)
    with pytest.raises(NotFoundError):
        AwsWorld(clients).read(made.balancer_arn)


def test_a_throttle_is_temporary(clients: Clients, made: MotoWorld, deny: Callable[..., None]) -> None:
    """Nothing is reported of a world that was read by halves."""
    deny("ec2", "DescribeSubnets", "RequestLimitExceeded")
    with pytest.raises(TemporaryError):
        AwsWorld(clients).read(made.balancer_arn)


def test_a_world_that_changes_while_it_is_read_is_read_again(
    clients: Clients, made: MotoWorld, deny: Callable[..., None]
) -> None:
    """A listener that is gone between two calls does not mean that the load balancer is."""
    deny("elbv2", "DescribeRules", "ListenerNotFound")
    with pytest.raises(TemporaryError, match="changed while it was read"):
        AwsWorld(clients).read(made.balancer_arn)
