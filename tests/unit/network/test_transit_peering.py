"""Two transit gateways that are peered, each with a VPC of its own."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from pathmend.network.flow import Verdict
from pathmend.snapshot.transit import (
    PeeringSide,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)
from tests.unit.network.asking import ask, codes, way
from tests.unit.network.two_vpcs import an_attachment, two_vpcs

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

NEAR, FAR = PeeringSide("tgw-1", "tgw-2", "tgw-rtb-1"), PeeringSide("tgw-2", "tgw-1", "tgw-rtb-2")
PEERED = TransitGatewayAttachment("tgw-attach-p", "tgw-1", "peering", "tgw-2", "available", sides=(NEAR, FAR))


def _table(n: int, **overrides: object) -> TransitGatewayRouteTable:
    """Return the table of one of the gateways: to its own VPC, and by the peering to the other's."""
    own = TransitGatewayRoute(ip_network(f"10.{n}.0.0/16"), (f"tgw-attach-{n}",), propagated=True)
    away = TransitGatewayRoute(ip_network(f"10.{3 - n}.0.0/16"), ("tgw-attach-p",))
    table = TransitGatewayRouteTable(f"tgw-rtb-{n}", f"tgw-{n}", (own, away))
    return replace(table, **overrides)  # type: ignore[arg-type]


def _peered(peering: TransitGatewayAttachment = PEERED) -> Snapshot:
    world = two_vpcs(("rtb-1", "tgw-1"), ("rtb-2", "tgw-2"))
    for n in (1, 2):
        attached = an_attachment(n, transit_gateway_id=f"tgw-{n}", table_id=f"tgw-rtb-{n}")
        world = world.having("transit_gateways", TransitGateway(f"tgw-{n}", "available"))
        world = world.having("transit_gateway_attachments", attached)
        world = world.having("transit_gateway_route_tables", _table(n))
    return world.having("transit_gateway_attachments", peering)


def test_rule_31_a_peering_leads_from_one_transit_gateway_to_another() -> None:
    """By the table that it is associated with at the far end, both ways."""
    found = ask(_peered(), "eni-1", "eni-2")
    assert found.verdict is Verdict.OPEN
    assert way(found)[0] == [
        *("eni-1", "sg-1", "acl-1", "rtb-1", "tgw-1", "tgw-attach-1", "acl-1", "tgw-rtb-1", "tgw-attach-p"),
        *("tgw-2", "tgw-rtb-2", "tgw-attach-2", "acl-2", "rtb-2", "acl-2", "eni-2", "sg-2"),
    ]
    assert [name for name in way(found)[1] if name.startswith("tgw-")] == [
        *("tgw-2", "tgw-attach-2", "tgw-rtb-2", "tgw-attach-p", "tgw-1", "tgw-rtb-1", "tgw-attach-1")
    ]


def test_rule_31_both_gateways_need_a_static_route_to_the_other() -> None:
    """Nothing is propagated over a peering."""
    own, _ = _table(2).routes or ()
    alone = _peered().having("transit_gateway_route_tables", _table(2, routes=(own,)))
    blocked = ("TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT", "return", "tgw-rtb-2", None)
    assert codes(ask(alone, "eni-1", "eni-2")) == [blocked]
    learned = _table(2, routes=(own,), propagating=("tgw-attach-p",))
    assert codes(ask(_peered().having("transit_gateway_route_tables", learned), "eni-1", "eni-2")) == [blocked]


def test_a_peering_may_have_an_id_of_its_own_at_either_end() -> None:
    """Then the one that names the other gateway is meant; of two such nobody knows which."""
    near = replace(PEERED, sides=(NEAR,))
    other = replace(PEERED, id="tgw-attach-q", transit_gateway_id="tgw-2", resource_id="tgw-1", sides=(FAR,))
    world = _peered(near).having("transit_gateway_attachments", other)
    back = TransitGatewayRoute(ip_network("10.1.0.0/16"), ("tgw-attach-q",))
    world = world.having("transit_gateway_route_tables", _table(2, routes=((_table(2).routes or ())[0], back)))
    assert ask(world, "eni-1", "eni-2").verdict is Verdict.OPEN
    third = world.having("transit_gateway_attachments", replace(other, id="tgw-attach-r"))
    assert ask(third, "eni-1", "eni-2").unknown == (
        "the route table that tgw-attach-p is associated with was not read",
    )


def test_the_far_table_is_also_known_by_what_it_is_associated_with() -> None:
    """Where only the table's own answer says it; the near gateway's table of the same attachment is not meant."""
    world = _peered(replace(PEERED, sides=(replace(NEAR, table_id=None), replace(FAR, table_id=None))))
    for n in (1, 2):
        world = world.having("transit_gateway_route_tables", _table(n, associated=("tgw-attach-p",)))
    assert ask(world, "eni-1", "eni-2").verdict is Verdict.OPEN


def test_what_of_the_far_end_was_not_read_is_unknown_by_name() -> None:
    """The gateway, its table, or which gateway it is; without an association it is a blocker where tables were read."""
    world = _peered()
    gone = replace(world, transit_gateways={"tgw-1": world.transit_gateways["tgw-1"]})
    why = "the transit gateway tgw-2, on the far side of tgw-attach-p, was not read"
    assert why in ask(gone, "eni-1", "eni-2").unknown
    nameless = _peered(replace(PEERED, sides=()))
    why = "the transit gateway at the other end, on the far side of tgw-attach-p, was not read"
    assert why in ask(nameless, "eni-1", "eni-2").unknown
    loose = _peered(replace(PEERED, sides=(NEAR,)))
    why = "the route table that tgw-attach-p is associated with was not read"
    assert why in ask(loose, "eni-1", "eni-2").unknown
    read = replace(loose, given={"TransitGatewayRouteTableAssociations": 1})
    code = "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"
    assert (code, "forward", "tgw-attach-p", None) in codes(ask(read, "eni-1", "eni-2"))
    blind = replace(read, transit_gateway_route_tables={"tgw-rtb-1": _table(1)})
    assert why in ask(blind, "eni-1", "eni-2").unknown


@pytest.mark.parametrize(
    ("kind", "resource", "code"),
    [
        (
            "transit_gateway_attachments",
            replace(PEERED, state="pendingAcceptance"),
            ("BAD_STATE_ATTACHMENT", "tgw-attach-p"),
        ),
        ("transit_gateways", TransitGateway("tgw-2", "deleting"), ("BAD_STATE", "tgw-2")),
    ],
)
def test_a_peering_that_is_not_accepted_or_leads_to_a_dead_gateway_carries_nothing(
    kind: str, resource: object, code: tuple[str, str]
) -> None:
    """On the way there and back."""
    found = ask(_peered().having(kind, resource), "eni-1", "eni-2")
    assert found.verdict is Verdict.BLOCKED
    assert {(one[0], one[2]) for one in codes(found)} == {code}


def test_a_circle_between_peered_gateways_ends_where_it_closes() -> None:
    """Each sends what it does not know to the other."""
    lost = TransitGatewayRoute(ip_network("10.9.0.0/16"), ("tgw-attach-p",))
    world = _peered()
    for n in (1, 2):
        world = world.having("transit_gateway_route_tables", _table(n, routes=(*(_table(n).routes or ()), lost)))
    table = world.route_tables["rtb-1"]
    away = replace(table.routes[-1], destination=ip_network("10.9.0.0/16"))
    world = world.having("route_tables", replace(table, routes=(*table.routes, away)))
    found = ask(world, "eni-1", "10.9.0.1")
    assert codes(found) == [("ROUTING_LOOP", "forward", "tgw-rtb-1", "10.9.0.0/16")]
    assert way(found)[0][3:] == [
        *("rtb-1", "tgw-1", "tgw-attach-1", "acl-1", "tgw-rtb-1", "tgw-attach-p", "tgw-2", "tgw-rtb-2"),
        *("tgw-attach-p", "tgw-1", "tgw-rtb-1"),
    ]
