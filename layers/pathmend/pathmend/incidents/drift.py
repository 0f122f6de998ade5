"""Drift: what a plan touches is not any more as it was when the plan was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.plans.fingerprint import drifted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.plans.plan import Plan
    from pathmend.snapshot.world import Snapshot


def drift(plan: Plan, snapshot: Snapshot) -> str | None:
    """Say what changed since the plan was made, or None when all is as it was."""
    changed = drifted(plan, snapshot)
    if not changed:
        return None
    said = "; ".join(_differences(plan, snapshot)) or "not what is to be set, but what it was judged by"
    return f"{', '.join(changed)} changed since the plan was made: {said}"


def _differences(plan: Plan, world: Snapshot) -> Iterator[str]:
    """Yield what each slot was and is, seen from the world that the steps before leave."""
    for step in plan.steps:
        try:
            present = step.change.before(world)
            world = step.change.after(world)
        except NotFoundError as exc:
            yield str(exc)
            return
        if present != step.before:
            yield f"{present}; it was planned for: {step.before}"
