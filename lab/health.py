"""The lab's health checks: each node probes each target by single packets; a verdict per target."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.packets import Packet, node_reaches

if TYPE_CHECKING:
    from lab.application import Application
    from lab.atlas import Atlas, Record

EPHEMERAL = (1024, 65535)
Verdict = tuple[str, str | None, str | None]
Probe = tuple[str, str, str]


@dataclass(slots=True)
class _Streak:
    """What one node last saw of one target; `count` is positive for successes and negative for failures."""

    count: int = 0
    healthy: bool | None = None
    failure: tuple[str, str] = ("", "")

    def add(self, failure: tuple[str, str] | None, group: Record) -> None:
        if failure is None:
            self.count = max(self.count, 0) + 1
        else:
            self.failure = failure
            self.count = min(self.count, 0) - 1
        if self.count >= (group["HealthyThresholdCount"] if self.healthy is not None else 1):
            self.healthy = True
        elif -self.count >= group["UnhealthyThresholdCount"]:
            self.healthy = False


@dataclass(slots=True)
class HealthChecks:
    """Streaks of each (group, node, target), and the verdicts DescribeTargetHealth shows."""

    chance: random.Random = field(default_factory=random.Random)
    _streaks: dict[Probe, _Streak] = field(default_factory=dict)
    _verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)

    def verdict(self, target_group_arn: str, target_id: str) -> Verdict | None:
        """Return state, reason and description; None for a target that was never looked at."""
        return self._verdicts.get((target_group_arn, target_id))

    def healthy(self, target_group_arn: str, target_id: str) -> bool:
        """Say whether a node may choose the target."""
        return self._verdicts.get((target_group_arn, target_id), ("",))[0] == "healthy"

    def table(self) -> dict[str, dict[str, str]]:
        """Return the states by target group and target, for people."""
        shown: dict[str, dict[str, str]] = {}
        for (group, target), (state, _, description) in self._verdicts.items():
            shown.setdefault(group, {})[target] = f"{state}: {description}" if description else state
        return shown

    def tick(self, atlas: Atlas, application: Application) -> None:
        """Run one round of checks of every target group."""
        for arn, group in atlas.target_groups.items():
            application.queues.advance(group["HealthCheckIntervalSeconds"])
            for target in atlas.targets[arn]:
                key = (arn, target["Id"])
                self._verdicts[key] = _unusable(atlas, group, target) or self._check(atlas, group, target, application)

    def _check(self, atlas: Atlas, group: Record, target: Record, application: Application) -> Verdict:
        streaks = []
        for node in atlas.nodes(group["LoadBalancerArns"][0]):
            key = (group["TargetGroupArn"], node["NetworkInterfaceId"], target["Id"])
            streak = self._streaks.setdefault(key, _Streak())
            streak.add(self._failure(atlas, node, (group, target), application), group)
            streaks.append(streak)
        return _together(streaks)

    def _failure(
        self, atlas: Atlas, node: Record, checked: tuple[Record, Record], application: Application
    ) -> tuple[str, str] | None:
        """Send one check; return reason and description of its failure, None for a success."""
        group, target = checked
        asked = group.get("HealthCheckPort", "traffic-port")
        port = int(target.get("Port") or group["Port"] if asked == "traffic-port" else asked)
        interface = target_interface(atlas, target["Id"])
        packet = Packet(node["PrivateIpAddress"], self.chance.randint(*EPHEMERAL), interface["PrivateIpAddress"], port)
        if not node_reaches(atlas, node, interface, packet):
            return "Target.Timeout", "Request timed out"
        if application.queues.waiting_seconds(target["Id"]) > group["HealthCheckTimeoutSeconds"]:
            return "Target.Timeout", "Request timed out"
        status = application.answer(target["Id"], port, group["HealthCheckPath"])
        if status is None:
            return "Target.FailedHealthChecks", "Health checks failed"
        if not matches(group["Matcher"].get("HttpCode", "200"), status):
            return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"
        return None


def _together(streaks: list[_Streak]) -> Verdict:
    """A target is unhealthy when every node thinks so; see lab/README.md on this simplification."""
    if any(streak.healthy for streak in streaks):
        return "healthy", None, None
    if streaks and all(streak.healthy is False for streak in streaks):
        return "unhealthy", *streaks[0].failure
    return "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"


def _unusable(atlas: Atlas, group: Record, target: Record) -> Verdict | None:
    if not group.get("LoadBalancerArns"):
        return "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
    if atlas.instances[target["Id"]]["State"]["Name"] != "running":
        return "unused", "Target.InvalidState", "Target is in the stopped state"
    balancer = atlas.balancers[group["LoadBalancerArns"][0]]
    zones = {one["ZoneName"] for one in balancer["AvailabilityZones"]}
    if atlas.instances[target["Id"]]["Placement"]["AvailabilityZone"] not in zones:
        return (
            "unused",
            "Target.NotInUse",
            "Target is in an Availability Zone that is not enabled for the load balancer",
        )
    return None


def target_interface(atlas: Atlas, instance_id: str) -> Record:
    """Return the first interface of an instance."""
    own = atlas.instances[instance_id]["NetworkInterfaces"][0]["NetworkInterfaceId"]
    return atlas.interfaces[own]


def matches(matcher: str, status: int) -> bool:
    """Say whether a status is among the codes of a matcher such as `200,202` or `200-299`."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False
