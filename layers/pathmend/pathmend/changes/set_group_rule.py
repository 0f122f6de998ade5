"""Set whether a security group has a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv6Network
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.snapshot.protocols import ALL, TCP, UDP, name_of

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network, SecurityGroup, SecurityGroupRule
    from pathmend.snapshot.world import Snapshot

_ALL_PORTS = (0, 65535)
_Meaning: TypeAlias = "tuple[bool, str, tuple[int, int] | None, Network | str]"


@dataclass(frozen=True, slots=True)
class SetGroupRule:
    """The security group has the rule, or has it not. Rules are the same that say the same, whatever their ids."""

    group_id: str
    rule: SecurityGroupRule
    present: bool = True

    kind: ClassVar[str] = "SetGroupRule"
    iam_actions: ClassVar[frozenset[str]] = frozenset(
        {
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        }
    )
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the group, and the group or prefix list that the rule names."""
        peer = self.rule.peer
        return (self.group_id, peer) if isinstance(peer, str) and peer != self.group_id else (self.group_id,)

    @property
    def summary(self) -> str:
        """Say the rule."""
        doing = "add to {}: {}" if self.present else "remove from {}: {}"
        return doing.format(self.group_id, _words(self.rule))

    def before(self, snapshot: Snapshot) -> str:
        """Say whether the rule is there now."""
        has = "has" if self._found(snapshot) else "has not"
        return f"{self.group_id} {has}: {_words(self.rule)}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Add the rule, or take it out."""
        group, found = _group(snapshot, self.group_id), self._found(snapshot)
        if self.present is bool(found):
            return snapshot
        rules = [one for one in group.rules if one != found]
        if self.present:
            place = next((i for i, one in enumerate(rules) if _order(one) > _order(self.rule)), len(rules))
            rules.insert(place, self.rule)
        return snapshot.having("security_groups", replace(group, rules=tuple(rules)))

    def inverse(self, snapshot: Snapshot) -> SetGroupRule:
        """Return the rule as it is now: there, with its id, or not there."""
        found = self._found(snapshot)
        return replace(self, rule=found or self.rule, present=bool(found))

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Authorize or revoke the rule, unless it is as wanted; a rule is revoked by its id where that is known."""
        found = self._found(snapshot)
        if self.present is bool(found):
            return ()
        direction = "Egress" if self.rule.egress else "Ingress"
        parameters: dict[str, Parameter] = {"GroupId": self.group_id}
        if found and found.id:
            parameters["SecurityGroupRuleIds"] = [found.id]
        else:
            parameters["IpPermissions"] = [_permission(self.rule)]
        doing = "Authorize" if self.present else "Revoke"
        return (ApiRequest("ec2", f"{doing}SecurityGroup{direction}", parameters),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing for a rule that is added; one that is removed lets tracked connections go on until they end.

        Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
        """
        found = self._found(snapshot)
        if self.present or not found:
            return ()
        return (f"untracked connections of {self.group_id} by the rule: {_words(self.rule)}",)

    def _found(self, snapshot: Snapshot) -> SecurityGroupRule | None:
        rules = _group(snapshot, self.group_id).rules
        return next((one for one in rules if _meaning(one) == _meaning(self.rule)), None)


def _meaning(rule: SecurityGroupRule) -> _Meaning:
    ports = _ALL_PORTS if rule.ports is None and rule.protocol in (TCP, UDP) else rule.ports
    return rule.egress, rule.protocol, ports, rule.peer


def _order(rule: SecurityGroupRule) -> tuple[bool, int, tuple[int, int], str, str]:
    """Return the order in which groups are read."""
    return rule.egress, int(rule.protocol), rule.ports or (-1, -1), str(rule.peer), rule.id


def _words(rule: SecurityGroupRule) -> str:
    what = "all traffic" if rule.protocol == ALL else name_of(rule.protocol).upper()
    ports = "" if rule.ports is None else f" {rule.ports[0]}-{rule.ports[1]}"
    if rule.ports and rule.ports[0] == rule.ports[1]:
        ports = f" {rule.ports[0]}"
    return f"{'egress' if rule.egress else 'ingress'} {what}{ports} {'to' if rule.egress else 'from'} {rule.peer}"


def _permission(rule: SecurityGroupRule) -> Parameter:
    ends = rule.ports or (_ALL_PORTS if rule.protocol in (TCP, UDP) else None)
    permission: dict[str, Parameter] = {"IpProtocol": rule.protocol if rule.protocol == ALL else name_of(rule.protocol)}
    if ends:
        permission |= {"FromPort": ends[0], "ToPort": ends[1]}
    return permission | _peer(rule.peer)


def _peer(peer: Network | str) -> dict[str, Parameter]:
    if isinstance(peer, IPv6Network):
        return {"Ipv6Ranges": [{"CidrIpv6": str(peer)}]}
    if not isinstance(peer, str):
        return {"IpRanges": [{"CidrIp": str(peer)}]}
    if peer.startswith("pl-"):
        return {"PrefixListIds": [{"PrefixListId": peer}]}
    return {"UserIdGroupPairs": [{"GroupId": peer}]}


def _group(snapshot: Snapshot, group_id: str) -> SecurityGroup:
    return existing(snapshot.security_groups, group_id, what="security group")
