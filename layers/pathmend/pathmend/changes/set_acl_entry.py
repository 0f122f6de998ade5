"""Set what one rule number of a network ACL says in one direction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv6Network
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.errors import NotFoundError
from pathmend.snapshot.acl_words import describe, direction

if TYPE_CHECKING:
    from pathmend.snapshot.resources import AclEntry, NetworkAcl
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetAclEntry:
    """Rule `rule_number` of the ACL, in one direction, is `entry`; None means that there is no such rule."""

    acl_id: str
    egress: bool
    rule_number: int
    entry: AclEntry | None

    kind: ClassVar[str] = "SetAclEntry"
    iam_actions: ClassVar[frozenset[str]] = frozenset(
        {"ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAclEntry", "ec2:ReplaceNetworkAclEntry"}
    )
    source_url: ClassVar[str] = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclEntry.html"

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the ACL."""
        return (self.acl_id,)

    @property
    def summary(self) -> str:
        """Say what the rule will be."""
        return (
            f"set {direction(egress=self.egress)} rule {self.rule_number} of {self.acl_id} to: {describe(self.entry)}"
        )

    def before(self, snapshot: Snapshot) -> str:
        """Say what the rule is now."""
        return f"{direction(egress=self.egress)} rule {self.rule_number}: {describe(self._present(snapshot))}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the entry in its place."""
        acl = _acl(snapshot, self.acl_id)
        others = [e for e in acl.entries if (e.egress, e.rule_number) != (self.egress, self.rule_number)]
        entries = sorted([*others, self.entry] if self.entry else others, key=lambda e: (e.egress, e.rule_number))
        return snapshot.having("network_acls", replace(acl, entries=tuple(entries)))

    def inverse(self, snapshot: Snapshot) -> SetAclEntry:
        """Return the rule as it is now."""
        return replace(self, entry=self._present(snapshot))

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Create, replace or delete the entry, whichever the present state asks for."""
        present = self._present(snapshot)
        if present == self.entry:
            return ()
        slot: dict[str, Parameter] = {
            "NetworkAclId": self.acl_id,
            "Egress": self.egress,
            "RuleNumber": self.rule_number,
        }
        if self.entry is None:
            return (ApiRequest("ec2", "DeleteNetworkAclEntry", slot),)
        operation = "ReplaceNetworkAclEntry" if present else "CreateNetworkAclEntry"
        return (ApiRequest("ec2", operation, slot | _parameters(self.entry)),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: what a network ACL edit closes is listed as closed, and it cuts no other connection."""
        _acl(snapshot, self.acl_id)
        return ()

    def _present(self, snapshot: Snapshot) -> AclEntry | None:
        slot = (self.egress, self.rule_number)
        return next((e for e in _acl(snapshot, self.acl_id).entries if (e.egress, e.rule_number) == slot), None)


def _parameters(entry: AclEntry) -> dict[str, Parameter]:
    cidr_key = "Ipv6CidrBlock" if isinstance(entry.cidr, IPv6Network) else "CidrBlock"
    parameters: dict[str, Parameter] = {
        "Protocol": entry.protocol,
        "RuleAction": entry.action,
        cidr_key: str(entry.cidr),
    }
    if entry.ports:
        parameters["PortRange"] = {"From": entry.ports[0], "To": entry.ports[1]}
    if entry.icmp:
        parameters["IcmpTypeCode"] = {"Type": entry.icmp[0], "Code": entry.icmp[1]}
    return parameters


def _acl(snapshot: Snapshot, acl_id: str) -> NetworkAcl:
    try:
        return snapshot.network_acls[acl_id]
    except KeyError:
        raise NotFoundError(f"network ACL {acl_id} does not exist (any more)") from None
