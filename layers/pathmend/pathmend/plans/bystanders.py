"""Bystanders: the interfaces beside the load balancer's that a plan must not cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.network.difference import Difference, Reroute
    from pathmend.snapshot.resources import NetworkInterface
    from pathmend.snapshot.world import Snapshot

INTERNET_GATEWAY = "igw-"
BLACKHOLE = "(blackhole)"


def hurt(effect: Difference, world: Snapshot, load_balancer_arn: str) -> str | None:
    """Say what would be closed where others than the load balancer's interfaces live, or which way they would lose.

    What a network ACL closes counts whoever uses it: the model knows the load balancer's flows and nobody else's.
    """
    harms = [(one, harm) for one in _others(world, load_balancer_arn) if (harm := _harm(effect, one, world))]
    if not harms:
        return None
    (first, harm), *more = harms
    others = f" and {len(more)} more" if more else ""
    return f"would {harm} for {_name(first)}{others}"


def _harm(effect: Difference, interface: NetworkInterface, world: Snapshot) -> str | None:
    for reach in effect.closed:
        if interface.subnet_id in reach.subnet_ids:
            return f"close {reach}"
    for one in effect.rerouted:
        if one.subnet_id == interface.subnet_id and _cuts(one, interface, world):
            return f"end the way to {one.destination} by {one.before}"
    return None


def _name(interface: NetworkInterface) -> str:
    """Return whose interface it is, as people know it."""
    whose = interface.instance_id or interface.description
    return f"{whose} ({interface.id})" if whose else interface.id


def _others(world: Snapshot, load_balancer_arn: str) -> Iterator[NetworkInterface]:
    nodes = {node.id for node in world.nodes_of(world.load_balancers[load_balancer_arn])}
    return (interface for interface in world.interfaces.values() if interface.id not in nodes)


def _cuts(reroute: Reroute, interface: NetworkInterface, world: Snapshot) -> bool:
    """Say whether the interface had a way to the destination that it loses.

    By a NAT gateway it went out without a public address, by an internet gateway it needs one, and is reached by it.
    A gateway endpoint takes everybody to its service, who never calls back.
    """
    endpoint = world.vpc_endpoints.get(str(reroute.after))
    if endpoint is not None and endpoint.kind == "Gateway":
        return False
    if not leads_somewhere(reroute.before) or (":" in reroute.destination and not interface.ipv6s):
        return False
    public = ":" in reroute.destination or bool(interface.public_ips)
    was, is_now = _by_internet_gateway(reroute.before), _by_internet_gateway(reroute.after)
    return not leads_somewhere(reroute.after) or (public if was and not is_now else is_now and not was and not public)


def leads_somewhere(target: str | None) -> bool:
    """Say whether there is a route, and not into a black hole."""
    return target is not None and BLACKHOLE not in target


def _by_internet_gateway(target: str | None) -> bool:
    return target is not None and target.startswith(INTERNET_GATEWAY)
