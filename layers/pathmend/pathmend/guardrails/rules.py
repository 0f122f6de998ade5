"""The rules a user sets: what may be done with which kind of change, where, when and how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pathmend.guardrails.decision import Mode

if TYPE_CHECKING:
    from datetime import datetime, time

TagPattern: TypeAlias = "tuple[str, str]"
"""A tag's key and value; the value "*" stands for any."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A weekly time: from `start` to `end` on each of the days (0 is Monday), on the clocks of an IANA time zone.

    Where `end` is not after `start`, it lasts past midnight, into the next day.
    """

    name: str
    days: tuple[int, ...]
    start: time
    end: time
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Rule:
    """A mode, and where it holds. What is empty restricts nothing; what is given must all hold.

    A rule that lets act holds only where every resource of the change carries the tags and is in the environments; one
    that holds back, where any does, or for tags what is around it: its subnets, its VPC, the load balancer. What is
    unknown never lets act, and always holds back. `hours` names one of the rules' hours.
    """

    mode: Mode
    kinds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tags: tuple[TagPattern, ...] = ()
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which nothing is changed, from `begins` until before `ends`, and why."""

    begins: datetime
    ends: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many changes may be made in an hour. A person's approval does not lift them; undoing is never counted."""

    per_resource: int = 5
    per_vpc: int = 40
    per_account: int = 100


@dataclass(frozen=True, slots=True)
class Rules:
    """What a user allows and forbids. Nothing acts by itself out of the box: what no rule is about is asked.

    `ceiling` is the account-wide mode, which nothing exceeds; `by_kind` is the mode of each kind of change: a rule
    about that kind, everywhere. Of all that holds, the strictest counts. `kill_switch` stops every change.

    `allowed` is the allow list: where it is not empty, only resources with one of its tags are touched; `excluded` ones
    never are, nor what is in or behind one. `environment_tag` is the key (in any case) of the tag that says the
    environment of a resource, of its VPC or of the load balancer. `most_opened` bounds what a plan may open beyond the
    repair, in addresses times ports. `owned_by_code` is the loosest mode for what infrastructure code owns.
    `terraform_tags` mark what Terraform owns; `terraform_states` are states to look it up in ("s3://bucket/key").
    `breaker_minutes` is how long a breaker stays open. `version` says where the rules come from and which they are.
    """

    ceiling: Mode = Mode.ASK
    by_kind: tuple[tuple[str, Mode], ...] = ()
    kill_switch: bool = False
    rules: tuple[Rule, ...] = ()
    allowed: tuple[TagPattern, ...] = ()
    excluded: tuple[TagPattern, ...] = ()
    environment_tag: str = "environment"
    hours: tuple[Hours, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    limits: Limits = field(default_factory=Limits)
    most_opened: int = 65_536
    owned_by_code: Mode = Mode.ASK
    terraform_tags: tuple[TagPattern, ...] = ()
    terraform_states: tuple[str, ...] = ()
    breaker_minutes: int = 60
    version: str = ""

    def mode_of(self, kind: str) -> Mode:
        """Return the mode of a kind of change, before the ceiling."""
        return dict(self.by_kind).get(kind, Mode.ASK)
