"""From AWS's describe answers to a Snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from pathmend.snapshot import parse_balancers, parse_filters, parse_vpc
from pathmend.snapshot.item import items_of
from pathmend.snapshot.world import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pathmend.snapshot.item import Item

KEYS = (
    "Vpcs",
    "Subnets",
    "RouteTables",
    "NetworkAcls",
    "SecurityGroups",
    "NetworkInterfaces",
    "Reservations",
    "InternetGateways",
    "EgressOnlyInternetGateways",
    "NatGateways",
    "VpcEndpoints",
    "LoadBalancers",
    "Listeners",
    "Rules",
    "TargetGroups",
    "TargetHealthDescriptions",
    "TagDescriptions",
)
"""The describe keys that are understood; all others are ignored."""

NOT_GIVEN = "not given"
"""Why a kind is unread when its key is absent."""


def parse(answers: Mapping[str, Sequence[object]]) -> Snapshot:
    """Return the world that the answers describe; their order changes nothing.

    Keys are AWS's. The answers that AWS gives per parent carry it: an item of `Rules` is {"ListenerArn", "Rules"} (or a
    rule), one of `TargetHealthDescriptions` is {"TargetGroupArn", "TargetHealthDescriptions"}. An absent key is unread:
    unknown, not empty.

    Raises:
        InvalidSnapshotError: names the key, the index, the field and the value.
    """
    read = {key: items_of(key, answers[key]) if key in answers else () for key in KEYS}
    network = Snapshot(
        vpcs=_by_id(parse_vpc.vpc(item) for item in read["Vpcs"]),
        subnets=_by_id(parse_vpc.subnet(item) for item in read["Subnets"]),
        route_tables=_by_id(parse_vpc.route_table(item) for item in read["RouteTables"]),
        network_acls=_by_id(parse_filters.network_acl(item) for item in read["NetworkAcls"]),
        security_groups=_by_id(parse_filters.security_group(item) for item in read["SecurityGroups"]),
        interfaces=_by_id(parse_vpc.interface(item) for item in read["NetworkInterfaces"]),
        instances=_by_id(one for item in read["Reservations"] for one in parse_vpc.instances(item)),
        gateways=_by_id(
            [parse_vpc.internet_gateway(item) for item in read["InternetGateways"]]
            + [parse_vpc.egress_only_gateway(item) for item in read["EgressOnlyInternetGateways"]]
        ),
        nat_gateways=_by_id(parse_vpc.nat_gateway(item) for item in read["NatGateways"]),
        vpc_endpoints=_by_id(parse_vpc.vpc_endpoint(item) for item in read["VpcEndpoints"]),
        unread={key: NOT_GIVEN for key in KEYS if key not in answers},
    )
    return _with_load_balancing(network, read)


def _with_load_balancing(network: Snapshot, read: Mapping[str, tuple[Item, ...]]) -> Snapshot:
    tags = parse_balancers.tags_by_arn(read["TagDescriptions"])
    forwards = parse_balancers.rule_forwards(read["Rules"])
    targets = parse_balancers.targets_by_group(read["TargetHealthDescriptions"])
    return replace(
        network,
        load_balancers=_by_arn(parse_balancers.load_balancer(item, tags) for item in read["LoadBalancers"]),
        listeners=_by_arn(parse_balancers.listener(item, forwards) for item in read["Listeners"]),
        target_groups=_by_arn(parse_balancers.target_group(item, targets, tags) for item in read["TargetGroups"]),
    )


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class _HasArn(Protocol):
    @property
    def arn(self) -> str: ...


_WithId = TypeVar("_WithId", bound=_HasId)
_WithArn = TypeVar("_WithArn", bound=_HasArn)


def _by_id(resources: Iterable[_WithId]) -> dict[str, _WithId]:
    return {resource.id: resource for resource in sorted(resources, key=lambda one: one.id)}


def _by_arn(resources: Iterable[_WithArn]) -> dict[str, _WithArn]:
    return {resource.arn: resource for resource in sorted(resources, key=lambda one: one.arn)}
