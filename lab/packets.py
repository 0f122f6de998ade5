"""A naive data plane: single TCP packets walk the described network; unrelated to the product's model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.atlas import Atlas, Record

_TCP = "6"
_ANY = "-1"


@dataclass(frozen=True, slots=True)
class Packet:
    """One TCP packet."""

    source: str
    source_port: int
    destination: str
    destination_port: int

    def reply(self) -> Packet:
        """Return the packet that answers this one."""
        return Packet(self.destination, self.destination_port, self.source, self.source_port)


def client_reaches(atlas: Atlas, node: Record, packet: Packet) -> bool:
    """Say whether a client's packet reaches the node from the internet *and* the node's reply finds the client."""
    subnet = node["SubnetId"]
    if not (node.get("Association", {}).get("PublicIp") and atlas.gateways):
        return False
    arrives = acl_lets(atlas, subnet, packet, egress=False) and groups_admit(atlas, node, packet, egress=False)
    if not arrives:
        return False
    # A NAT gateway would send the reply from another address: to the client it is no reply.
    way_back = next_hop(atlas, subnet, packet.source)
    return way_back in atlas.gateways and acl_lets(atlas, subnet, packet.reply(), egress=True)


def node_reaches(atlas: Atlas, node: Record, target: Record, packet: Packet) -> bool:
    """Say whether a node's packet reaches the target's interface and the reply comes back to the node."""
    if not (groups_admit(atlas, node, packet, egress=True) and groups_admit(atlas, target, packet, egress=False)):
        return False
    here, there = node["SubnetId"], target["SubnetId"]
    if next_hop(atlas, here, packet.destination) != "local" or next_hop(atlas, there, packet.source) != "local":
        return False
    if here == there:
        return True
    back = packet.reply()
    return (
        acl_lets(atlas, here, packet, egress=True)
        and acl_lets(atlas, there, packet, egress=False)
        and acl_lets(atlas, there, back, egress=True)
        and acl_lets(atlas, here, back, egress=False)
    )


def next_hop(atlas: Atlas, subnet_id: str, destination: str) -> str | None:
    """Return the target of the longest matching active route: `local`, an id, or None when nothing matches."""
    best: tuple[int, str | None] = (-1, None)
    for route in atlas.tables[subnet_id]["Routes"]:
        block = route.get("DestinationCidrBlock")
        if block and within(destination, block) and network(block).prefixlen > best[0]:
            best = (network(block).prefixlen, route_target(route))
    return best[1]


def route_target(route: Record) -> str | None:
    """Return what an active route leads to."""
    if route.get("State", "active") != "active":
        return None
    names = ("GatewayId", "NatGatewayId", "NetworkInterfaceId", "TransitGatewayId", "VpcPeeringConnectionId")
    return next((str(route[name]) for name in names if route.get(name)), None)


def acl_lets(atlas: Atlas, subnet_id: str, packet: Packet, *, egress: bool) -> bool:
    """Say whether a subnet's ACL lets a packet in or out: first match by rule number; no match is a deny."""
    peer = packet.destination if egress else packet.source
    entries = [one for one in atlas.acls[subnet_id]["Entries"] if one["Egress"] == egress]
    for entry in sorted(entries, key=lambda one: int(one["RuleNumber"])):
        if _entry_matches(entry, peer, packet.destination_port):
            return bool(entry["RuleAction"] == "allow")
    return False


def _entry_matches(entry: Record, peer: str, port: int) -> bool:
    if not entry.get("CidrBlock") or not within(peer, entry["CidrBlock"]):
        return False
    if str(entry["Protocol"]) == _ANY:
        return True
    ports = entry.get("PortRange") or {"From": 0, "To": 65535}
    return str(entry["Protocol"]) == _TCP and int(ports["From"]) <= port <= int(ports["To"])


def groups_admit(atlas: Atlas, interface: Record, packet: Packet, *, egress: bool) -> bool:
    """Say whether any rule of any group of an interface admits a packet; groups are stateful: replies need no rule."""
    peer = packet.destination if egress else packet.source
    kind = "IpPermissionsEgress" if egress else "IpPermissions"
    rules = [rule for one in interface["Groups"] for rule in atlas.groups[one["GroupId"]][kind]]
    return any(_rule_admits(atlas, rule, peer, packet.destination_port) for rule in rules)


def _rule_admits(atlas: Atlas, rule: Record, peer: str, port: int) -> bool:
    if rule["IpProtocol"] not in {_ANY, "tcp", _TCP}:
        return False
    if rule["IpProtocol"] != _ANY and not int(rule["FromPort"]) <= port <= int(rule["ToPort"]):
        return False
    if any(within(peer, one["CidrIp"]) for one in rule.get("IpRanges", [])):
        return True
    return any(peer in atlas.members(one["GroupId"]) for one in rule.get("UserIdGroupPairs", []))


@cache
def network(text: str) -> IPv4Network:
    """Return a block as a network."""
    found = ip_network(text, strict=False)
    if not isinstance(found, IPv4Network):
        raise TypeError(f"{text} is no IPv4 network")
    return found


def within(address: str, block: str) -> bool:
    """Say whether an address lies in a block."""
    return ip_address(address) in network(block)
