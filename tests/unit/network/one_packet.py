"""One packet and its reply, hop by hop, by a judge as naive as `reference`: it shares no code with network/ either."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.unit.network.reference import acl_allows, groups_allow, leads_to

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, NatGateway, NetworkInterface
    from pathmend.snapshot.world import Snapshot

FIRST_GATEWAY_PORT = 1024


class End(NamedTuple):
    """An address, and the interface that owns it; None on the internet."""

    address: Address
    interface: NetworkInterface | None = None


class Packet(NamedTuple):
    """What is sent: to a port, from one, by a protocol; `gateway_port` is what a NAT gateway sends from."""

    protocol: str
    port: int
    source_port: int
    gateway_port: int = FIRST_GATEWAY_PORT


def gateway_ports(world: Snapshot) -> list[int]:
    """Return the ports at which any rule of any ACL begins to say something else, of those that gateways use."""
    edges = {FIRST_GATEWAY_PORT}
    for acl in world.network_acls.values():
        for entry in acl.entries:
            edges |= {entry.ports[0], entry.ports[1] + 1} if entry.ports else set()
    return sorted(port for port in edges if FIRST_GATEWAY_PORT <= port <= 65535)


def arrives_and_is_answered(world: Snapshot, source: End, target: End, packet: Packet) -> bool:
    """Send the packet and bring the reply home."""
    if source.interface is None:
        return _comes_in(world, source.address, target, packet)
    if target.interface and target.interface.subnet_id == source.interface.subnet_id:
        return _opens(world, source, target, packet, known=True) and _takes(
            world, target, source.address, packet, known=True
        )
    way = leads_to(world, source.interface.subnet_id, target.address) or ""
    known = target.interface is not None and way in ("local", "pcx-1")
    if not _opens(world, source, target, packet, known=known):
        return False
    if way.startswith("nat-"):
        return _by_nat(world, (source, target), packet, world.nat_gateways[way])
    if target.interface is None:
        return _goes_out(world, source, target.address, packet)
    return (
        _takes(world, target, source.address, packet, known=True)
        and _crosses(world, _spot(source), _spot(target), (packet.protocol, packet.port))
        and _crosses(world, _spot(target), _spot(source), (packet.protocol, packet.source_port))
    )


def _opens(world: Snapshot, source: End, target: End, packet: Packet, *, known: bool) -> bool:
    assert source.interface
    asked = (True, packet.protocol, target.address, packet.port)
    return groups_allow(world, source.interface.group_ids, asked, references=known)


def _takes(world: Snapshot, target: End, peer: Address, packet: Packet, *, known: bool) -> bool:
    assert target.interface
    asked = (False, packet.protocol, peer, packet.port)
    return groups_allow(world, target.interface.group_ids, asked, references=known)


class Spot(NamedTuple):
    """An address where it stands: what lies between two of them are their subnets' ACLs and the first one's routes."""

    vpc_id: str
    subnet_id: str
    address: Address


def _spot(end: End) -> Spot:
    assert end.interface
    return Spot(end.interface.vpc_id, end.interface.subnet_id, end.address)


def _crosses(world: Snapshot, near: Spot, far: Spot, port: tuple[str, int]) -> bool:
    """Move a packet for a port between two subnets, of one VPC or of peered ones."""
    wanted = "local" if near.vpc_id == far.vpc_id else "pcx-1"
    return (
        leads_to(world, near.subnet_id, far.address) == wanted
        and _filter(world, near.subnet_id, (True, port[0], far.address, port[1]))
        and _filter(world, far.subnet_id, (False, port[0], near.address, port[1]))
    )


def _filter(world: Snapshot, subnet_id: str, packet: tuple[bool, str, Address, int]) -> bool:
    acl = world.network_acl_of(subnet_id)
    assert acl
    return acl_allows(acl, packet)


def _is_known_outside(end: End) -> bool:
    assert end.interface
    return end.address.version == 6 or any(private == end.address for private, _ in end.interface.public_pairs)


def _goes_out(world: Snapshot, source: End, client: Address, packet: Packet) -> bool:
    """Leave by an internet gateway, or an egress-only one, and come back by the same."""
    here = _spot(source)
    way = leads_to(world, here.subnet_id, client) or ""
    six_only = way.startswith("eigw-") and client.version == 6
    return (
        (six_only or (way.startswith("igw-") and _is_known_outside(source)))
        and _filter(world, here.subnet_id, (True, packet.protocol, client, packet.port))
        and _filter(world, here.subnet_id, (False, packet.protocol, client, packet.source_port))
    )


def _comes_in(world: Snapshot, client: Address, target: End, packet: Packet) -> bool:
    """Come in by the internet gateway; the reply must leave by it."""
    there = _spot(target)
    return (
        _is_known_outside(target)
        and _filter(world, there.subnet_id, (False, packet.protocol, client, packet.port))
        and _takes(world, target, client, packet, known=False)
        and (leads_to(world, there.subnet_id, client) or "").startswith("igw-")
        and _filter(world, there.subnet_id, (True, packet.protocol, client, packet.source_port))
    )


def _by_nat(world: Snapshot, ends: tuple[End, End], packet: Packet, nat: NatGateway) -> bool:
    """Go on from a NAT gateway with its address and port, and let it send the reply home."""
    source, target = ends
    gate = Spot(nat.vpc_id, nat.subnet_id, nat.private_ips[0])
    return (
        nat.state == "available"
        and _to_nat_and_home(world, _spot(source), gate, (target.address, packet))
        and (
            _beyond_nat(world, gate, target, packet)
            if target.interface
            else _to_internet_from_nat(world, gate, target.address, packet)
        )
    )


def _to_nat_and_home(world: Snapshot, here: Spot, gate: Spot, to: tuple[Address, Packet]) -> bool:
    """Judge the private side: packets bear the far address, whatever hop they make."""
    far, packet = to
    if here.subnet_id == gate.subnet_id:
        return True
    protocol, port, source_port = packet.protocol, packet.port, packet.source_port
    return (
        _filter(world, here.subnet_id, (True, protocol, far, port))
        and _filter(world, gate.subnet_id, (False, protocol, here.address, port))
        and leads_to(world, gate.subnet_id, here.address) == "local"
        and _filter(world, gate.subnet_id, (True, protocol, here.address, source_port))
        and _filter(world, here.subnet_id, (False, protocol, far, source_port))
    )


def _to_internet_from_nat(world: Snapshot, gate: Spot, client: Address, packet: Packet) -> bool:
    return (
        (leads_to(world, gate.subnet_id, client) or "").startswith("igw-")
        and _filter(world, gate.subnet_id, (True, packet.protocol, client, packet.port))
        and _filter(world, gate.subnet_id, (False, packet.protocol, client, packet.gateway_port))
    )


def _beyond_nat(world: Snapshot, gate: Spot, target: End, packet: Packet) -> bool:
    """Reach an interface of the peered VPC from the gateway, which nobody's references know."""
    there = _spot(target)
    return (
        _takes(world, target, gate.address, packet, known=False)
        and _crosses(world, gate, there, (packet.protocol, packet.port))
        and _crosses(world, there, gate, (packet.protocol, packet.gateway_port))
    )
