"""How often Pathmend may change something: what the last hour's changes leave for a plan."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.guardrails.decision import Mode
from pathmend.guardrails.touched import vpc_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.guardrails.circumstances import Circumstances
    from pathmend.guardrails.decision import Verdict
    from pathmend.guardrails.rules import Limits
    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot

_HOUR = timedelta(hours=1)


def limits_reached(plan: Plan, snapshot: Snapshot, limits: Limits, circumstances: Circumstances) -> Iterator[Verdict]:
    """Yield each limit that the plan would exceed. A step counts for the first of its change's resources.

    The plan's own steps must not be among the changes of the circumstances yet.
    """
    changed = [step.change.resources[0] for step in plan.steps]
    recent = [one for one in circumstances.changed if one.at > circumstances.now - _HOUR]
    done = Counter(one.resource_id for one in recent)
    yield from _exceeded(Counter(changed), done, limits.per_resource)
    vpcs = Counter(filter(None, (vpc_of(one, snapshot) for one in changed)))
    yield from _exceeded(vpcs, Counter(one.vpc_id for one in recent), limits.per_vpc)
    if changed:
        yield from _exceeded(
            Counter({"the account": len(changed)}), Counter({"the account": len(recent)}), limits.per_account
        )


def _exceeded(wanted: Counter[str], done: Counter[str], limit: int) -> Iterator[Verdict]:
    for where, count in wanted.items():
        if done[where] + count > limit:
            words = f"{done[where]} of {limit} changes an hour were made, and the plan makes {count}"
            yield Mode.REPORT, f"the limit of {where} is reached: {words}"
