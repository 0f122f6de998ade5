"""Set which subnets a load balancer has its nodes in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing

if TYPE_CHECKING:
    from pathmend.snapshot.balancing import LoadBalancer
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetLoadBalancerSubnets:
    """The Application Load Balancer is in exactly these subnets, one for each Availability Zone that it is enabled in.

    AWS takes the whole list: what is not in it is left. Of another kind of load balancer the list says too little.
    """

    load_balancer_arn: str
    subnet_ids: tuple[str, ...]

    kind: ClassVar[str] = "SetLoadBalancerSubnets"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"elasticloadbalancing:SetSubnets"})
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the load balancer and the subnets."""
        return (self.load_balancer_arn, *self.subnet_ids)

    @property
    def summary(self) -> str:
        """Name the load balancer and all its subnets."""
        name = self.load_balancer_arn.split(":loadbalancer/", 1)[-1]
        return f"set the subnets of {name} to {', '.join(self.subnet_ids)}"

    def before(self, snapshot: Snapshot) -> str:
        """Name the subnets of now."""
        return f"in {', '.join(_balancer(snapshot, self.load_balancer_arn).subnet_ids)}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the load balancer there; the interfaces of its nodes are AWS's to make and to remove."""
        balancer = _balancer(snapshot, self.load_balancer_arn)
        self._require(snapshot)
        return snapshot.having("load_balancers", replace(balancer, subnet_ids=tuple(sorted(self.subnet_ids))))

    def inverse(self, snapshot: Snapshot) -> SetLoadBalancerSubnets:
        """Return the subnets of now."""
        return replace(self, subnet_ids=_balancer(snapshot, self.load_balancer_arn).subnet_ids)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Set the whole list, unless it is as wanted."""
        balancer = _balancer(snapshot, self.load_balancer_arn)
        self._require(snapshot)
        if set(balancer.subnet_ids) == set(self.subnet_ids):
            return ()
        wanted: dict[str, Parameter] = {"LoadBalancerArn": self.load_balancer_arn, "Subnets": list(self.subnet_ids)}
        return (ApiRequest("elbv2", "SetSubnets", wanted),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Name what goes through the nodes that are taken away; a node that is added cuts nothing."""
        left = set(_balancer(snapshot, self.load_balancer_arn).subnet_ids) - set(self.subnet_ids)
        return tuple(f"connections by the load balancer's node in {subnet_id}" for subnet_id in sorted(left))

    def _require(self, snapshot: Snapshot) -> None:
        for subnet_id in self.subnet_ids:
            existing(snapshot.subnets, subnet_id, what="subnet")


def _balancer(snapshot: Snapshot, arn: str) -> LoadBalancer:
    return existing(snapshot.load_balancers, arn, what="load balancer")
