"""Set whether a VPC resolves names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest
from pathmend.changes.lookup import existing
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Vpc
    from pathmend.snapshot.world import Snapshot

_PARAMETERS = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}


@dataclass(frozen=True, slots=True)
class SetVpcAttribute:
    """The VPC's `attribute` ("dns_support" or "dns_hostnames") is on or off. AWS takes one attribute at a time."""

    vpc_id: str
    attribute: str
    enabled: bool

    kind: ClassVar[str] = "SetVpcAttribute"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"ec2:ModifyVpcAttribute"})
    source_url: ClassVar[str] = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html"

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the VPC."""
        return (self.vpc_id,)

    @property
    def summary(self) -> str:
        """Name the attribute as AWS does."""
        return f"turn {_name(self.attribute)} {_switch(on=self.enabled)} in {self.vpc_id}"

    def before(self, snapshot: Snapshot) -> str:
        """Say whether it is on now."""
        return f"{_name(self.attribute)} of {self.vpc_id} is {_switch(on=self._present(snapshot))}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Turn it."""
        self._present(snapshot)
        vpc = _vpc(snapshot, self.vpc_id)
        if self.attribute == "dns_support":
            return snapshot.having("vpcs", replace(vpc, dns_support=self.enabled))
        return snapshot.having("vpcs", replace(vpc, dns_hostnames=self.enabled))

    def inverse(self, snapshot: Snapshot) -> SetVpcAttribute:
        """Return the attribute as it is now."""
        return replace(self, enabled=self._present(snapshot))

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the attribute, unless it is as wanted."""
        if self._present(snapshot) is self.enabled:
            return ()
        value = {"Value": self.enabled}
        return (
            ApiRequest("ec2", "ModifyVpcAttribute", {"VpcId": self.vpc_id, _PARAMETERS[self.attribute]: {**value}}),
        )

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: names are asked for anew, and connections have found theirs."""
        self._present(snapshot)
        return ()

    def _present(self, snapshot: Snapshot) -> bool:
        vpc = _vpc(snapshot, self.vpc_id)
        value = vpc.dns_support if self.attribute == "dns_support" else vpc.dns_hostnames
        if value is None:
            raise NotFoundError(f"{_name(self.attribute)} of {self.vpc_id} was not read")
        return value


def _vpc(snapshot: Snapshot, vpc_id: str) -> Vpc:
    return existing(snapshot.vpcs, vpc_id, what="VPC")


def _name(attribute: str) -> str:
    return _PARAMETERS.get(attribute, attribute)


def _switch(*, on: bool) -> str:
    return "on" if on else "off"
