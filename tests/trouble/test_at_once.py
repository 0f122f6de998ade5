"""Steps that run at the same moment: one goes on to its n-th call, the other runs through, the first one carries on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from pathmend.errors import PathmendError
from pathmend.guardrails.rules import Rules
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.incident import State
from pathmend.incidents.roll_back import roll_back
from tests.trouble.injected import Injected, Trouble
from tests.trouble.lives import Life, approved_life, same_network
from tests.trouble.small_world import a_small_world, both_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.incidents.ports import Ports
    from pathmend.snapshot.world import Snapshot

BROKEN, REPAIRED = both_faults(a_small_world()), a_small_world()


def _never(_world: Snapshot) -> bool:
    return False


@pytest.fixture(scope="module")
def approved() -> Life:
    """Return a life that is about to be applied, and will not help."""
    return approved_life(BROKEN, heals=_never)


@pytest.fixture(scope="module")
def applied(approved: Life) -> Life:
    """Return a life that is applied and about to be undone."""
    life = approved.forked()
    life.run(until=lambda one: one.state == "RollBack")
    assert same_network(life.ports.world.snapshot, REPAIRED)
    return life


def _undo(life: Life, ports: Ports | None = None) -> None:
    roll_back(life.incident.id, "at once", ports or life.ports)


def _apply(life: Life, ports: Ports | None = None) -> None:
    apply_plan(life.incident.id, ports or life.ports)


def _calls(life: Life, step: Callable[[Life, Ports], None]) -> int:
    watched = Injected(life.ports)
    step(life, watched.as_ports)
    return len(watched.calls)


def _cut_in(life: Life, number: int, *, step: Callable[..., None], other: Callable[..., None]) -> None:
    """Run a step whose n-th call finds that the other one just ran through; either may be turned away."""

    def meanwhile() -> None:
        with suppress(PathmendError):
            other(life)

    with suppress(PathmendError):
        step(life, Injected(life.ports, number, Trouble("cut in", meanwhile=meanwhile)).as_ports)


def _check(life: Life, what: str, *, late: bool = False) -> None:
    """Carry the life on to its end: the world is as before, and it says so.

    What is late may take leases once more, after they were given back: those run out by themselves.
    """
    life.run()
    story = f"{what}: {life.incident.state.value} ({life.incident.reason})\n{life.journal}"
    assert same_network(life.ports.world.snapshot, BROKEN), story
    assert life.incident.state in {State.ROLLED_BACK, State.FAILED, State.REFUSED}, story
    assert late or life.ports.locks.leases == {}, story


def test_two_rollbacks_at_once_undo_once(applied: Life) -> None:
    """A function that was given up runs on beside its successor."""
    for number in range(1, _calls(applied.forked(), _undo) + 1):
        life = applied.forked()
        _cut_in(life, number, step=_undo, other=_undo)
        assert len(life.ports.executor.requests) <= 2 * 2 + 1, f"call {number}"
        _check(life, f"two rollbacks, call {number}")


def test_a_rollback_beside_a_late_apply_has_the_last_word(approved: Life) -> None:
    """Apply was given up, undone and closed; whatever of it still runs must not change anything any more.

    Only a call that is on its way at that moment cannot be stopped: the machine waits for it before it undoes.
    """
    watched = Injected(approved.forked().ports)
    apply_plan(approved.incident.id, watched.as_ports)
    for number, name in enumerate(watched.calls, 1):
        life = approved.forked()

        def give_up(life: Life = life) -> None:
            (execution,) = life.executions.values()
            execution.state, execution.input = "RollBack", {"reason": "apply did not answer"}
            life.run()

        with suppress(PathmendError):
            apply_plan(life.incident.id, Injected(life.ports, number, Trouble("given up", meanwhile=give_up)).as_ports)
        if name != "executor.call":
            _check(life, f"given up at call {number}, {name}", late=True)


def test_an_apply_beside_a_rollback_changes_nothing(applied: Life) -> None:
    """A late apply finds an incident that is being undone."""
    for number in range(1, _calls(applied.forked(), _undo) + 1):
        life = applied.forked()
        _cut_in(life, number, step=_undo, other=_apply)
        _check(life, f"apply within roll back, call {number}")


def test_an_apply_after_the_rollback_changes_nothing(applied: Life) -> None:
    """The answer of before does not count any more."""
    life = applied.forked()
    _undo(life)
    requests = len(life.ports.executor.requests)
    apply_plan(life.incident.id, life.ports)
    assert len(life.ports.executor.requests) == requests
    _check(life, "apply after roll back")


def test_the_kill_switch_between_two_steps_has_what_is_begun_undone(approved: Life) -> None:
    """At whichever call somebody pulls it: it is all made or, where a step was still to come, all undone."""
    for number in range(1, _calls(approved.forked(), _apply) + 1):
        life = approved.forked()

        def pull(life: Life = life) -> None:
            life.ports.rules = Rules(kill_switch=True)

        life.run(Injected(life.ports, number, Trouble("pulled", meanwhile=pull)).as_ports)
        _check(life, f"kill switch at call {number}")
