"""Where a packet of an instance goes: by gateway endpoints, NAT and transit gateways and firewalls, and back again.

Naive, by the described state only, and unrelated to the product's model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lab.packets import Packet, acl_lets, groups_admit, network, route_target, within

if TYPE_CHECKING:
    from lab.atlas import Atlas, Record
    from lab.surroundings import Surroundings

_TURNS = 12
# Of the range that Linux takes source ports from.
_SOURCE_PORTS = (32768, 45000, 60999)
_NAT_PORT = 1024
# The only private block of the lab.
_PRIVATE = "10.0.0.0/8"


@dataclass(frozen=True, slots=True)
class World:
    """All that a journey looks at."""

    atlas: Atlas
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a packet ended: at an `interface`, outside of all VPCs, or `lost` with the reason.

    `passed` are the endpoints, gateways and firewalls on its way; `address` is the sender's as the receiver sees it.
    """

    passed: tuple[str, ...]
    address: str = ""
    interface: str = ""
    lost: str = ""

    @property
    def endpoint(self) -> str | None:
        """Return the VPC endpoint that the packet took."""
        return next((one for one in self.passed if one.startswith("vpce-")), None)


@dataclass(slots=True)
class _Traveller:
    """A packet on its way: in which subnet it is, and what it passed."""

    world: World
    packet: Packet
    subnet: str
    passed: tuple[str, ...] = ()

    def go(self) -> Arrival:
        for _ in range(_TURNS):
            target = hop(self.world, self.subnet, self.packet.destination)
            if target is None:
                return self.lose(f"no route from {self.subnet} to {self.packet.destination}")
            found = self.deliver() if target == "local" else self.by(target)
            if found:
                return found
        return self.lose("it goes in a circle")

    def lose(self, why: str) -> Arrival:
        return Arrival(self.passed, lost=why)

    def leave(self) -> Arrival | None:
        if acl_lets(self.world.atlas, self.subnet, self.packet, egress=True):
            return None
        return self.lose(f"the network ACL of {self.subnet} does not let it out")

    def enter(self, subnet: str) -> Arrival | None:
        """Go into another subnet; return where it ends if an ACL is against that."""
        if subnet == self.subnet:
            return None
        if lost := self.leave():
            return lost
        self.subnet = subnet
        if acl_lets(self.world.atlas, subnet, self.packet, egress=False):
            return None
        return self.lose(f"the network ACL of {subnet} does not let it in")

    def deliver(self) -> Arrival:
        vpc = self.world.atlas.subnets[self.subnet]["VpcId"]
        found = next(
            (
                one
                for one in self.world.atlas.interfaces.values()
                if (one["VpcId"], one["PrivateIpAddress"]) == (vpc, self.packet.destination)
            ),
            None,
        )
        if found is None:
            return self.lose(f"nobody has the address {self.packet.destination}")
        return self.enter(found["SubnetId"]) or Arrival(
            self.passed, self.packet.source, interface=found["NetworkInterfaceId"]
        )

    def by(self, target: str) -> Arrival | None:
        """Go by what a route leads to."""
        self.passed += (target,)
        match target.partition("-")[0]:
            case "igw":
                return self.by_internet()
            case "nat":
                return self.by_nat(self.world.around.nats.get(target))
            case "vpce":
                return self.by_endpoint(self.world.around.endpoints.get(target))
            case "tgw":
                return self.by_transit(target)
        return self.lose(f"{target} is none of the lab's")

    def by_internet(self) -> Arrival:
        if lost := self.leave():
            return lost
        if within(self.packet.destination, _PRIVATE):
            return self.lose("the internet has no way to a private address")
        if within(self.packet.source, _PRIVATE):
            return self.lose("it has no public address")
        return Arrival(self.passed, self.packet.source)

    def by_nat(self, gateway: Record | None) -> Arrival | None:
        if gateway is None or gateway["State"] != "available":
            return self.lose("the NAT gateway is not there")
        if lost := self.enter(gateway["SubnetId"]):
            return lost
        public = gateway["NatGatewayAddresses"][0]["PublicIp"]
        self.packet = replace(self.packet, source=public, source_port=_NAT_PORT)
        return None

    def by_endpoint(self, endpoint: Record | None) -> Arrival | None:
        if endpoint is None or endpoint["State"] != "available":
            return self.lose("the endpoint is not there")
        if endpoint["VpcEndpointType"] == "Gateway":
            return self.leave() or Arrival(self.passed, self.packet.source)
        return self.enter(endpoint["SubnetIds"][0])

    def by_transit(self, gateway: str) -> Arrival | None:
        """Leave this VPC by its attachment and come out of the one that the gateway's route names.

        Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
        """
        around = self.world.around
        own = around.attachment(gateway, self.world.atlas.subnets[self.subnet]["VpcId"])
        if own is None:
            return self.lose(f"the VPC is not attached to {gateway}")
        if lost := self.leave():
            return lost
        there = _onward(around, own, self.packet.destination)
        if there is None:
            return self.lose(f"{gateway} has no route to {self.packet.destination}")
        zone = self.world.atlas.zone(self.subnet)
        subnets = [one for one in there["SubnetIds"] if self.world.atlas.zone(one) == zone] or there["SubnetIds"]
        self.subnet = subnets[0]
        return None


def hop(world: World, subnet_id: str, destination: str) -> str | None:
    """Return what the longest matching active route leads to, routes to prefix lists among them."""
    best: tuple[int, str | None] = (-1, None)
    for route in world.atlas.tables[subnet_id]["Routes"]:
        listed = world.around.prefix_lists.get(route.get("DestinationPrefixListId", ""), ())
        for block in (*filter(None, [route.get("DestinationCidrBlock")]), *listed):
            if within(destination, block) and network(block).prefixlen > best[0]:
                best = (network(block).prefixlen, route_target(route))
    return best[1]


def _onward(around: Surroundings, attachment: Record, destination: str) -> Record | None:
    """Return the attachment that the transit gateway sends on to."""
    routes = around.transit_routes.get(attachment["TransitGatewayRouteTableId"] or "", ())
    fitting = [one for one in routes if within(destination, one["DestinationCidrBlock"])]
    if not fitting:
        return None
    best = max(fitting, key=lambda one: network(one["DestinationCidrBlock"]).prefixlen)
    names = {one["TransitGatewayAttachmentId"] for one in best.get("TransitGatewayAttachments", [])}
    return next((one for one in around.attachments if one["TransitGatewayAttachmentId"] in names), None)


def travel(world: World, interface: Record, address: str, port: int) -> Arrival:
    """Return how connections from an interface to an address end: lost if one there or its reply is lost."""
    arrivals = [
        _connect(world, interface, Packet(interface["PrivateIpAddress"], source, address, port))
        for source in _SOURCE_PORTS
    ]
    return next((one for one in arrivals if one.lost), arrivals[0])


def _connect(world: World, interface: Record, packet: Packet) -> Arrival:
    if not groups_admit(world.atlas, interface, packet, egress=True):
        return Arrival((), lost="no security group of the sender lets it out")
    there = _Traveller(world, packet, interface["SubnetId"]).go()
    if there.lost:
        return there
    if there.interface:
        return _answered(world, there, interface, packet)
    return _returned(world, there, interface, packet)


def _answered(world: World, there: Arrival, interface: Record, packet: Packet) -> Arrival:
    """Let the receiver in another VPC answer; what inspects must see both ways."""
    receiver = world.atlas.interfaces[there.interface]
    if not groups_admit(world.atlas, receiver, packet, egress=False):
        return replace(there, lost="no security group of the receiver lets it in")
    back = _Traveller(world, packet.reply(), receiver["SubnetId"]).go()
    if back.lost:
        return replace(there, lost=f"the reply: {back.lost}")
    if back.interface != interface["NetworkInterfaceId"] or back.endpoint != there.endpoint:
        return replace(there, lost="the reply takes another way")
    return there


def _returned(world: World, there: Arrival, interface: Record, packet: Packet) -> Arrival:
    """Bring the reply of a service or of the internet back, by the NAT gateway where one was on the way."""
    subnet, reply = interface["SubnetId"], packet.reply()
    for name in (one for one in there.passed if one.startswith("nat-")):
        public = world.around.nats[name]["SubnetId"]
        outer = Packet(packet.destination, packet.destination_port, there.address, _NAT_PORT)
        if not acl_lets(world.atlas, public, outer, egress=False):
            return replace(there, lost=f"the reply: the network ACL of {public} does not let it in")
        if public != subnet and not acl_lets(world.atlas, public, reply, egress=True):
            return replace(there, lost=f"the reply: the network ACL of {public} does not let it out")
        if public == subnet:
            return there
    if not acl_lets(world.atlas, subnet, reply, egress=False):
        return replace(there, lost=f"the reply: the network ACL of {subnet} does not let it in")
    return there
