"""Each kind of change does on AWS what it does on the model, and its inverse undoes it on both."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.aws.executor import AwsExecutor
from pathmend.aws.world import AwsWorld
from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.changes.set_health_check import SetHealthCheck
from pathmend.changes.set_load_balancer_subnets import SetLoadBalancerSubnets
from pathmend.snapshot.resources import AclEntry
from tests.contract.moto_world import MotoWorld, make_world
from tests.fakes import FakeExecutor, FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.aws.clients import Clients
    from pathmend.changes.change import Change
    from pathmend.incidents.ports import Executor, World
    from pathmend.snapshot.world import Snapshot


INGRESS, EGRESS = False, True


def an_entry(number: int, *, egress: bool = False) -> AclEntry:
    """Return an entry that lets the application's replies in."""
    return AclEntry(number, egress, "6", "allow", ip_network("10.0.11.0/24"), (1024, 65535))


CASES: dict[str, Callable[[MotoWorld], Change]] = {
    "replace an association": lambda made: AssociateRouteTable(made.subnets["alb-b"], made.public_table),
    "make an association": lambda made: AssociateRouteTable(made.subnets["app"], made.private_table),
    "remove an association": lambda made: AssociateRouteTable(made.subnets["alb-a"], None),
    "replace an entry": lambda made: SetAclEntry(made.acl_id, INGRESS, 1100, an_entry(1100)),
    "create an entry": lambda made: SetAclEntry(made.acl_id, EGRESS, 90, an_entry(90, egress=True)),
    "create an IPv6 entry": lambda made: SetAclEntry(
        made.acl_id, INGRESS, 91, replace(an_entry(91), cidr=ip_network("::/0"), protocol="-1", ports=None)
    ),
    "delete an entry": lambda made: SetAclEntry(made.acl_id, INGRESS, 1100, None),
    "set a health check": lambda made: SetHealthCheck(made.target_group_arn, "HTTPS", "8443", "/healthz"),
    "set a health check's port": lambda made: SetHealthCheck(made.target_group_arn, "HTTP", "8080", "/healthcheck"),
    "set a load balancer's subnets": lambda made: SetLoadBalancerSubnets(
        made.balancer_arn, (made.subnets["alb-b"], made.subnets["app"])
    ),
    "modify a matcher": lambda made: ModifyMatcher(made.target_group_arn, "200,299"),
}


@pytest.fixture
def made(clients: Clients) -> MotoWorld:
    """Make the world in moto."""
    return make_world(clients)


@pytest.fixture(params=["memory", "aws"])
def hands(request: pytest.FixtureRequest, clients: Clients, made: MotoWorld) -> tuple[World, Executor]:
    """Return a world and what changes it: on AWS, and in memory."""
    if request.param == "aws":
        return AwsWorld(clients), AwsExecutor(clients)
    world = FakeWorld(AwsWorld(clients).read(made.balancer_arn))
    return world, FakeExecutor(world)


def comparable(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without what AWS makes up: association ids; and in one order."""
    for table in snapshot.route_tables.values():
        links = sorted((replace(link, id="") for link in table.associations), key=lambda link: str(link.subnet_id))
        snapshot = snapshot.having("route_tables", replace(table, associations=tuple(links)))
    return snapshot


def carry_out(change: Change, snapshot: Snapshot, executor: Executor) -> None:
    """Make the change's calls."""
    for request in change.requests(snapshot):
        executor.call(request)


@pytest.mark.parametrize("case", CASES)
def test_a_change_does_on_aws_what_it_does_on_the_model(
    case: str, made: MotoWorld, hands: tuple[World, Executor]
) -> None:
    """Read again, the world is the one that `after` foretold, and a second application has nothing to do."""
    world, executor = hands
    before = world.read(made.balancer_arn)
    change = CASES[case](made)
    assert change.requests(before)
    carry_out(change, before, executor)
    after = world.read(made.balancer_arn)
    assert comparable(after) == comparable(change.after(before))
    assert change.requests(after) == ()


@pytest.mark.parametrize("case", CASES)
def test_an_inverse_undoes_a_change_on_aws(case: str, made: MotoWorld, hands: tuple[World, Executor]) -> None:
    """The world is as it was."""
    world, executor = hands
    before = world.read(made.balancer_arn)
    change = CASES[case](made)
    undo = change.inverse(before)
    carry_out(change, before, executor)
    carry_out(undo, world.read(made.balancer_arn), executor)
    assert comparable(world.read(made.balancer_arn)) == comparable(before)


@pytest.mark.parametrize("case", CASES)
def test_a_change_needs_no_permission_but_those_it_names(case: str, made: MotoWorld, clients: Clients) -> None:
    """What is called is within the kind's IAM actions."""
    change = CASES[case](made)
    called: set[str] = set()
    prefixes = {"ec2": "ec2", "elastic-load-balancing-v2": "elasticloadbalancing"}
    before = AwsWorld(clients).read(made.balancer_arn)
    for service in ("ec2", "elbv2"):

        def record(model: object, **_: object) -> None:
            operation = getattr(model, "name", "")
            found = getattr(model, "service_model", None)
            called.add(f"{prefixes[str(getattr(found, 'service_id', '')).lower().replace(' ', '-')]}:{operation}")

        clients.named(service).meta.events.register("before-call", record)
    carry_out(change, before, AwsExecutor(clients))
    assert called
    assert called <= change.iam_actions


def test_an_icmp_entry_is_created_with_its_type(clients: Clients, made: MotoWorld) -> None:
    """Moto forgets types and codes, so the request that botocore found valid is looked at instead."""
    entry = replace(an_entry(92), protocol="1", ports=None, icmp=(3, -1))
    change = SetAclEntry(made.acl_id, INGRESS, 92, entry)
    before = AwsWorld(clients).read(made.balancer_arn)
    sent: list[dict[str, object]] = []
    clients.ec2.meta.events.register(
        "before-call.ec2.CreateNetworkAclEntry", lambda params, **_: sent.append(params["body"])
    )
    carry_out(change, before, AwsExecutor(clients))
    assert {"Icmp.Type": 3, "Icmp.Code": -1, "Protocol": "1"}.items() <= sent[0].items()
