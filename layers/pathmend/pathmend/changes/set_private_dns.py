"""Set whether a service's own names mean an interface endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing

if TYPE_CHECKING:
    from pathmend.snapshot.resources import VpcEndpoint
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetPrivateDns:
    """The private DNS names of an interface endpoint are on or off: whether its VPC asks the service by it."""

    endpoint_id: str
    enabled: bool

    kind: ClassVar[str] = "SetPrivateDns"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"ec2:ModifyVpcEndpoint"})
    source_url: ClassVar[str] = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html"

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the endpoint."""
        return (self.endpoint_id,)

    @property
    def summary(self) -> str:
        """Name the endpoint."""
        return f"turn the private DNS names of endpoint {self.endpoint_id} {_switch(on=self.enabled)}"

    def before(self, snapshot: Snapshot) -> str:
        """Say whether they are on now."""
        present = _endpoint(snapshot, self.endpoint_id).private_dns
        return f"private DNS names of {self.endpoint_id} are {_switch(on=present)}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Turn them."""
        endpoint = replace(_endpoint(snapshot, self.endpoint_id), private_dns=self.enabled)
        return snapshot.having("vpc_endpoints", endpoint)

    def inverse(self, snapshot: Snapshot) -> SetPrivateDns:
        """Return them as they are now."""
        return replace(self, enabled=_endpoint(snapshot, self.endpoint_id).private_dns)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the endpoint, unless its names are as wanted."""
        if _endpoint(snapshot, self.endpoint_id).private_dns is self.enabled:
            return ()
        wanted: dict[str, Parameter] = {"VpcEndpointId": self.endpoint_id, "PrivateDnsEnabled": self.enabled}
        return (ApiRequest("ec2", "ModifyVpcEndpoint", wanted),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: names are asked for anew, and connections have found theirs."""
        _endpoint(snapshot, self.endpoint_id)
        return ()


def _endpoint(snapshot: Snapshot, endpoint_id: str) -> VpcEndpoint:
    return existing(snapshot.vpc_endpoints, endpoint_id, what="VPC endpoint")


def _switch(*, on: bool) -> str:
    return "on" if on else "off"
