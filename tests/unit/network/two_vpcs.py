"""Two small VPCs, and what may join them: a peering connection or a transit gateway."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from pathmend.snapshot.resources import Route, RouteTable, RouteTableAssociation, Vpc
from pathmend.snapshot.transit import (
    Peering,
    PeeringEnd,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)
from tests.builders import (
    EVERYWHERE,
    REGION,
    a_group,
    a_group_rule,
    a_route,
    a_subnet,
    a_world,
    an_interface,
    an_open_acl,
)

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def two_vpcs(*routes: tuple[str, str]) -> Snapshot:
    """Return `vpc-1` and `vpc-2`, one subnet and interface each: `eni-1` at 10.1.1.10 and `eni-2` at 10.2.1.10.

    Filters let everything pass. `routes` are (table, target): `rtb-1` leads there to vpc-2, `rtb-2` to vpc-1.
    """
    return a_world(
        *(resource for n in (1, 2) for resource in _small_vpc(n, [t for name, t in routes if name == f"rtb-{n}"]))
    )


def _small_vpc(n: int, targets: list[str]) -> tuple[Any, ...]:
    vpc_id, block = f"vpc-{n}", ip_network(f"10.{n}.0.0/16")
    own = Route(block, "local", origin="CreateRouteTable")
    away = tuple(a_route(f"10.{3 - n}.0.0/16", target) for target in targets)
    everything = (a_group_rule(EVERYWHERE), a_group_rule(EVERYWHERE, egress=True))
    return (
        Vpc(vpc_id, (block,)),
        a_subnet(id=f"subnet-{n}", vpc_id=vpc_id, cidrs=(ip_network(f"10.{n}.1.0/24"),)),
        a_subnet(id=f"subnet-{n}-tgw", vpc_id=vpc_id, cidrs=(ip_network(f"10.{n}.2.0/24"),)),
        RouteTable(f"rtb-{n}", vpc_id, (own, *away), (RouteTableAssociation(f"main-{n}", main=True),)),
        an_open_acl(id=f"acl-{n}", vpc_id=vpc_id, default=True),
        a_group(*everything, id=f"sg-{n}", vpc_id=vpc_id),
        an_interface(f"10.{n}.1.10", id=f"eni-{n}", vpc_id=vpc_id, subnet_id=f"subnet-{n}", group_ids=(f"sg-{n}",)),
    )


def a_peering(**overrides: Any) -> Peering:
    """Return an active peering connection `pcx-1` of the two VPCs."""
    near, far = (PeeringEnd(f"vpc-{n}", (ip_network(f"10.{n}.0.0/16"),), REGION) for n in (1, 2))
    return replace(Peering("pcx-1", "active", near, far), **overrides)


def peered() -> Snapshot:
    """Return two VPCs that are peered, with routes both ways."""
    return two_vpcs(("rtb-1", "pcx-1"), ("rtb-2", "pcx-1")).having("peerings", a_peering())


def an_attachment(n: int, **overrides: Any) -> TransitGatewayAttachment:
    """Return the attachment of one of the two VPCs to `tgw-1`, by its own subnet."""
    subnets = (f"subnet-{n}-tgw",)
    attachment = TransitGatewayAttachment(
        f"tgw-attach-{n}", "tgw-1", "vpc", f"vpc-{n}", "available", subnets, "tgw-rtb-1"
    )
    return replace(attachment, **overrides)


def a_transit_table(*routes: TransitGatewayRoute, **overrides: Any) -> TransitGatewayRouteTable:
    """Return the table of `tgw-1`, with routes to both VPCs unless others are given."""
    both = tuple(TransitGatewayRoute(ip_network(f"10.{n}.0.0/16"), (f"tgw-attach-{n}",)) for n in (1, 2))
    return replace(TransitGatewayRouteTable("tgw-rtb-1", "tgw-1", routes or both), **overrides)


def transited() -> Snapshot:
    """Return two VPCs on a transit gateway, with routes both ways."""
    world = two_vpcs(("rtb-1", "tgw-1"), ("rtb-2", "tgw-1"))
    for kind, resource in (
        ("transit_gateways", TransitGateway("tgw-1", "available")),
        ("transit_gateway_attachments", an_attachment(1)),
        ("transit_gateway_attachments", an_attachment(2)),
        ("transit_gateway_route_tables", a_transit_table()),
    ):
        world = world.having(kind, resource)
    return world
