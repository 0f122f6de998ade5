"""Build the workshop's world on the network plane; our own writing of its published facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import world_alarms, world_data, world_network, world_peer, world_service
from lab.clients import client, for_lab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.emulators import Endpoints

PERIOD_SECONDS = 10
FILE = "world.json"


def build(endpoints: Endpoints, home: Path, *, period_seconds: int = PERIOD_SECONDS) -> dict[str, Any]:
    """Build the world, write its ids into `home`, return them."""
    # moto wants to find the function of a Config rule on its own plane, where it is never called.
    config_rule = {"lambda": client(endpoints.network, "lambda")}
    world = construct(lambda service: config_rule.get(service) or for_lab(endpoints, service), period_seconds)
    (home / FILE).write_text(json.dumps(world, indent=2) + "\n")
    return world


def construct(make: Callable[[str], Any], period_seconds: int) -> dict[str, Any]:
    """Build the world with clients that `make` returns by service name; return its ids."""
    network = world_network.build(make("ec2"))
    world = world_service.build(make, network) | world_peer.build(make, network) | world_data.build(make)
    world |= {"subnets": network.subnets, "route_tables": network.tables, "security_groups": network.groups}
    world |= {"endpoints": network.endpoints}
    world_alarms.build(make("cloudwatch"), world, period_seconds)
    return world


def load(home: Path) -> dict[str, Any]:
    """Return the ids of the world built last in `home`."""
    world: dict[str, Any] = json.loads((home / FILE).read_text())
    return world
