"""Worlds after requests, in words that no change has a part in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tests.fake_world import FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import Instance, RouteTable, SecurityGroup, VpcEndpoint
    from pathmend.snapshot.world import Snapshot

_Kind = TypeVar("_Kind")


def the_world_after_the_requests_of(change: Change, world: Snapshot) -> Snapshot:
    """Return what AWS makes of the change's requests, in words that `after` has no part in."""
    fake = FakeWorld(world)
    for request in change.requests(world):
        fake.carry_out(request)
    return fake.snapshot


def comparable(world: Snapshot) -> Snapshot:
    """Return the world without what AWS makes up anew (ids, tokens), in one order, policies in one spelling."""
    return replace(
        world,
        route_tables=_each(world.route_tables, _table),
        security_groups=_each(world.security_groups, _group),
        instances=_each(world.instances, _instance),
        vpc_endpoints=_each(world.vpc_endpoints, _endpoint),
        rule_groups=_each(world.rule_groups, lambda group: replace(group, update_token="")),
    )


def _each(kind: Mapping[str, _Kind], plain: Callable[[_Kind], _Kind]) -> dict[str, _Kind]:
    return {name: plain(one) for name, one in kind.items()}


def _table(table: RouteTable) -> RouteTable:
    links = sorted((replace(link, id="") for link in table.associations), key=repr)
    routes = sorted(table.routes, key=lambda route: (str(route.destination), route.target))
    return replace(table, associations=tuple(links), routes=tuple(routes))


def _group(group: SecurityGroup) -> SecurityGroup:
    return replace(group, rules=tuple(sorted((replace(rule, id="") for rule in group.rules), key=repr)))


def _instance(instance: Instance) -> Instance:
    return replace(instance, profile_association_id="" if instance.profile_association_id else None)


def _endpoint(endpoint: VpcEndpoint) -> VpcEndpoint:
    policy = endpoint.policy and json.dumps(json.loads(endpoint.policy), sort_keys=True)
    return replace(endpoint, policy=policy)
