"""The lab's judgement of its world by its own packets and health checks: what is broken, what changed."""

from __future__ import annotations

import hashlib
import json
import random
from functools import partial
from typing import TYPE_CHECKING, Any

from lab import atlas as atlas_reader
from lab import control, journeys, page, surroundings
from lab.clients import for_lab
from lab.health import EPHEMERAL, target_interface
from lab.packets import Packet, client_reaches, node_reaches
from lab.traffic import CLIENT_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.atlas import Atlas, Record
    from lab.emulators import Endpoints

_CLIENT = "198.51.100.7"
_SAMPLES = 200
_EDGES = (1024, 1025, 32767, 32768, 60999, 65534, 65535)


def read(endpoints: Endpoints) -> Atlas:
    """Read the network plane."""
    return atlas_reader.read(for_lab(endpoints, "ec2"), for_lab(endpoints, "elbv2"))


def complaints(endpoints: Endpoints) -> list[str]:
    """Return what is wrong with the world in words; an empty list is a healthy world."""
    world, seen = read(endpoints), control.status(endpoints)
    found = [text for arn in world.balancers for text in _network_complaints(world, arn)]
    for targets in seen["health"].values():
        found += [f"{target} is {state}" for target, state in targets.items() if state != "healthy"]
    found += page.failures(look(endpoints))
    for outcomes in seen["requests"].values():
        found += [f"{count} requests: {what}" for what, count in outcomes.items() if not what.endswith("target 200")]
    return found


def look(endpoints: Endpoints) -> dict[str, list[page.Result]]:
    """Open the page of each instance in the world as it is now."""
    make = partial(for_lab, endpoints)
    return page.Page(make).look(journeys.World(read(endpoints), surroundings.read(make)))


def _network_complaints(world: Atlas, balancer_arn: str) -> Iterator[str]:
    for listener in world.listeners[balancer_arn]:
        group = world.target_groups[listener["DefaultActions"][0]["TargetGroupArn"]]
        for node in world.nodes(balancer_arn):
            zone = world.zone(node["SubnetId"])
            lost = _lost_clients(world, node, int(listener["Port"]))
            if lost:
                yield f"clients lose {lost:.0%} of their connections to the node in {zone}"
            for target in world.targets[group["TargetGroupArn"]]:
                lost = lost_forwards(world, node, target, group)
                if lost:
                    yield f"the node in {zone} loses {lost:.0%} of its connections to {target['Id']}"


def _lost_clients(world: Atlas, node: Record, port: int) -> float:
    ports = _ports(CLIENT_PORTS)
    sent = [Packet(_CLIENT, source, node["PrivateIpAddress"], port) for source in ports]
    return sum(not client_reaches(world, node, packet) for packet in sent) / len(sent)


def lost_forwards(world: Atlas, node: Record, target: Record, group: Record) -> float:
    """Return the share of connections from a node to a target that get no answer, by sampled source ports."""
    interface = target_interface(world, target["Id"])
    port = int(target.get("Port") or group["Port"])
    ports = _ports(EPHEMERAL)
    sent = [Packet(node["PrivateIpAddress"], source, interface["PrivateIpAddress"], port) for source in ports]
    return sum(not node_reaches(world, node, interface, packet) for packet in sent) / len(sent)


def _ports(within: tuple[int, int]) -> list[int]:
    edges = [port for port in _EDGES if within[0] <= port <= within[1]]
    return edges + random.sample(range(*within), _SAMPLES)


def fingerprint(endpoints: Endpoints) -> str:
    """Return a hash of all that a repair could change in the world."""
    world, around = read(endpoints), surroundings.read(partial(for_lab, endpoints))
    content: list[Any] = [
        sorted((name, table.get("RouteTableId")) for name, table in world.tables.items()),
        *(_sorted(records.values()) for records in (world.tables, world.acls, world.groups, world.target_groups)),
        _sorted(world.balancers.values()),
        *(_sorted(records.values()) for records in (around.endpoints, around.rule_groups, around.policies)),
        _sorted(one.get("MetadataOptions") for one in world.instances.values()),
        _sorted(one.get("IamInstanceProfile") for one in world.instances.values()),
        sorted(around.resolving_vpcs),
    ]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def _sorted(records: Any) -> list[str]:  # noqa: ANN401 - describe answers
    return sorted({_text(record) for record in records})


def _text(record: Any) -> str:  # noqa: ANN401 - describe answers
    """Return a record as text that does not depend on the order in which a plane lists things."""
    return json.dumps(_ordered(record), default=str, sort_keys=True)


def _ordered(value: Any) -> Any:  # noqa: ANN401 - describe answers
    if isinstance(value, dict):
        return {key: _ordered(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((_ordered(one) for one in value), key=_text)
    return value
