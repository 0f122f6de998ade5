"""What was not read is unknown: it may overturn what would be found without it, so nothing is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.diagnosis.dependencies import dependencies
from pathmend.diagnosis.dependency import AwsNeed
from pathmend.diagnosis.service_call import Call
from pathmend.diagnosis.service_way import way_to
from pathmend.diagnosis.unused_endpoint import not_taken
from pathmend.snapshot.transit import DhcpOptions
from tests.builders import LOAD_BALANCER_ARN, REGION, ZONES, a_group
from tests.unit.diagnosis.needs import (
    PARAMETER,
    PROFILE,
    TABLE,
    a_needy_workshop,
    an_interface_endpoint,
    document,
    found,
    needy,
    statement,
    with_instances,
    with_tag,
    with_vpc,
)


@pytest.mark.parametrize("unread", [{}, {"DhcpOptions": "AccessDenied"}])
def test_a_resolver_that_is_off_is_no_fault_where_who_resolves_is_not_known(unread):
    """The DHCP options of the VPC were not read: they may name other servers, which answer all the same."""
    world = replace(with_vpc(a_needy_workshop(), dns_support=False, dhcp_options_id="dopt-1"), unread=unread)
    assert found(world) == ()
    assert "the DHCP options dopt-1 of vpc-workshop were not read" in " ".join(needy(world).dependencies_unknown)


def test_a_profile_that_was_not_read_is_not_called_the_wrong_one():
    """Whose role is not known may do all that is needed: that is unknown, and no finding."""
    world = with_instances(with_tag(a_needy_workshop(), TABLE), zones="b", profile_arn=f"{PROFILE}2")
    assert found(world) == ()
    assert f"instance profile {PROFILE}2 was not read" in needy(world).dependencies_unknown


def _without_endpoints(world):
    """Return the world whose endpoints were not read, and whose tables show no route to one."""
    for zone in ZONES:
        table = world.route_tables[f"rtb-app-{zone}"]
        routes = tuple(route for route in table.routes if not route.target.startswith("vpce-"))
        world = world.having("route_tables", replace(table, routes=routes))
    kept = {one.id: one for one in world.vpc_endpoints.values() if one.kind != "Gateway"}
    return replace(world, vpc_endpoints=kept, unread={"VpcEndpoints": "AccessDenied"})


def _without_tables(world):
    """Return the world whose application tables were not read."""
    kept = {name: table for name, table in world.route_tables.items() if name.startswith("rtb-p")}
    return replace(world, route_tables=kept, unread={"RouteTables": "AccessDenied"})


@pytest.mark.parametrize(
    ("unread", "what"),
    [(_without_endpoints, "the endpoints of vpc-workshop"), (_without_tables, "the route table of subnet-app-a")],
)
def test_a_call_is_not_called_refused_by_a_way_that_is_not_known(unread, what):
    """The role wants an endpoint, and nobody knows whether requests go by it."""
    diagnosis = needy(unread(with_tag(a_needy_workshop(), TABLE)))
    assert [finding for finding in diagnosis.findings if finding.needs] == []
    said = [text for text in diagnosis.dependencies_unknown if "dynamodb" in text]
    assert any(f"{what} were not read" in text or f"{what} was not read" in text for text in said)
    assert any(f"whether dynamodb:GetItem on {TABLE} is allowed" in text for text in said)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"dopt-1": DhcpOptions("dopt-1", ("10.0.0.53",))}, "10.0.0.53"), ({}, "the DHCP options dopt-1")],
)
def test_an_endpoint_whose_names_somebody_else_resolves_is_not_to_blame(options, said):
    """Its group lets nobody in and its policy allows nothing; whether requests go there at all is not known."""
    closed = document(statement("ssm:PutParameter", PARAMETER, Principal="*"))
    world = an_interface_endpoint(with_vpc(a_needy_workshop(), dhcp_options_id="dopt-1"), policy=closed)
    world = world.having("security_groups", a_group(id="sg-endpoint"))
    diagnosis = needy(replace(world, dhcp_options=options))
    assert diagnosis.findings == ()
    assert any(text.startswith("the way to ssm: ") and said in text for text in diagnosis.dependencies_unknown)


def test_an_endpoint_is_not_called_without_a_table_that_was_not_read():
    """Which table leads the requests is not known, so none is named."""
    world = _without_tables(a_needy_workshop())
    (who, *_), needs = zip(*dependencies(world, LOAD_BALANCER_ARN).needs.items(), strict=True)
    asked = next(one for one in needs[0] if isinstance(one.need, AwsNeed))
    call = Call(world, who, asked, asked.need, way_to(world, who.interface, "dynamodb", REGION))
    assert list(not_taken(call, world.vpc_endpoints["vpce-dynamodb"], says="", rows=())) == []
