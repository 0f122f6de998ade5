"""What a diagnosis says: findings with their evidence, and what was ruled out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathmend.network.ports import PortSet
    from pathmend.snapshot.resources import Network, SecurityGroupRule


class Certainty(Enum):
    """How sure a finding is: proven on the model, likely from figures, or possible."""

    PROVEN = "proven"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact, where it was read, and its value."""

    fact: str
    source: str
    value: str


@dataclass(frozen=True, slots=True)
class WrongRouteTable:
    """A subnet uses another route table than its siblings (`right_table_id`), and that breaks a flow."""

    subnet_id: str
    table_id: str
    right_table_id: str | None


@dataclass(frozen=True, slots=True)
class AclGap:
    """A network ACL drops what must pass: `ports` to or from each of `peers`.

    `needed` is the whole port range that the flow uses, `ports` the part of it that is dropped. `rule` is the deciding
    entry, "*" when no entry matches.
    """

    acl_id: str
    egress: bool
    protocol: str
    peers: tuple[Network, ...]
    ports: PortSet
    needed: PortSet
    rule: str


@dataclass(frozen=True, slots=True)
class MatcherMismatch:
    """A target answers its health check with a success code that the matcher does not list."""

    target_group_arn: str
    matcher: str
    observed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WrongHealthCheck:
    """A target group's health check asks in the wrong place; `protocol`, `port` and `path` are where it is to ask."""

    target_group_arn: str
    protocol: str
    port: str
    path: str


@dataclass(frozen=True, slots=True)
class ZoneNotEnabled:
    """A load balancer is not enabled in zones where a group has all its targets; `subnet_ids` would enable them."""

    load_balancer_arn: str
    subnet_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndpointWithoutTables:
    """A gateway endpoint is not associated with these route tables, though requests must go through it."""

    endpoint_id: str
    table_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndpointPolicyGap:
    """An endpoint's policy does not allow these actions on these resources, which the callers' own policies allow.

    `principals` are the roles that call, by ARN.
    """

    endpoint_id: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteGap:
    """Route tables lack the route to `destination` by `target`; `present` is the target of a wrong one that is there.

    `destination` is a network as text.
    """

    table_ids: tuple[str, ...]
    destination: str
    target: str
    present: str | None = None


@dataclass(frozen=True, slots=True)
class FirewallDrop:
    """A stateful rule group drops what asks for `host`; `rules` is the smallest edit of the group, as JSON text."""

    rule_group_arn: str
    host: str
    rules: str


@dataclass(frozen=True, slots=True)
class MetadataOff:
    """An instance's metadata service does not answer; `enabled` and `hop_limit` are what it needs to."""

    instance_id: str
    enabled: bool
    hop_limit: int


@dataclass(frozen=True, slots=True)
class NameResolutionOff:
    """A VPC resolves no names: `attribute` ("dns_support" or "dns_hostnames") is off."""

    vpc_id: str
    attribute: str


@dataclass(frozen=True, slots=True)
class ProfileMissing:
    """An instance lacks the instance profile that its siblings have; `present` is the other one that it has."""

    instance_id: str
    profile_arn: str
    present: str | None = None


@dataclass(frozen=True, slots=True)
class GroupGap:
    """A security group lacks a rule that a flow needs."""

    group_id: str
    rule: SecurityGroupRule


@dataclass(frozen=True, slots=True)
class PrivateNamesOff:
    """An interface endpoint's private DNS names are off, so the service's own names lead past it."""

    endpoint_id: str


@dataclass(frozen=True, slots=True)
class NoMechanicalRepair:
    """The cause is known or suspected, and no change of Pathmend's repairs it: a person decides."""

    advice: str


DependencyCause: TypeAlias = (
    EndpointWithoutTables
    | EndpointPolicyGap
    | RouteGap
    | FirewallDrop
    | MetadataOff
    | NameResolutionOff
    | ProfileMissing
    | GroupGap
    | PrivateNamesOff
)
"""What keeps a target from something that it needs."""

BalancerCause: TypeAlias = WrongRouteTable | AclGap | MatcherMismatch | WrongHealthCheck | ZoneNotEnabled
"""What is wrong with a load balancer's own paths and settings."""

Cause: TypeAlias = BalancerCause | DependencyCause | NoMechanicalRepair


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a stable code, the resource to blame, one sentence, and how that was proven.

    `needs` are the targets' needs that it stands in the way of, in words; none for the load balancer's own paths.
    """

    code: str
    resource: str
    sentence: str
    evidence: tuple[Evidence, ...]
    certainty: Certainty
    cause: Cause
    needs: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Return what identifies the finding across two diagnoses."""
        return (self.code, self.resource)


@dataclass(frozen=True, slots=True)
class RuledOut:
    """An explanation that was looked at and does not hold, with its figures."""

    what: str
    because: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, gravest first, what was ruled out, and what could not be read.

    `dependencies_unknown` is what could not be known of what the targets need: nothing about the load balancer itself.
    """

    load_balancer_arn: str
    findings: tuple[Finding, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    unknown: tuple[str, ...] = ()
    dependencies_unknown: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Say whether nothing is wrong and nothing that matters was unreadable."""
        return not self.findings and not self.unknown
