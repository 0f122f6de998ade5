"""Ways from the internet that no plan may make: a private table made public, a private subnet led to the internet.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html#subnet-types
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_route import SetRoute
from pathmend.guardrails.inside import is_inside
from pathmend.network.security_group import networks_of
from pathmend.snapshot.networks import contains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import Network, NetworkInterface, RouteTable, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

_INTERNET_GATEWAYS = ("igw-", "cagw-")
"""A carrier gateway is one of a Wavelength Zone: it lets in, too.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/Carrier_Gateway.html
"""
_INTERNET_FACING = "internet-facing"


def forbidden_ways(change: Change, snapshot: Snapshot) -> Iterator[str]:
    """Yield a sentence for each way from the internet that the change would make and must not."""
    if isinstance(change, SetRoute):
        yield from _of_route(change, snapshot)
    elif isinstance(change, AssociateRouteTable):
        yield from _of_association(change, snapshot)


def _of_route(change: SetRoute, snapshot: Snapshot) -> Iterator[str]:
    """A table that does not lead there by an internet gateway is a private one, whatever the route that it lacks."""
    leads = change.target is not None and change.target.startswith(_INTERNET_GATEWAYS)
    if leads and not _holds(_led_out(snapshot.route_tables.get(change.table_id)), change.destination):
        yield f"the plan would open {change.table_id}, which leads to no internet gateway, to the internet"


def _of_association(change: AssociateRouteTable, snapshot: Snapshot) -> Iterator[str]:
    """Public are the subnets of load balancers for the internet, and of NAT gateways; their replies need that way."""
    subnet = snapshot.subnets.get(change.subnet_id)
    if subnet is None:
        yield f"the plan would associate {change.subnet_id}, which was not read"
        return
    wanted = change.route_table_id
    table = snapshot.route_tables.get(wanted) if wanted else snapshot.main_route_table_of(subnet.vpc_id)
    if table is None:
        yield f"the plan would associate {subnet.id} with {wanted or 'its main table'}, which was not read"
    has = _led_out(snapshot.route_table_of(subnet.id))
    if all(_holds(has, destination) for destination in _led_out(table)):
        return
    if not _meant_for_the_internet(subnet.id, snapshot):
        yield f"the plan would open {subnet.id}, which leads to no internet gateway, to the internet"
    for interface in snapshot.interfaces.values():
        if interface.subnet_id == subnet.id and _exposed(interface, snapshot):
            where = f"{interface.instance_id or interface.id} in {subnet.id}"
            yield f"the plan would let the internet reach {where}: it has a public address, and its groups let it in"


def _led_out(table: RouteTable | None) -> tuple[Network | str, ...]:
    """Return the destinations that the table leads to by an internet gateway; some are not yet the whole internet."""
    routes = table.routes if table else ()
    return tuple(
        one.destination for one in routes if one.target.startswith(_INTERNET_GATEWAYS) and one.state == "active"
    )


def _holds(destinations: tuple[Network | str, ...], wanted: Network | str) -> bool:
    """Say whether one of the destinations holds all of what is wanted; a prefix list is held by itself alone."""
    return wanted in destinations or any(
        contains(one, wanted) for one in destinations if not isinstance(one, str) and not isinstance(wanted, str)
    )


def _meant_for_the_internet(subnet_id: str, snapshot: Snapshot) -> bool:
    facing = (one for one in snapshot.load_balancers.values() if one.scheme == _INTERNET_FACING)
    nats = (one.subnet_id for one in snapshot.nat_gateways.values() if one.public)
    return any(subnet_id in one.subnet_ids for one in facing) or subnet_id in nats


def _exposed(interface: NetworkInterface, snapshot: Snapshot) -> bool:
    """Say whether an interface that is no load balancer's or NAT gateway's would be reached from outside."""
    if interface.description.startswith(("ELB ", "Interface for NAT Gateway")):
        return False
    groups = (snapshot.security_groups[one] for one in interface.group_ids if one in snapshot.security_groups)
    lets_in = any(_from_outside(rule, snapshot) for group in groups for rule in group.rules)
    return lets_in and bool(interface.public_ips or interface.ipv6s)


def _from_outside(rule: SecurityGroupRule, snapshot: Snapshot) -> bool:
    if rule.egress or (isinstance(rule.peer, str) and rule.peer.startswith("sg-")):
        return False
    found = networks_of(snapshot, rule.peer)
    return found is None or not all(is_inside(network, snapshot) for network in found)
