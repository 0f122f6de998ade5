"""Plan how to undo what was applied: the slots that still hold our values, newest first, with what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import NotFoundError
from pathmend.network.difference import difference
from pathmend.plans.fingerprint import fingerprint, resources_of, states_of
from pathmend.plans.no_plan import NoPlan
from pathmend.plans.outdated_health import without_outdated_health
from pathmend.plans.plan import Plan
from pathmend.plans.simulated import granted, identity, look
from pathmend.plans.steps import apply, disrupted, risk, steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.changes.change import Change
    from pathmend.plans.plan import PlannedChange
    from pathmend.snapshot.world import Snapshot


def undo_plan(applied: Sequence[PlannedChange], snapshot: Snapshot, load_balancer_arn: str) -> Plan | NoPlan:
    """Return the plan that undoes the steps (oldest first) as far as they still stand, or why there is none.

    What somebody else changed since, or took away, is listed in `leaves` and not touched. `repairs` are the present
    findings that the undo clears: our own change brought them about. `breaks` are those that it brings. Whatever it
    opens counts as beyond the need: no flow asks for it.
    """
    world = without_outdated_health(snapshot, load_balancer_arn)
    undos, left = _standing(applied, world)
    if not undos:
        return NoPlan("; ".join(("nothing is left to undo", *left)))
    return _plan(undos, left, world, load_balancer_arn)


def _standing(applied: Sequence[PlannedChange], world: Snapshot) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Return the undos that are due, newest first, and a sentence for each step that is not ours to undo any more."""
    undos: list[Change] = []
    left: list[str] = []
    for step in reversed(applied):
        try:
            if not step.undo.requests(world):
                continue
            if step.change.requests(world):
                left.append(f"left alone, changed by somebody else since: {step.change.before(world)}")
                continue
        except NotFoundError as exc:
            left.append(f"cannot be undone: {step.undo.summary} ({exc})")
            continue
        undos.append(step.undo)
        world = step.undo.after(world)
    return tuple(undos), tuple(dict.fromkeys(left))


def _plan(undos: tuple[Change, ...], left: tuple[str, ...], world: Snapshot, load_balancer_arn: str) -> Plan:
    after = apply(undos, world)
    effect = difference(world, after)
    disrupts = disrupted(undos, world)
    grants = granted(undos, None, world)
    was, will_be = look(world, load_balancer_arn), look(after, load_balancer_arn)
    breaks = tuple(one.sentence for one in will_be.findings if identity(one) not in was.identities)
    moves = bool(effect.closed or effect.rerouted or disrupts or grants)
    return Plan(
        steps=tuple(steps_of(undos, world)),
        repairs=tuple(one.sentence for one in was.findings if identity(one) not in will_be.identities),
        leaves=left,
        effect=effect,
        disrupts=disrupts,
        risk=risk(beyond=bool(effect.opened or breaks), moves=moves),
        resources=resources_of(undos, world),
        fingerprint=fingerprint(undos, world),
        beyond=effect.opened,
        grants=grants,
        breaks=breaks,
        states=states_of(undos, world),
    )
