"""What a decision depends on beside the plan and its world: the time, what Pathmend did lately, who owns what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pathmend.guardrails.ownership import Owned


@dataclass(frozen=True, slots=True)
class OwnChange:
    """One change that Pathmend made to one resource; `vpc_id` is empty where the resource belongs to no VPC."""

    incident_id: str
    subject: str
    resource_id: str
    vpc_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Breaker:
    """Why Pathmend stopped trusting itself about some resources, and until when a person's look is wanted."""

    incident_id: str
    reason: str
    resources: tuple[str, ...]
    opened_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ServiceEvent:
    """An AWS Health event of the category "issue" that is open: `service` and `code` as AWS Health spells them.

    `entities` are the only resources that it is about, as ids or ARNs; where there are none, everybody is concerned.
    """

    arn: str
    service: str
    code: str
    region: str
    started_at: datetime
    entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that is known of the moment of a decision about a subject (a load balancer's ARN).

    `quiet` is why the alarm's own actions are held back. `changed` are own changes of the last hour and before,
    `breakers` those that are open now, `service_events` those that are open now in the subject's Region.
    """

    subject: str
    now: datetime
    quiet: str | None = None
    changed: tuple[OwnChange, ...] = ()
    breakers: tuple[Breaker, ...] = ()
    service_events: tuple[ServiceEvent, ...] = ()
    owned: Owned | None = None
