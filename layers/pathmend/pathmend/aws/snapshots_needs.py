"""What the targets of a load balancer need, as far as tags and answers say it, so that only that is read."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pathmend.diagnosis.declared import declared
from pathmend.diagnosis.dependency import AwsNeed, Dependency, HostNeed
from pathmend.diagnosis.dependents import dependents_of
from pathmend.network.addresses import private_kind
from pathmend.snapshot.item import sorted_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.diagnosis.dependency import Dependents, Need
    from pathmend.snapshot.resources import Address
    from pathmend.snapshot.world import Resource, Snapshot

X_RAY = "pathmend:x-ray"
"""The tag by which a load balancer, target group or target says that X-Ray knows its application's calls."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What to read for the sake of the targets.

    `dependents` says that something may be known to need something; `instances` are those with an instance profile;
    `profiles` and `resources` are ARNs; `far` are private addresses outside the VPC; `traced` says that X-Ray is to be
    asked.
    """

    dependents: bool
    instances: tuple[str, ...]
    profiles: tuple[str, ...]
    resources: tuple[str, ...]
    far: tuple[Address, ...]
    traced: bool


def needs_of(snapshot: Snapshot, load_balancer_arn: str) -> Needs:
    """Return what the load balancer's targets need."""
    alike = dependents_of(snapshot, load_balancer_arn)
    wanted = [need for who in alike for need in _declared(snapshot, load_balancer_arn, who)]
    profiles = {who.profile_arn for who in alike if who.profile_arn}
    instances = {instance_id for who in alike if who.profile_arn for instance_id in who.ids}
    resources = dict.fromkeys(need.resource for need in wanted if isinstance(need, AwsNeed))
    addresses = {need.address for need in wanted if isinstance(need, HostNeed) and need.address is not None}
    return Needs(
        dependents=bool(profiles or wanted),
        instances=tuple(sorted(instances)),
        profiles=tuple(sorted(profiles)),
        resources=tuple(resources),
        far=sorted_addresses(set(_outside(snapshot, addresses | _targets(snapshot, load_balancer_arn)))),
        traced=any(_traced(one) for one in _bearers(snapshot, load_balancer_arn)),
    )


def is_traced(snapshot: Snapshot) -> bool:
    """Say whether any load balancer, target group or instance is tagged as one whose calls X-Ray knows."""
    kinds = (snapshot.load_balancers, snapshot.target_groups, snapshot.instances)
    return any(_traced(one) for kind in kinds for one in kind.values())


def _declared(snapshot: Snapshot, load_balancer_arn: str, who: Dependents) -> Iterator[Need]:
    return (one.need for one in declared(snapshot, who, load_balancer_arn, ()) if isinstance(one, Dependency))


def _targets(snapshot: Snapshot, load_balancer_arn: str) -> set[Address]:
    groups = (group for group in snapshot.target_groups_of(load_balancer_arn) if group.kind == "ip")
    return {ip_address(target.target_id) for group in groups for target in group.targets}


def _outside(snapshot: Snapshot, addresses: Iterable[Address]) -> Iterator[Address]:
    """Yield those that stand in some other private network."""
    blocks = [block for vpc in snapshot.vpcs.values() for block in vpc.cidrs]
    return (one for one in addresses if private_kind(one) and not any(one in block for block in blocks))


def _bearers(snapshot: Snapshot, load_balancer_arn: str) -> Iterator[Resource]:
    yield snapshot.load_balancers[load_balancer_arn]
    for group in snapshot.target_groups_of(load_balancer_arn):
        yield group
        for target in group.targets:
            yield from filter(None, [snapshot.instances.get(target.target_id)])


def _traced(resource: Resource) -> bool:
    return any(key == X_RAY and value.lower() != "false" for key, value in resource.tags)
