"""AWS Health: while AWS itself has an issue with a service that a plan depends on, nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.arn import place_of
from pathmend.guardrails.decision import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.guardrails.circumstances import Circumstances, ServiceEvent
    from pathmend.guardrails.decision import Verdict
    from pathmend.plans.plan import Plan

_ALWAYS = frozenset({"EC2", "VPC", "ELASTICLOADBALANCING"})
"""What every diagnosis and every verification depends on, by the names of AWS Health.

Source: https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
"""

_NAMES = {"elbv2": "ELASTICLOADBALANCING"}
_EVERYWHERE = ("", "global")


def ongoing_issues(plan: Plan, circumstances: Circumstances) -> Iterator[Verdict]:
    """Yield the open issues of the plan's services in the subject's Region, or everywhere."""
    requests = (request for step in plan.steps for request in (*step.requests, *step.undo_requests))
    services = _ALWAYS | {_bare(_NAMES.get(request.service, request.service)) for request in requests}
    region = place_of(circumstances.subject).region
    for event in circumstances.service_events:
        if _bare(event.service) in services and _there(event, region):
            what = f"{event.code}, since {event.started_at.isoformat()}"
            yield (
                Mode.REPORT,
                f"AWS Health reports an issue of {event.service} in {event.region or 'all Regions'}: {what}",
            )


def _there(event: ServiceEvent, region: str) -> bool:
    """An event counts everywhere that names no Region; all count where the subject's Region is unknown."""
    return not region or event.region == region or event.region.lower() in _EVERYWHERE


def _bare(service: str) -> str:
    return "".join(char for char in service.upper() if char.isalnum())
