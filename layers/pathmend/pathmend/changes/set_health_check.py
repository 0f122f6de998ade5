"""Set where a health check asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.balancing import HealthCheck, TargetGroup
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetHealthCheck:
    """The target group's health check asks for `path` at `port` by `protocol`: "HTTP" or "HTTPS".

    `port` is "traffic-port" or a number as text. Which answers count is the matcher's, a slot of its own.
    """

    target_group_arn: str
    protocol: str
    port: str
    path: str

    kind: ClassVar[str] = "SetHealthCheck"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"elasticloadbalancing:ModifyTargetGroup"})
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the target group."""
        return (self.target_group_arn,)

    @property
    def summary(self) -> str:
        """Name the group and what its health check will ask."""
        name = self.target_group_arn.rsplit(":", 1)[-1]
        return f"set the health check of {name} to {self.protocol} {self.port} {self.path}"

    def before(self, snapshot: Snapshot) -> str:
        """Say what the health check asks now."""
        present = self.inverse(snapshot)
        return f"health check {present.protocol} {present.port} {present.path}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Let the check ask there; what the load balancer last said of its targets stays as it was."""
        group, check = _checked(snapshot, self.target_group_arn)
        moved = replace(check, protocol=self.protocol, port=self.port, path=self.path)
        return snapshot.having("target_groups", replace(group, health_check=moved))

    def inverse(self, snapshot: Snapshot) -> SetHealthCheck:
        """Return what the check asks now."""
        _, check = _checked(snapshot, self.target_group_arn)
        return replace(self, protocol=check.protocol, port=check.port, path=str(check.path))

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the group by what is not as wanted."""
        present = self.inverse(snapshot)
        wanted: dict[str, Parameter] = {}
        if present.protocol != self.protocol:
            wanted["HealthCheckProtocol"] = self.protocol
        if present.port != self.port:
            wanted["HealthCheckPort"] = self.port
        if present.path != self.path:
            wanted["HealthCheckPath"] = self.path
        if not wanted:
            return ()
        return (ApiRequest("elbv2", "ModifyTargetGroup", {"TargetGroupArn": self.target_group_arn, **wanted}),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: a health check decides about new requests, not about connections."""
        _checked(snapshot, self.target_group_arn)
        return ()


def _checked(snapshot: Snapshot, arn: str) -> tuple[TargetGroup, HealthCheck]:
    group = existing(snapshot.target_groups, arn, what="target group")
    if group.health_check.path is None:
        raise NotFoundError(f"target group {arn} asks for no path: its health check is not one of HTTP")
    return group, group.health_check
