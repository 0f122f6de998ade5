"""What is particular to changes of routes and endpoints."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.changes.associate_endpoint_tables import AssociateEndpointTables
from pathmend.changes.set_endpoint_policy import DEFAULT, SetEndpointPolicy
from pathmend.changes.set_route import SetRoute
from pathmend.errors import NotFoundError
from pathmend.snapshot.resources import NatGateway, Route
from pathmend.snapshot.transit import Peering, PeeringEnd
from tests.builders import VPC_ID, a_route, a_route_table, a_workshop, a_world, fault_4, with_routes
from tests.unit.changes.faults import POLICY, furnished
from tests.unit.changes.worlds import comparable, the_world_after_the_requests_of

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

TABLES = ("rtb-app-a", "rtb-app-b", "rtb-app-c")
PEER = ip_network("10.2.4.0/24")
ENDPOINT = AssociateEndpointTables("vpce-dynamodb", TABLES)


def test_an_endpoint_is_modified_once_for_all_tables() -> None:
    """One call, and it names who loses connections."""
    broken = fault_4(a_workshop())
    (request,) = ENDPOINT.requests(broken)
    assert request.parameters == {"VpcEndpointId": "vpce-dynamodb", "AddRouteTableIds": list(TABLES)}
    (undo,) = ENDPOINT.inverse(broken).requests(ENDPOINT.after(broken))
    assert undo.parameters == {"VpcEndpointId": "vpce-dynamodb", "RemoveRouteTableIds": list(TABLES)}
    assert ENDPOINT.disrupts(broken) == tuple(
        f"open TCP connections to com.amazonaws.us-east-1.dynamodb of subnets that use {table}" for table in TABLES
    )
    assert ENDPOINT.disrupts(ENDPOINT.after(broken)) == ()


def test_tables_that_somebody_associated_meanwhile_stay_his() -> None:
    """The undo takes off what the change put on, and nothing more."""
    broken = AssociateEndpointTables("vpce-dynamodb", ("rtb-app-a",)).after(fault_4(a_workshop()))
    assert ENDPOINT.before(broken) == "vpce-dynamodb is on route table rtb-app-a"
    undo = ENDPOINT.inverse(broken)
    assert undo == AssociateEndpointTables("vpce-dynamodb", ("rtb-app-b", "rtb-app-c"), associated=False)
    assert undo.summary == "take endpoint vpce-dynamodb off route tables rtb-app-b, rtb-app-c"
    assert undo.after(ENDPOINT.after(broken)) == broken
    assert ENDPOINT.inverse(a_workshop()) == ENDPOINT


def test_a_table_that_is_gone_is_named() -> None:
    """Nothing is asked of AWS that is known to fail."""
    with pytest.raises(NotFoundError, match="route table rtb-gone"):
        AssociateEndpointTables("vpce-dynamodb", ("rtb-gone",)).requests(a_workshop())


@pytest.mark.parametrize("known_by_routes", [True, False])
def test_where_the_service_list_was_not_read_the_association_alone_is_set(*, known_by_routes: bool) -> None:
    """Unless a route somewhere says which list it is; the network model takes the rest from the association."""
    broken = replace(fault_4(a_workshop()), prefix_lists={})
    if known_by_routes:
        broken = with_routes(broken, "rtb-public", a_route("pl-dynamodb", "vpce-dynamodb"))
    after = ENDPOINT.after(broken)
    assert after.vpc_endpoints["vpce-dynamodb"].route_table_ids == TABLES
    assert (Route("pl-dynamodb", "vpce-dynamodb") in after.route_tables["rtb-app-a"].routes) is known_by_routes
    assert ENDPOINT.inverse(broken).after(after) == broken


TARGETS = [
    ("igw-1", {"GatewayId": "igw-1"}),
    ("vgw-1", {"GatewayId": "vgw-1"}),
    ("nat-1", {"NatGatewayId": "nat-1"}),
    ("tgw-1", {"TransitGatewayId": "tgw-1"}),
    ("pcx-1", {"VpcPeeringConnectionId": "pcx-1"}),
    ("vpce-1", {"VpcEndpointId": "vpce-1"}),
    ("eni-1", {"NetworkInterfaceId": "eni-1"}),
    ("eigw-1", {"EgressOnlyInternetGatewayId": "eigw-1"}),
    ("lgw-1", {"LocalGatewayId": "lgw-1"}),
    ("cagw-1", {"CarrierGatewayId": "cagw-1"}),
    ("i-1", {"InstanceId": "i-1"}),
    ("arn:aws:networkmanager::1:core-network/c", {"CoreNetworkArn": "arn:aws:networkmanager::1:core-network/c"}),
]


@pytest.mark.parametrize(("target", "parameter"), TARGETS)
def test_each_kind_of_target_has_its_parameter(target: str, parameter: dict[str, str]) -> None:
    """EC2 has one for each."""
    (request,) = SetRoute("rtb-0", PEER, target).requests(a_world(a_route_table()))
    slot = {"RouteTableId": "rtb-0", "DestinationCidrBlock": "10.2.4.0/24"}
    assert (request.operation, request.parameters) == ("CreateRoute", slot | parameter)


def test_what_no_route_can_lead_to_is_refused() -> None:
    """Before AWS is asked."""
    with pytest.raises(NotFoundError, match="sg-1 is nothing that a route can lead to"):
        SetRoute("rtb-0", PEER, "sg-1").requests(a_world(a_route_table()))


@pytest.mark.parametrize(
    ("destination", "key"),
    [
        (PEER, "DestinationCidrBlock"),
        (ip_network("2001:db8::/56"), "DestinationIpv6CidrBlock"),
        ("pl-office", "DestinationPrefixListId"),
    ],
)
def test_each_kind_of_destination_has_its_parameter(destination: object, key: str) -> None:
    """IPv4, IPv6 and prefix lists, in the request to delete too."""
    world = a_world(a_route_table(a_route(str(destination), "tgw-1")))
    (request,) = SetRoute("rtb-0", destination, None).requests(world)  # type: ignore[arg-type]
    assert request.operation == "DeleteRoute"
    assert request.parameters == {"RouteTableId": "rtb-0", key: str(destination)}


def test_a_route_that_leads_nowhere_is_replaced_and_not_created() -> None:
    """It is still there: EC2 would answer RouteAlreadyExists."""
    world = a_world(a_route_table(a_route("10.2.4.0/24", "nat-gone", state="blackhole")))
    change = SetRoute("rtb-0", PEER, "tgw-1")
    (request,) = change.requests(world)
    assert request.operation == "ReplaceRoute"
    assert change.before(world) == "rtb-0 routes 10.2.4.0/24 by nat-gone (blackhole)"
    assert change.after(world).route_tables["rtb-0"].routes[-1] == a_route("10.2.4.0/24", "tgw-1")
    assert change.inverse(world).after(change.after(world)) == world


def test_a_propagated_route_is_not_the_tables_own() -> None:
    """A static one is created beside it, and comes first."""
    world = a_world(a_route_table(a_route("10.2.4.0/24", "vgw-1", origin="EnableVgwRoutePropagation")))
    change = SetRoute("rtb-0", PEER, "tgw-1")
    assert change.requests(world)[0].operation == "CreateRoute"
    assert [route.target for route in change.after(world).route_tables["rtb-0"].routes] == ["local", "tgw-1", "vgw-1"]
    assert change.inverse(world).after(change.after(world)) == world
    assert SetRoute("rtb-0", PEER, None).requests(world) == ()


def test_the_local_route_goes_back_to_local_by_a_word_of_its_own() -> None:
    """It has no id."""
    network = ip_network("10.0.0.0/16")
    world = a_world(a_route_table())
    change = SetRoute("rtb-0", network, "eni-1")
    after = change.after(world)
    back = change.inverse(world)
    assert back.resources == ("rtb-0",)
    (request,) = back.requests(after)
    assert request.parameters["LocalTarget"] is True
    assert back.after(after) == world
    assert the_world_after_the_requests_of(back, after) == world


@pytest.mark.parametrize(
    ("resource", "target", "state"),
    [
        (NatGateway("nat-1", VPC_ID, "subnet-a", "available"), "nat-1", "active"),
        (NatGateway("nat-1", VPC_ID, "subnet-a", "deleted"), "nat-1", "blackhole"),
        (Peering("pcx-1", "active", PeeringEnd("vpc-1"), PeeringEnd("vpc-2")), "pcx-1", "active"),
        (Peering("pcx-1", "deleted", PeeringEnd("vpc-1"), PeeringEnd("vpc-2")), "pcx-1", "blackhole"),
        (None, "igw-gone", "blackhole"),
        (None, "tgw-unread", "active"),
        (a_route_table(id="rtb-any"), "rtb-any", "active"),
    ],
)
def test_a_route_to_what_does_not_work_is_a_black_hole(resource: object, target: str, state: str) -> None:
    """As EC2 shows it; what was not read is taken as it is named."""
    world = a_world(a_route_table(), *([resource] if resource else []))
    after = SetRoute("rtb-0", PEER, target).after(world)
    assert after.route_tables["rtb-0"].routes[-1].state == state
    unread = replace(world, unread={"InternetGateways": "denied"})
    found = SetRoute("rtb-0", PEER, "igw-gone").after(unread).route_tables["rtb-0"].routes[-1]
    assert found.state == "active"


def test_a_route_names_the_subnets_whose_connections_it_moves() -> None:
    """Those that use the table; none where nothing changes."""
    world = furnished()
    change = SetRoute("rtb-app-b", PEER, None)
    assert change.disrupts(world) == ("open connections of subnet-app-b to 10.2.4.0/24",)
    assert change.disrupts(change.after(world)) == ()
    assert change.summary == "remove the route to 10.2.4.0/24 from rtb-app-b"


WAYS = st.sampled_from([None, "nat-a", "tgw-1", "pcx-1", "eni-1", "vpce-1", "eigw-workshop", "igw-workshop"])
DESTINATIONS = st.sampled_from([PEER, ip_network("0.0.0.0/0"), ip_network("2001:db8::/56"), "pl-office"])


@settings(deadline=None)
@given(DESTINATIONS, WAYS, WAYS)
def test_a_route_comes_back_from_any_target_and_from_none(destination: object, old: str, new: str) -> None:
    """On the model and by requests."""
    world = a_workshop()
    world = SetRoute("rtb-app-b", destination, None).after(world)  # type: ignore[arg-type]
    world = SetRoute("rtb-app-b", destination, old).after(world)  # type: ignore[arg-type]
    change = SetRoute("rtb-app-b", destination, new)  # type: ignore[arg-type]
    after = change.after(world)
    assert change.inverse(world).after(after) == world
    assert bool(change.requests(world)) == (old != new)
    assert change.requests(after) == ()
    assert comparable(the_world_after_the_requests_of(change, world)) == comparable(after)
    assert {request.iam_action for request in change.requests(world)} <= SetRoute.iam_actions


def test_the_default_policy_is_reset_and_not_written() -> None:
    """AWS has a word for it."""
    change = SetEndpointPolicy("vpce-s3", None)
    world = furnished()
    (request,) = change.requests(world)
    assert request.parameters == {"VpcEndpointId": "vpce-s3", "ResetPolicy": True}
    after = change.after(world)
    assert after.vpc_endpoints["vpce-s3"].policy == DEFAULT
    assert change.inverse(world).after(after) == world
    assert change.disrupts(world) == ()


def test_a_policy_that_means_the_same_is_left_as_it_is_spelled() -> None:
    """Blanks and the order of keys ask for no call."""
    world = furnished()
    change = SetEndpointPolicy("vpce-s3", json.dumps(json.loads(POLICY), indent=4, sort_keys=True))
    assert change.requests(world) == ()
    assert change.after(world) is world
    assert SetEndpointPolicy("vpce-s3", "no json").requests(world)


def without_policy(world: Snapshot) -> Snapshot:
    """Return the world in which the policy of the S3 endpoint was not shown."""
    return world.having("vpc_endpoints", replace(world.vpc_endpoints["vpce-s3"], policy=None))


@pytest.mark.parametrize("ask", ["before", "after", "inverse", "requests", "disrupts"])
def test_a_policy_that_was_not_read_is_not_replaced(ask: str) -> None:
    """There would be no way back."""
    with pytest.raises(NotFoundError, match="the policy of endpoint vpce-s3 was not read"):
        getattr(SetEndpointPolicy("vpce-s3", POLICY), ask)(without_policy(furnished()))
