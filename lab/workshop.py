"""Build the workshop's world on the network plane; our own writing of its published facts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import world_alarms, world_network, world_service
from lab.clients import client, for_lab

if TYPE_CHECKING:
    from pathlib import Path

    from lab.emulators import Endpoints

PERIOD_SECONDS = 10
FILE = "world.json"


def build(endpoints: Endpoints, home: Path, *, period_seconds: int = PERIOD_SECONDS) -> dict[str, Any]:
    """Build the world, write its ids into `home`, return them."""
    network = world_network.build(for_lab(endpoints, "ec2"))
    world = world_service.build(lambda service: client(endpoints.network, service), network)
    world |= {"subnets": network.subnets, "route_tables": network.tables, "security_groups": network.groups}
    world_alarms.build(for_lab(endpoints, "cloudwatch"), world, period_seconds)
    (home / FILE).write_text(json.dumps(world, indent=2) + "\n")
    return world


def load(home: Path) -> dict[str, Any]:
    """Return the ids of the world built last in `home`."""
    world: dict[str, Any] = json.loads((home / FILE).read_text())
    return world
