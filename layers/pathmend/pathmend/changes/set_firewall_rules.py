"""Set the rules of a Network Firewall rule group."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.snapshot.parse_firewall import with_record

if TYPE_CHECKING:
    from pathmend.snapshot.firewall import RuleGroup
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetFirewallRules:
    """The rule group is `rules`: its whole "RuleGroup" as AWS answers it, as JSON text.

    Every firewall policy that refers to the group follows. AWS is shown the token of the reading that the requests are
    made from, so that it refuses what somebody else changed since.
    """

    rule_group_arn: str
    rules: str

    kind: ClassVar[str] = "SetFirewallRules"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"network-firewall:UpdateRuleGroup"})
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateRuleGroup.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the rule group."""
        return (self.rule_group_arn,)

    @property
    def summary(self) -> str:
        """Name the group; the request holds its rules."""
        return f"set the rules of rule group {_name(self.rule_group_arn)} to those of sha256 {_digest(self.rules)}"

    def before(self, snapshot: Snapshot) -> str:
        """Say which rules it has now: the digest tells any two apart."""
        group = _group(snapshot, self.rule_group_arn)
        return f"rules of {_name(group.arn)}: those of sha256 {_digest(group.record)}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the rules in place, as they will be read."""
        if not self.requests(snapshot):
            return snapshot
        return snapshot.having("rule_groups", with_record(_group(snapshot, self.rule_group_arn), self.rules))

    def inverse(self, snapshot: Snapshot) -> SetFirewallRules:
        """Return the rules as they are now."""
        return replace(self, rules=_group(snapshot, self.rule_group_arn).record)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Update the group, unless it has the rules; what it is besides rules is said again, lest it be lost."""
        group = _group(snapshot, self.rule_group_arn)
        if _canonical(group.record) == _canonical(self.rules):
            return ()
        parameters: dict[str, Parameter] = {
            "RuleGroupArn": self.rule_group_arn,
            "RuleGroup": json.loads(self.rules),
            "UpdateToken": group.update_token,
            **json.loads(group.settings),
        }
        return (ApiRequest("network-firewall", "UpdateRuleGroup", parameters),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing for stateful rules, which only new flows meet; stateless ones meet every packet at once.

        Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-managing.html
        """
        group = _group(snapshot, self.rule_group_arn)
        return () if group.stateful else (f"flows that rule group {_name(group.arn)} stops from now on",)


def _group(snapshot: Snapshot, arn: str) -> RuleGroup:
    return existing(snapshot.rule_groups, arn, what="rule group")


def _canonical(record: str) -> str:
    return json.dumps(json.loads(record), sort_keys=True)


def _digest(record: str) -> str:
    return sha256(_canonical(record).encode()).hexdigest()[:12]


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
