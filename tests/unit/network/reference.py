"""A deliberately naive judge: one packet at a time, rule after rule, on plain numbers. Shares no code with network/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathmend.snapshot.resources import AclEntry, Address, NetworkAcl, NetworkInterface, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot


def acl_allows(acl: NetworkAcl, packet: tuple[bool, str, Address, int]) -> bool:
    """Walk the rules from the lowest number on; the first that matches decides, none is a deny."""
    egress, protocol, peer, port = packet
    for number in sorted({entry.rule_number for entry in acl.entries if entry.rule_number != 32767}):
        for entry in acl.entries:
            if entry.rule_number == number and entry.egress == egress and _entry_matches(entry, protocol, peer, port):
                return entry.action == "allow"
    return False


def _entry_matches(entry: AclEntry, protocol: str, peer: Address, port: int) -> bool:
    if entry.protocol not in ("-1", protocol):
        return False
    if str(peer.version) != str(entry.cidr.version) or peer not in entry.cidr:
        return False
    if entry.icmp is not None:
        kind, code = entry.icmp
        return kind in (-1, port // 256) and (kind == -1 or code in (-1, port % 256))
    return entry.ports is None or entry.ports[0] <= port <= entry.ports[1]


def groups_allow(
    world: Snapshot, group_ids: tuple[str, ...], packet: tuple[bool, str, Address, int], *, references: bool = True
) -> bool:
    """Ask every rule of every group; one that allows is enough. References may know nobody any more."""
    return any(
        _rule_matches(world, rule, packet)
        for one in group_ids
        for rule in world.security_groups[one].rules
        if references or not str(rule.peer).startswith("sg-")
    )


def _rule_matches(world: Snapshot, rule: SecurityGroupRule, packet: tuple[bool, str, Address, int]) -> bool:
    egress, protocol, peer, port = packet
    if rule.egress != egress or rule.protocol not in ("-1", protocol):
        return False
    if rule.ports is not None and rule.protocol in ("6", "17") and not rule.ports[0] <= port <= rule.ports[1]:
        return False
    if isinstance(rule.peer, str) and rule.peer.startswith("pl-"):
        return any(peer in block for block in world.prefix_lists[rule.peer].networks or ())
    if isinstance(rule.peer, str):
        return any(
            rule.peer in interface.group_ids and peer in (*interface.private_ips, *interface.ipv6s)
            for interface in world.interfaces.values()
        )
    return peer in rule.peer


def connects(world: Snapshot, ends: tuple[NetworkInterface, NetworkInterface], port: int, source_port: int) -> bool:
    """Send one TCP packet from one subnet to another of the VPC, and its reply back."""
    source, target = ends
    here, there = source.private_ips[0], target.private_ips[0]
    near, far = world.network_acl_of(source.subnet_id), world.network_acl_of(target.subnet_id)
    assert near
    assert far
    return (
        groups_allow(world, source.group_ids, (True, "6", there, port))
        and acl_allows(near, (True, "6", there, port))
        and acl_allows(far, (False, "6", here, port))
        and groups_allow(world, target.group_ids, (False, "6", here, port))
        and acl_allows(far, (True, "6", here, source_port))
        and acl_allows(near, (False, "6", there, source_port))
    )


def _lies_within(block: Any, blocks: Any) -> bool:
    return any(str(own.version) == str(block.version) and block.subnet_of(own) for own in blocks)


def leads_to(world: Snapshot, subnet_id: str, to: Address) -> str | None:
    """Look at every route of the subnet's table, one after the other; None for no route and for a dead one.

    A list's entries within the VPC do not count.
    """
    table = world.route_table_of(subnet_id)
    assert table
    local: Any = world.vpcs[table.vpc_id].cidrs
    best: tuple[int, int] = (-1, -1)
    target = None
    for route in table.routes:
        listed = isinstance(route.destination, str)
        blocks = world.prefix_lists[str(route.destination)].networks if listed else (route.destination,)
        for block in blocks or ():
            if listed and _lies_within(block, local):
                continue
            rank = 0 if route.origin == "EnableVgwRoutePropagation" else 1 if listed else 2
            if not isinstance(block, str) and to in block and (block.prefixlen, rank) > best:
                best = (block.prefixlen, rank)
                target = route.target if route.state == "active" else None
    return target


def travels(world: Snapshot, ends: tuple[NetworkInterface, NetworkInterface], port: int, source_port: int) -> bool:
    """Send one TCP packet from one interface to another, in its VPC or over the peering, and its reply back."""
    source, target = ends
    here, there = source.private_ips[0], target.private_ips[0]
    if not groups_allow(world, source.group_ids, (True, "6", there, port)):
        return False
    if not groups_allow(world, target.group_ids, (False, "6", here, port)):
        return False
    return _moves(world, source, target, port) and _moves(world, target, source, source_port)


def _moves(world: Snapshot, start: NetworkInterface, goal: NetworkInterface, port: int) -> bool:
    """Move a packet for a port from one subnet to the other; nothing is asked inside a subnet."""
    if start.subnet_id == goal.subnet_id:
        return True
    here, there = start.private_ips[0], goal.private_ips[0]
    wanted = "local" if start.vpc_id == goal.vpc_id else "pcx-1"
    if leads_to(world, start.subnet_id, there) != wanted:
        return False
    near, far = world.network_acl_of(start.subnet_id), world.network_acl_of(goal.subnet_id)
    assert near
    assert far
    return acl_allows(near, (True, "6", there, port)) and acl_allows(far, (False, "6", here, port))
