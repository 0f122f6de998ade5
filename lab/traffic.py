"""Clients: requests by single packets, round robin over the addresses of the load balancer's nodes."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.health import EPHEMERAL, HealthChecks, target_interface
from lab.packets import Packet, client_reaches, node_reaches

if TYPE_CHECKING:
    from lab.application import Application
    from lab.atlas import Atlas, Record

CLIENT_PORTS = (32768, 60999)
LISTEN = "198.51.100."
# The idle timeout of the workshop's load balancer.
IDLE_SECONDS = 15
TIMED_OUT = "client time-out"
UNAVAILABLE = "503"
GATEWAY_TIMEOUT = "504"
BAD_GATEWAY = "502"
# The target took the request and did not answer in time.
IDLE_TIMEOUT = "504 idle"


@dataclass(slots=True)
class Tally:
    """What happened to the requests of one batch: counts by (zone of the node, target group or "", outcome)."""

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def total(self, outcome: str | None = None, zone: str | None = None) -> int:
        """Return how many requests had an outcome, in a zone where one is given."""
        return sum(
            count for (at, _, what), count in self.outcomes.items() if outcome in (None, what) and zone in (None, at)
        )


@dataclass(slots=True)
class Clients:
    """Synthetic users of every load balancer."""

    chance: random.Random = field(default_factory=random.Random)

    def send(self, atlas: Atlas, balancer_arn: str, *, count: int, serving: tuple[HealthChecks, Application]) -> Tally:
        """Send `count` requests to one load balancer."""
        tally = Tally()
        nodes = atlas.nodes(balancer_arn)
        for listener in atlas.listeners[balancer_arn][:1]:
            group = atlas.target_groups[listener["DefaultActions"][0]["TargetGroupArn"]]
            for number in range(count if nodes else 0):
                node = nodes[number % len(nodes)]
                tally.outcomes[self._request(atlas, node, (listener, group), serving)] += 1
            if nodes:
                _visit(atlas, nodes, group, (serving[1], tally))
        return tally

    def _request(
        self, atlas: Atlas, node: Record, way: tuple[Record, Record], serving: tuple[HealthChecks, Application]
    ) -> tuple[str, str, str]:
        listener, group = way
        zone = atlas.zone(node["SubnetId"])
        address = LISTEN + str(self.chance.randint(1, 254))
        hello = Packet(address, self.chance.randint(*CLIENT_PORTS), node["PrivateIpAddress"], int(listener["Port"]))
        if not client_reaches(atlas, node, hello):
            return zone, "", TIMED_OUT
        target = self._choose(atlas, group, serving[0])
        if target is None:
            return zone, "", UNAVAILABLE
        return zone, group["TargetGroupArn"], self._forward(atlas, node, (group, target), serving[1])

    def _choose(self, atlas: Atlas, group: Record, health: HealthChecks) -> Record | None:
        """Round robin over the healthy targets; over all usable ones when none is healthy (fail open)."""
        arn = group["TargetGroupArn"]
        usable = [one for one in atlas.targets[arn] if (health.verdict(arn, one["Id"]) or ("unused",))[0] != "unused"]
        chosen_from = [one for one in usable if health.healthy(arn, one["Id"])] or usable
        # Not in step with the nodes, so that each pair of node and target gets its share.
        return self.chance.choice(chosen_from) if chosen_from else None

    def _forward(self, atlas: Atlas, node: Record, to: tuple[Record, Record], application: Application) -> str:
        group, target = to
        interface = target_interface(atlas, target["Id"])
        port = int(target.get("Port") or group["Port"])
        source_port = self.chance.randint(*EPHEMERAL)
        packet = Packet(node["PrivateIpAddress"], source_port, interface["PrivateIpAddress"], port)
        if not node_reaches(atlas, node, interface, packet):
            return GATEWAY_TIMEOUT
        status = application.answer(target["Id"], port, "/")
        return BAD_GATEWAY if status is None else f"target {status}"


def _visit(atlas: Atlas, nodes: tuple[Record, ...], group: Record, seen: tuple[Application, Tally]) -> None:
    """Count those of a crowd whose page comes too late for the load balancer."""
    application, tally = seen
    arn = group["TargetGroupArn"]
    for number, target in enumerate(atlas.targets[arn]):
        zone = atlas.zone(nodes[number % len(nodes)]["SubnetId"])
        if late := application.queues.given_up(target["Id"], IDLE_SECONDS):
            tally.outcomes[zone, arn, IDLE_TIMEOUT] += late
