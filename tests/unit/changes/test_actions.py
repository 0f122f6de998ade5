"""A kind lists the permissions that it may need, and no other: what is listed, the functions' policies allow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.aws.catalogue import KINDS
from tests.unit.changes.cases import CASES
from tests.unit.changes.faults import FROM_BALANCER, furnished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.changes.change import Change
    from pathmend.snapshot.world import Snapshot

# What else a slot of the kind can be: nothing at all, something else, the other direction.
OTHERWISE: dict[str, tuple[dict[str, Any], ...]] = {
    "AssociateRouteTable": ({"route_table_id": None},),
    "SetAclEntry": ({"entry": None},),
    "SetGroupRule": ({"rule": replace(FROM_BALANCER, egress=True)},),
    "SetInstanceProfile": ({"profile_arn": None},),
    "SetRoute": ({"target": None}, {"target": "nat-a"}),
}
# No operation has their name: IAM asks for them when another operation is called.
ASKED_BESIDE = {"SetInstanceProfile": {"iam:PassRole"}}


def turns(kind: str) -> Iterator[tuple[Change, Snapshot]]:
    """Yield every value of the kind that the cases know, in worlds where its slot is otherwise."""
    for case in CASES:
        if case.change.kind == kind:
            broken = case.broken(furnished())
            values = [case.change, *(replace(case.change, **other) for other in OTHERWISE.get(kind, ()))]  # type: ignore[type-var] # every kind is a dataclass
            worlds = [broken, *(value.after(broken) for value in values)]
            yield from ((value, world) for value in values for world in worlds)
            yield from ((value.inverse(broken), value.after(broken)) for value in values)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_slot_is_set_by_one_call_at_most(kind: str) -> None:
    """A step is either done or not, never half: a rollback tells by that what is still ours."""
    calls = [len(change.requests(world)) for change, world in turns(kind)]
    assert set(calls) == {0, 1}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_lists_exactly_the_actions_that_its_values_need(kind: str) -> None:
    """Whatever a slot of it is and becomes, and back."""
    needed = {request.iam_action for change, world in turns(kind) for request in change.requests(world)}
    assert needed | ASKED_BESIDE.get(kind, set()) == KINDS[kind].iam_actions
