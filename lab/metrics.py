"""The metrics that follow from health checks and traffic, as CloudWatch would hold them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lab.traffic import BAD_GATEWAY, GATEWAY_TIMEOUT, IDLE_TIMEOUT, TIMED_OUT, UNAVAILABLE, Tally

if TYPE_CHECKING:
    from lab.application import Application
    from lab.atlas import Atlas
    from lab.health import HealthChecks

Datum = dict[str, Any]
Dimensions = tuple[tuple[str, str], ...]
_BY_BALANCER = {UNAVAILABLE, GATEWAY_TIMEOUT, BAD_GATEWAY}


def of_traffic(balancer_arn: str, tally: Tally, application: Application, at: float) -> list[Datum]:
    """Return what one batch of requests adds to AWS/ApplicationELB; like AWS, nothing where nothing happened."""
    sums: dict[tuple[str, Dimensions], float] = {}
    for (zone, group_arn, outcome), count in tally.outcomes.items():
        for name in _names(outcome):
            for dimensions in _dimensions(balancer_arn, group_arn if _of_group(name) else "", zone):
                sums[name, dimensions] = sums.get((name, dimensions), 0.0) + count
    return [
        _summed(name, dimensions, total, at, _share(name, application)) for (name, dimensions), total in sums.items()
    ]


def of_load(atlas: Atlas, balancer_arn: str, tally: Tally, at: float) -> list[Datum]:
    """Return RequestCountPerTarget: what each target of a group got on average of the requests that were counted."""
    counts: dict[str, int] = {}
    for (_, group_arn, outcome), count in tally.outcomes.items():
        if group_arn and "RequestCount" in _names(outcome):
            counts[group_arn] = counts.get(group_arn, 0) + count
    balancer = ("LoadBalancer", short_name(balancer_arn))
    return [
        _summed("RequestCountPerTarget", (("TargetGroup", short_name(arn)), balancer), 1, at, count / targets)
        for arn, count in counts.items()
        if (targets := len(atlas.targets.get(arn, ())))
    ]


def of_health(atlas: Atlas, health: HealthChecks, at: float) -> list[Datum]:
    """Return HealthyHostCount and UnHealthyHostCount of each target group; unused targets are in neither."""
    data = []
    for arn, group in atlas.target_groups.items():
        states = [(health.verdict(arn, target["Id"]) or ("initial",))[0] for target in atlas.targets[arn]]
        for balancer in group["LoadBalancerArns"] if states else []:
            dimensions = (("TargetGroup", short_name(arn)), ("LoadBalancer", short_name(balancer)))
            data.append(_datum("HealthyHostCount", dimensions, at) | {"Value": float(states.count("healthy"))})
            data.append(_datum("UnHealthyHostCount", dimensions, at) | {"Value": float(states.count("unhealthy"))})
    return data


def of_instances(atlas: Atlas, application: Application, at: float) -> dict[str, list[Datum]]:
    """Return CPU (AWS/EC2) and memory (CWAgent) of the running instances, by namespace."""
    running = [name for name, one in atlas.instances.items() if one["State"]["Name"] == "running"]
    figures = {
        "AWS/EC2": ("CPUUtilization", application.cpu_percent),
        "CWAgent": ("mem_used_percent", application.memory_percent),
    }
    return {
        space: [
            _datum(name, (("InstanceId", instance),), at) | {"Value": value, "Unit": "Percent"} for instance in running
        ]
        for space, (name, value) in figures.items()
    }


def short_name(arn: str) -> str:
    """Return the name of a load balancer or target group as metric dimensions spell it."""
    name = arn.rpartition(":")[2]
    return name.removeprefix("loadbalancer/")


def _names(outcome: str) -> tuple[str, ...]:
    if outcome == TIMED_OUT:
        return ()
    if outcome == IDLE_TIMEOUT:
        return "RequestCount", "HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_504_Count"
    if outcome in _BY_BALANCER:
        # RequestCount counts a request only where a node could choose a target.
        counted = () if outcome == UNAVAILABLE else ("RequestCount",)
        refused = ("TargetConnectionErrorCount",) if outcome != UNAVAILABLE else ()
        return (*counted, *refused, "HTTPCode_ELB_5XX_Count", f"HTTPCode_ELB_{outcome}_Count")
    return "RequestCount", "TargetResponseTime", f"HTTPCode_Target_{outcome.split()[1][0]}XX_Count"


def _of_group(name: str) -> bool:
    return not name.startswith("HTTPCode_ELB")


def _dimensions(balancer_arn: str, group_arn: str, zone: str) -> list[Dimensions]:
    balancer, at = ("LoadBalancer", short_name(balancer_arn)), ("AvailabilityZone", zone)
    found: list[Dimensions] = [(balancer,), (balancer, at)]
    if group_arn:
        group = ("TargetGroup", short_name(group_arn))
        found += [(group, balancer), (group, balancer, at)]
    return found


def _share(name: str, application: Application) -> float:
    """What one request adds: its seconds to a time, one to a count."""
    return application.seconds if name == "TargetResponseTime" else 1.0


def _summed(name: str, dimensions: Dimensions, count: float, at: float, each: float) -> Datum:
    values = {"SampleCount": count, "Sum": count * each, "Minimum": each, "Maximum": each}
    return _datum(name, dimensions, at) | {"StatisticValues": values}


def _datum(name: str, dimensions: Dimensions, at: float) -> Datum:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
        "Timestamp": datetime.fromtimestamp(at, UTC),
    }
