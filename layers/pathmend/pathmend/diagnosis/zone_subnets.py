"""Which subnet of a zone a load balancer would have its node in: the one that is as its other subnets are."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import TYPE_CHECKING

from pathmend.diagnosis.finding import Evidence
from pathmend.network.flow import Verdict
from pathmend.network.load_balancer import client_flows, target_flows
from pathmend.snapshot.names import named
from pathmend.snapshot.resources import NetworkInterface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.snapshot.balancing import LoadBalancer
    from pathmend.snapshot.resources import RouteTable, Subnet
    from pathmend.snapshot.world import Snapshot

FEWEST_FREE = 8
"""Addresses that a subnet must have left for a load balancer to scale.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html
"""
RESERVED = 4
"""At the start of each block, which AWS keeps.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""
_EVERYWHERE = "0.0.0.0/0"
_PUBLIC = ip_address("203.0.113.250")
"""Of the documentation range: a node that faces the internet is given some public address."""


@dataclass(frozen=True, slots=True)
class ZoneSubnet:
    """The one subnet of a zone that is like the load balancer's own, and how that is known."""

    subnet_id: str
    evidence: tuple[Evidence, ...]


def subnets_for(snapshot: Snapshot, balancer: LoadBalancer, zone: str) -> ZoneSubnet | str:
    """Return the subnet of the zone in which a node would do what the others do, or why none can be named."""
    own = [snapshot.subnets[subnet_id] for subnet_id in balancer.subnet_ids]
    likeness = {_likeness(snapshot, balancer, subnet) for subnet in own}
    if len(likeness) != 1 or None in likeness:
        return f"choose a subnet of {zone} for {balancer.name}: its own do not agree on a network ACL and a way out"
    in_zone = [s for s in snapshot.subnets.values() if (s.vpc_id, s.availability_zone) == (balancer.vpc_id, zone)]
    alike = [subnet for subnet in in_zone if _likeness(snapshot, balancer, subnet) in likeness]
    alike = [subnet for subnet in alike if _versions(own) <= {block.version for block in subnet.cidrs}]
    if len(alike) != 1:
        named_ones = ", ".join(sorted(named(snapshot, subnet.id) for subnet in alike)) or "none"
        return f"choose a subnet of {zone} for {balancer.name}: like its own are {named_ones}"
    return _checked(snapshot, balancer, alike[0], own)


def _checked(snapshot: Snapshot, balancer: LoadBalancer, subnet: Subnet, own: Sequence[Subnet]) -> ZoneSubnet | str:
    name = named(snapshot, subnet.id)
    if subnet.free_addresses is None or subnet.free_addresses < FEWEST_FREE:
        free = "a number that was not read" if subnet.free_addresses is None else subnet.free_addresses
        return f"make room in {name}: {balancer.name} needs {FEWEST_FREE} free addresses there, and it has {free}"
    if not _would_work(snapshot, balancer, subnet):
        return f"look at what keeps a node of {balancer.name} in {name} from its clients or its targets"
    others = ", ".join(named(snapshot, one.id) for one in own)
    return ZoneSubnet(
        subnet.id,
        (
            Evidence(f"{name} is as {others} are", "ec2:DescribeNetworkAcls, ec2:DescribeRouteTables", "ACL, way out"),
            Evidence(f"free addresses in {name}", "ec2:DescribeSubnets", str(subnet.free_addresses)),
            Evidence(f"a node in {name}", "the network model", "every flow to and from it is open"),
        ),
    )


def _versions(own: Sequence[Subnet]) -> set[int]:
    """Return the IP versions that all of them have."""
    return set.intersection(*({int(block.version) for block in subnet.cidrs} for subnet in own))


def _likeness(snapshot: Snapshot, balancer: LoadBalancer, subnet: Subnet) -> tuple[str, str] | None:
    """Return what subnets of one load balancer share: the ACL, and the internet gateway or else the route table."""
    acl, table = snapshot.network_acl_of(subnet.id), snapshot.route_table_of(subnet.id)
    if acl is None or table is None:
        return None
    way = table.id if balancer.scheme == "internal" else _internet_gateway(snapshot, table)
    return None if way is None else (acl.id, way)


def _internet_gateway(snapshot: Snapshot, table: RouteTable) -> str | None:
    targets = (route.target for route in table.routes if str(route.destination) == _EVERYWHERE)
    return next((target for target in targets if target in snapshot.gateways), None)


def _would_work(snapshot: Snapshot, balancer: LoadBalancer, subnet: Subnet) -> bool:
    """Say whether a node in the subnet would be reached by clients, and reach every target, from every port."""
    address = _free_address(snapshot, subnet)
    if address is None:
        return False
    node = NetworkInterface(
        id=f"eni-for-{subnet.id}",
        vpc_id=balancer.vpc_id,
        subnet_id=subnet.id,
        private_ips=(address,),
        group_ids=balancer.group_ids,
        description=f"ELB {balancer.full_name}",
        public_ips=() if balancer.scheme == "internal" else (_PUBLIC,),
    )
    world = snapshot.having("interfaces", node)
    flows = (*target_flows(world, balancer), *client_flows(world, balancer))
    own = [flow.trace.verdict for flow in flows if flow.node.id == node.id]
    return bool(own) and all(verdict is Verdict.OPEN for verdict in own)


def _free_address(snapshot: Snapshot, subnet: Subnet) -> IPv4Address | None:
    blocks = [block for block in subnet.cidrs if isinstance(block, IPv4Network)]
    hosts = (block[number] for block in blocks for number in range(RESERVED, block.num_addresses - 1))
    return next((host for host in hosts if snapshot.interface_at(subnet.vpc_id, host) is None), None)
