"""Network ACLs and security groups from their describe answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.item import Item, wrong
from pathmend.snapshot.protocols import ICMP, ICMP_V6, TCP, UDP
from pathmend.snapshot.resources import AclEntry, NetworkAcl, SecurityGroup, SecurityGroupRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.snapshot.resources import Network

_LAST_PORT = 65535
_LAST_ICMP = 255
_LAST_RULE = 32768
"""AWS shows the final deny of IPv4 as 32767, and that of IPv6, in a VPC that has an IPv6 block, as 32768.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
"""
_ACTIONS = ("allow", "deny")


def network_acl(item: Item) -> NetworkAcl:
    """Return a network ACL, its entries in rule order."""
    return NetworkAcl(
        id=item.text("NetworkAclId"),
        vpc_id=item.text("VpcId"),
        default=item.flag("IsDefault"),
        entries=tuple(sorted((acl_entry(entry) for entry in item.items("Entries")), key=_entry_order)),
        subnet_ids=tuple(sorted(link.text("SubnetId") for link in item.items("Associations"))),
        tags=item.tags(),
    )


def _entry_order(entry: AclEntry) -> tuple[bool, int, int]:
    return entry.egress, entry.rule_number, entry.cidr.version


def acl_entry(item: Item) -> AclEntry:
    """Return one entry of a network ACL."""
    protocol = item.protocol("Protocol")
    return AclEntry(
        rule_number=_rule_number(item),
        egress=item.flag("Egress"),
        protocol=protocol,
        action=_action(item),
        cidr=_cidr(item),
        ports=_range(item.item("PortRange"), "From", "To") if protocol in (TCP, UDP) else None,
        icmp=_icmp(item) if protocol in (ICMP, ICMP_V6) else None,
    )


def _rule_number(item: Item) -> int:
    number = item.number("RuleNumber")
    if number is None or not 1 <= number <= _LAST_RULE:
        raise wrong(item.at("RuleNumber"), number, f"a rule number (1-{_LAST_RULE})")
    return number


def _action(item: Item) -> str:
    action = item.text("RuleAction")
    if action not in _ACTIONS:
        raise wrong(item.at("RuleAction"), action, "allow or deny")
    return action


def _cidr(item: Item) -> Network:
    network = item.network("CidrBlock") or item.network("Ipv6CidrBlock")
    if network is None:
        raise InvalidSnapshotError(f"{item.at('CidrBlock')}: is missing, and so is Ipv6CidrBlock")
    return network


def _icmp(item: Item) -> tuple[int, int]:
    kind = item.item("IcmpTypeCode")
    return _icmp_number(kind, "Type"), _icmp_number(kind, "Code")


def _icmp_number(item: Item, key: str) -> int:
    """Return an ICMP type or code, -1 meaning all."""
    number = item.number(key)
    if number is None:
        return -1
    if not -1 <= number <= _LAST_ICMP:
        raise wrong(item.at(key), number, f"an ICMP type or code (0-{_LAST_ICMP}, -1 for all)")
    return number


def _range(item: Item, first_key: str, last_key: str) -> tuple[int, int] | None:
    """Return an inclusive port range; None, which is all ports, where neither end is given."""
    first, last = item.number(first_key), item.number(last_key)
    if first is None and last is None:
        return None
    if first is None or last is None or not 0 <= first <= last <= _LAST_PORT:
        raise wrong(item.at(first_key), f"{first}-{last}", "a port range")
    return first, last


def security_groups(groups: Iterable[Item], flat: Iterable[Item]) -> Iterator[SecurityGroup]:
    """Return the security groups; one rule per permission and peer, in one order.

    `flat` are AWS's security group rules, one answer each: they join the group's own, and where both say the same the
    flat one counts, for it has an id.
    """
    rules: dict[str, list[SecurityGroupRule]] = {}
    for item in flat:
        rules.setdefault(item.text("GroupId"), []).append(_flat_rule(item))
    described = [(item.text("GroupId"), item) for item in groups]
    for group_id, item in described:
        yield _security_group(group_id, item, rules.get(group_id, []))
    for group_id in rules.keys() - {group_id for group_id, _ in described}:
        yield _security_group(group_id, Item(group_id, {}), rules[group_id])


def _security_group(group_id: str, item: Item, flat: list[SecurityGroupRule]) -> SecurityGroup:
    said = {(rule.egress, rule.protocol, rule.ports, rule.peer) for rule in flat}
    own = (rule for rule in _rules(item) if (rule.egress, rule.protocol, rule.ports, rule.peer) not in said)
    return SecurityGroup(
        id=group_id,
        vpc_id=item.maybe("VpcId") or "",
        name=item.maybe("GroupName") or "",
        rules=tuple(sorted({*own, *flat}, key=_rule_order)),
        tags=item.tags(),
    )


def _rule_order(rule: SecurityGroupRule) -> tuple[bool, int, tuple[int, int], str, str]:
    return rule.egress, int(rule.protocol), rule.ports or (-1, -1), str(rule.peer), rule.id


def _flat_rule(item: Item) -> SecurityGroupRule:
    protocol = item.protocol("IpProtocol")
    peer = item.network("CidrIpv4") or item.network("CidrIpv6") or item.maybe("PrefixListId")
    return SecurityGroupRule(
        egress=item.flag("IsEgress"),
        protocol=protocol,
        ports=permission_ports(item, protocol),
        peer=peer or item.item("ReferencedGroupInfo").text("GroupId"),
        id=item.maybe("SecurityGroupRuleId") or "",
    )


def _rules(item: Item) -> Iterator[SecurityGroupRule]:
    for key, egress in (("IpPermissions", False), ("IpPermissionsEgress", True)):
        for permission in item.items(key):
            protocol = permission.protocol("IpProtocol")
            ports = permission_ports(permission, protocol)
            for peer in _peers(permission):
                yield SecurityGroupRule(egress=egress, protocol=protocol, ports=ports, peer=peer)


def permission_ports(item: Item, protocol: str) -> tuple[int, int] | None:
    """Return a permission's ports (TCP, UDP), its ICMP type and code (-1 meaning all), or None for all."""
    if protocol in (TCP, UDP):
        # -1 to -1 is how old permissions and the emulators spell "all ports".
        if item.number("FromPort") == item.number("ToPort") == -1:
            return None
        return _range(item, "FromPort", "ToPort")
    if protocol in (ICMP, ICMP_V6):
        return _icmp_number(item, "FromPort"), _icmp_number(item, "ToPort")
    return None


def _peers(item: Item) -> Iterator[Network | str]:
    for one in item.items("IpRanges"):
        yield _peer_network(one, "CidrIp")
    for one in item.items("Ipv6Ranges"):
        yield _peer_network(one, "CidrIpv6")
    for one in item.items("UserIdGroupPairs"):
        yield one.text("GroupId")
    for one in item.items("PrefixListIds"):
        yield one.text("PrefixListId")


def _peer_network(item: Item, key: str) -> Network:
    network = item.network(key)
    if network is None:
        raise InvalidSnapshotError(f"{item.at(key)}: is missing")
    return network
