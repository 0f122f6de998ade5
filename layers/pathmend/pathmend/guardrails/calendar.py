"""When something may happen: weekly hours, and freezes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pathmend.guardrails.decision import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pathmend.guardrails.decision import Verdict
    from pathmend.guardrails.rules import Freeze, Hours


def within(hours: Hours, moment: datetime) -> bool:
    """Say whether a moment (aware) lies in the hours, by the clocks of their time zone, whatever those do in a night.

    Raises:
        ZoneInfoNotFoundError: there is no such time zone here; rules that were read have none of those.
    """
    local = moment.astimezone(ZoneInfo(hours.time_zone))
    clock = local.time()
    today = local.weekday() in hours.days
    if hours.start < hours.end:
        return today and hours.start <= clock < hours.end
    begun_before = (local.date() - timedelta(days=1)).weekday() in hours.days
    return (today and hours.start <= clock) or (begun_before and clock < hours.end)


def freezes_at(freezes: tuple[Freeze, ...], moment: datetime) -> Iterator[Verdict]:
    """Yield the freezes that hold at a moment."""
    for freeze in freezes:
        if freeze.begins <= moment < freeze.ends:
            yield Mode.REPORT, f"changes are frozen until {freeze.ends.isoformat()}: {freeze.reason}"
