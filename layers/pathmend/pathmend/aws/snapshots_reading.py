"""What was read of the world: describe answers as JSON has them, and what could not be read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import dicts
from pathmend.snapshot.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.aws.describe_calls import Items
    from pathmend.snapshot.world import Snapshot

PARENTS = {
    "VpcAttributes": "Vpcs",
    "DhcpOptions": "Vpcs",
    "Addresses": "NetworkInterfaces",
    "TransitGateways": "TransitGatewayVpcAttachments",
    "TransitGatewayAttachments": "TransitGatewayVpcAttachments",
    "TransitGatewayRouteTables": "TransitGatewayVpcAttachments",
    "TransitGatewayRoutes": "TransitGatewayRouteTables",
    "TransitGatewayRouteTableAssociations": "TransitGatewayRouteTables",
    "TransitGatewayRouteTablePropagations": "TransitGatewayRouteTables",
    "RoleDetailList": "InstanceProfiles",
    "Policies": "RoleDetailList",
    "FirewallPolicies": "Firewalls",
    "RuleGroups": "FirewallPolicies",
    "Listeners": "LoadBalancers",
    "LoadBalancerAttributes": "LoadBalancers",
    "Rules": "Listeners",
    "TargetHealthDescriptions": "TargetGroups",
    "TargetGroupAttributes": "TargetGroups",
}
"""Which kind must be read before a kind can be asked for."""


_NAMES = ("ResourceArn", "Arn", "AccountId")
"""What names a single resource that could not be read."""


@dataclass(slots=True)
class Reading:
    """Describe answers by the snapshot's keys, why a kind could not be read, and what the endpoint does not offer.

    What is not offered is as if it had not been asked for: neither read nor unread.
    """

    answers: dict[str, list[object]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    not_offered: set[str] = field(default_factory=set)

    def world(self) -> Snapshot:
        """Return the world that was read."""
        snapshot = parse(self.answers)
        return replace(snapshot, unread={**snapshot.unread, **self.unread})

    def each(self, key: str, field_name: str) -> list[str]:
        """Return the texts in a field of a kind, sorted and each once."""
        found = {item[field_name] for item in dicts(self.answers.get(key, ())) if item.get(field_name)}
        return sorted(str(text) for text in found)

    def take(self, answers: Mapping[str, Items], unread: Mapping[str, str]) -> None:
        """Add what a wave brought; an item that two calls answered is kept once."""
        self.unread.update(unread)
        for key, items in answers.items():
            if key in self.not_offered:
                continue
            known = [*self.answers.get(key, ()), *_plain(items)]
            self.answers[key] = list({json.dumps(item, sort_keys=True): item for item in known}.values())

    def lacking(self) -> list[tuple[str, str]]:
        """Return what could not be read, kinds and single resources, with the reasons."""
        single = (pair for key, items in self.answers.items() for item in dicts(items) for pair in _lacks(key, item))
        return sorted([*self.unread.items(), *single])


def _lacks(key: str, item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    why = item.get("Unread", ())
    name = next((item[field] for field in _NAMES if field in item), "")
    yield from ((f"{key} {name}", one) for one in ([why] if isinstance(why, str) else why))


def _plain(items: Items) -> list[object]:
    """Return the items as JSON has them: times as text, as the AWS CLI writes them."""
    found: list[object] = json.loads(json.dumps(items, default=_as_text))
    return found


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
