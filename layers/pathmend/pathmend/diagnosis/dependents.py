"""The targets of a load balancer, those that are alike taken together: a hundred in three subnets are judged thrice."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pathmend.diagnosis.dependency import Dependents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.snapshot.balancing import TargetGroup
    from pathmend.snapshot.resources import Instance, NetworkInterface
    from pathmend.snapshot.world import Snapshot

DEPENDS_ON = "pathmend:depends-on"
"""The tag by which an instance, a target group or a load balancer names what it needs; `:2` and so on go on with it."""


def dependents_of(snapshot: Snapshot, load_balancer_arn: str) -> tuple[Dependents, ...]:
    """Return the load balancer's running target instances by what makes a difference to what they can reach."""
    groups: dict[str, list[str]] = defaultdict(list)
    for group in snapshot.target_groups_of(load_balancer_arn):
        for instance_id in dict.fromkeys(_instance_ids(snapshot, group)):
            groups[instance_id].append(group.arn)
    alike: dict[object, list[tuple[Instance, NetworkInterface]]] = defaultdict(list)
    for instance_id in sorted(groups):
        instance, interface = snapshot.instances.get(instance_id), snapshot.primary_interface_of(instance_id)
        if instance and instance.state == "running" and interface and _is_read(snapshot, interface):
            key = _key(instance, interface), tuple(groups[instance_id])
            alike[key].append((instance, interface))
    partition, _, region, account = load_balancer_arn.split(":")[1:5]
    return tuple(
        Dependents(
            instances=tuple(instance for instance, _ in members),
            interface=members[0][1],
            role_arn=role_of(snapshot, members[0][0].profile_arn),
            group_arns=tuple(groups[members[0][0].id]),
            account=account,
            region=region,
            partition=partition,
        )
        for members in alike.values()
    )


def role_of(snapshot: Snapshot, profile_arn: str | None) -> str | None:
    """Return the role in an instance profile: AWS lets it hold one."""
    profile = snapshot.instance_profiles.get(profile_arn or "")
    return next(iter(profile.role_arns), None) if profile else None


def _instance_ids(snapshot: Snapshot, group: TargetGroup) -> Iterator[str]:
    for target in group.targets:
        if group.kind == "instance":
            yield target.target_id
        elif group.kind == "ip":
            yield from _at(snapshot, group, target.target_id)


def _at(snapshot: Snapshot, group: TargetGroup, address: str) -> Iterator[str]:
    interfaces = snapshot.derived(_instances_by_address).get((group.vpc_id or "", address))
    if interfaces:
        yield interfaces


def _instances_by_address(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    return {
        (one.vpc_id, str(address)): one.instance_id
        for one in snapshot.interfaces.values()
        if one.instance_id
        for address in (*one.private_ips, *one.ipv6s)
    }


def _key(instance: Instance, interface: NetworkInterface) -> tuple[object, ...]:
    own = tuple(pair for pair in instance.tags if pair[0].startswith(DEPENDS_ON))
    filters = interface.subnet_id, interface.group_ids, bool(interface.public_ips)
    return (*filters, instance.profile_arn, own, instance.platform)


def _is_read(snapshot: Snapshot, interface: NetworkInterface) -> bool:
    return bool(interface.private_ips) and interface.subnet_id in snapshot.subnets
