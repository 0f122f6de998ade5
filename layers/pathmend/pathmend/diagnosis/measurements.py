"""Which figures a diagnosis wants, and how it looks one up.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.snapshot.figures import MetricQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathmend.snapshot.balancing import LoadBalancer, TargetGroup
    from pathmend.snapshot.figures import Figure
    from pathmend.snapshot.world import Snapshot

ELB = "AWS/ApplicationELB"

BALANCER_COUNTS = (
    "RequestCount",
    "HTTPCode_ELB_5XX_Count",
    "HTTPCode_ELB_502_Count",
    "HTTPCode_ELB_503_Count",
    "HTTPCode_ELB_504_Count",
)
GROUP_METRICS = (
    ("RequestCount", "Sum"),
    ("RequestCountPerTarget", "Sum"),
    ("HTTPCode_Target_5XX_Count", "Sum"),
    ("TargetConnectionErrorCount", "Sum"),
    ("TargetResponseTime", "Average"),
    ("TargetResponseTime", "Maximum"),
)
INSTANCE_METRICS = (("AWS/EC2", "CPUUtilization"), ("CWAgent", "mem_used_percent"))
MOST_INSTANCES = 100
"""A group of thousands is sampled: GetMetricData takes 500 queries a call, and the figures are evidence, not proof."""


def wanted_figures(snapshot: Snapshot, load_balancer_arn: str) -> tuple[MetricQuery, ...]:
    """Return the metrics that a diagnosis of the load balancer takes as evidence."""
    balancer = snapshot.load_balancers[load_balancer_arn]
    groups = snapshot.target_groups_of(load_balancer_arn)
    return (
        *_of_balancer(balancer, zones_of(snapshot, balancer)),
        *(query for group in groups for query in _of_group(balancer, group, zones_of(snapshot, balancer))),
        *_of_instances(groups),
    )


def zones_of(snapshot: Snapshot, balancer: LoadBalancer) -> tuple[str, ...]:
    """Return the Availability Zones that the load balancer is enabled in, in order."""
    known = (snapshot.subnets.get(subnet_id) for subnet_id in balancer.subnet_ids)
    return tuple(sorted({subnet.availability_zone for subnet in known if subnet}))


def _of_balancer(balancer: LoadBalancer, zones: Iterable[str]) -> Iterator[MetricQuery]:
    own = ("LoadBalancer", balancer.full_name)
    for name in BALANCER_COUNTS:
        yield MetricQuery(ELB, name, (own,), "Sum", balancer.full_name)
    for zone in zones:
        yield MetricQuery(ELB, "RequestCount", (("AvailabilityZone", zone), own), "Sum", zone)


def _of_group(balancer: LoadBalancer, group: TargetGroup, zones: Iterable[str]) -> Iterator[MetricQuery]:
    own = (("LoadBalancer", balancer.full_name), ("TargetGroup", group.full_name))
    for name, statistic in GROUP_METRICS:
        yield MetricQuery(ELB, name, own, statistic, group.full_name)
    for zone in zones:
        about = f"{group.full_name} in {zone}"
        yield MetricQuery(ELB, "HTTPCode_Target_5XX_Count", (("AvailabilityZone", zone), *own), "Sum", about)


def _of_instances(groups: Iterable[TargetGroup]) -> Iterator[MetricQuery]:
    instances = sorted({t.target_id for g in groups if g.kind == "instance" for t in g.targets})[:MOST_INSTANCES]
    for instance_id in instances:
        for namespace, name in INSTANCE_METRICS:
            yield MetricQuery(namespace, name, (("InstanceId", instance_id),), "Average", instance_id)


@dataclass(frozen=True, slots=True)
class Measurements:
    """The figures that were read, looked up by metric."""

    figures: Sequence[Figure] = ()

    def of(self, name: str, statistic: str | None = None) -> tuple[Figure, ...]:
        """Return the figures of a metric that have a value."""
        return tuple(
            f
            for f in self.figures
            if f.query.name == name and f.value is not None and statistic in {None, f.query.statistic}
        )

    def total(self, name: str, about: str) -> float:
        """Return the value of a metric about one thing, 0 where nothing was published: CloudWatch omits zero counts."""
        return sum(f.value or 0.0 for f in self.of(name) if f.query.about == about)
