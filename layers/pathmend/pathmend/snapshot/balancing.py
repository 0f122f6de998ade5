"""Load balancers and their targets as values; see `resources` for what they stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Tags


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A load balancer. `full_name` is the CloudWatch dimension: app/NAME/ID. `dns_name` is empty where not said."""

    arn: str
    name: str
    kind: str
    scheme: str
    vpc_id: str
    state: str
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...] = ()
    tags: Tags = ()
    dns_name: str = ""

    @property
    def full_name(self) -> str:
        """Return the value of CloudWatch's LoadBalancer dimension."""
        return self.arn.split(":loadbalancer/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener, its protocol and port, and the target groups that its default action and rules forward to."""

    arn: str
    load_balancer_arn: str
    protocol: str
    port: int
    target_group_arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a target group checks its targets. `port` is "traffic-port" or a number as text."""

    protocol: str
    port: str
    path: str | None = None
    matcher: str | None = None
    interval_seconds: int = 30
    timeout_seconds: int = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """One registered target and what the load balancer last said about it."""

    target_id: str
    port: int | None
    state: str
    reason: str | None = None
    description: str | None = None
    availability_zone: str | None = None


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """A target group with its health check and its targets. `full_name` is the CloudWatch dimension.

    Without `targets_read` its targets were not described: that there are none then proves nothing.
    """

    arn: str
    name: str
    kind: str
    protocol: str
    port: int | None
    vpc_id: str | None
    health_check: HealthCheck
    load_balancer_arns: tuple[str, ...] = ()
    targets: tuple[TargetHealth, ...] = field(default=())
    tags: Tags = ()
    # Not part of the state that a plan is bound to, which is what the group is and not what was read of it.
    targets_read: bool = field(default=True, repr=False)

    @property
    def full_name(self) -> str:
        """Return the value of CloudWatch's TargetGroup dimension."""
        return self.arn.rsplit(":", 1)[-1]
