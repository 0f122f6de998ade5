"""Worlds after requests, in words that no change has a part in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.fake_world import FakeWorld

if TYPE_CHECKING:
    from pathmend.changes.change import Change
    from pathmend.snapshot.resources import RouteTable
    from pathmend.snapshot.world import Snapshot


def the_world_after_the_requests_of(change: Change, world: Snapshot) -> Snapshot:
    """Return what AWS makes of the change's requests, in words that `after` has no part in."""
    fake = FakeWorld(world)
    for request in change.requests(world):
        fake.carry_out(request)
    return fake.snapshot


def without_association_ids(world: Snapshot) -> Snapshot:
    """Return the world with route tables' associations nameless, for AWS makes up a new id each time."""
    tables: dict[str, RouteTable] = {}
    for table in world.route_tables.values():
        links = sorted((replace(link, id="") for link in table.associations), key=repr)
        tables[table.id] = replace(table, associations=tuple(links))
    return replace(world, route_tables=tables)
