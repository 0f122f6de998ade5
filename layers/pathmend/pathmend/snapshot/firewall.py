"""AWS Network Firewall: firewalls with their endpoints, the policies they follow, and the rule groups of these.

Source: https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallPolicy.html and
https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_RuleGroup.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Network, Tags

Variables: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Names and what they stand for, as written, sorted by name."""


@dataclass(frozen=True, slots=True)
class Firewall:
    """A network firewall and its endpoints (vpce-), which routes lead to; `id` is its ARN."""

    id: str
    name: str
    vpc_id: str
    endpoint_ids: tuple[str, ...] = ()
    tags: Tags = ()
    policy_arn: str = ""


@dataclass(frozen=True, slots=True)
class GroupReference:
    """A policy's reference to a rule group; `only_alerts` is the override that turns a managed group's drops off."""

    arn: str
    priority: int = 0
    only_alerts: bool = False


@dataclass(frozen=True, slots=True)
class FirewallPolicy:
    """What a firewall does with packets; references stand in the order of their priority.

    `strict` is whether stateful rules are asked in their order, and not by their action. `home_net` is None where the
    policy leaves it to the firewall's VPC.
    """

    arn: str
    name: str
    stateless_groups: tuple[GroupReference, ...] = ()
    stateless_defaults: tuple[str, ...] = ()
    stateful_groups: tuple[GroupReference, ...] = ()
    stateful_defaults: tuple[str, ...] = ()
    strict: bool = False
    home_net: tuple[str, ...] | None = None
    inspects_tls: bool = False
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class SuricataText:
    """Stateful rules as text, in Suricata's language."""

    text: str


@dataclass(frozen=True, slots=True)
class DomainList:
    """Stateful rules that Network Firewall makes of domains; `kind` is "ALLOWLIST", "DENYLIST", ..."""

    kind: str
    targets: tuple[str, ...]
    target_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandardRule:
    """A stateful rule in AWS's easy form; `options` are Suricata's keywords with their settings."""

    action: str
    protocol: str
    source: str
    source_port: str
    direction: str
    destination: str
    destination_port: str
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class StatelessRule:
    """A rule for single packets; nothing named means any, and `flags` is whether TCP flags are asked for."""

    priority: int
    actions: tuple[str, ...]
    protocols: tuple[int, ...] = ()
    sources: tuple[Network, ...] = ()
    source_ports: tuple[tuple[int, int], ...] = ()
    destinations: tuple[Network, ...] = ()
    destination_ports: tuple[tuple[int, int], ...] = ()
    flags: bool = False


RuleSource: TypeAlias = "SuricataText | DomainList | tuple[StandardRule, ...] | tuple[StatelessRule, ...] | None"
"""The rules of a group, in the form they were written; None where AWS does not disclose them."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A rule group. `record` is its "RuleGroup" as AWS answered it, as JSON text, which an update takes whole.

    `ip_references` are the prefix lists, by id, that its rules name with an "@". Whoever updates the group shows
    `update_token`, and AWS refuses one that is outdated; `settings` are what it must say again, as JSON text.
    """

    arn: str
    name: str
    stateful: bool
    source: RuleSource
    ip_sets: Variables = ()
    port_sets: Variables = ()
    ip_references: tuple[tuple[str, str], ...] = ()
    record: str = "{}"
    update_token: str = ""
    tags: Tags = ()
    settings: str = "{}"
