"""Circuit breakers: where Pathmend stopped trusting itself, it waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.guardrails.decision import Mode
from pathmend.guardrails.touched import touched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.guardrails.circumstances import Circumstances
    from pathmend.guardrails.decision import Verdict
    from pathmend.plans.plan import Plan


def open_breakers(plan: Plan, circumstances: Circumstances) -> Iterator[Verdict]:
    """Yield a refusal for each breaker on something that the plan touches, and for any other that somebody is asked."""
    own = {*plan.resources, *touched(plan)}
    for breaker in circumstances.breakers:
        if breaker.until <= circumstances.now:
            continue
        incident, until = breaker.incident_id, breaker.until.isoformat()
        on = ", ".join(one for one in breaker.resources if one in own)
        cure = f"`pathmend breaker close {incident}` closes it sooner"
        if on:
            yield Mode.REPORT, f"incident {incident} opened a breaker on {on} until {until} ({breaker.reason}): {cure}"
        else:
            yield (
                Mode.ASK,
                f"nothing acts by itself while the breaker of incident {incident} is open, until {until}: {cure}",
            )
