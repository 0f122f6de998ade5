"""Every call of every step, failed in every way: the world ends repaired or as before, and the incident says which."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pathmend.incidents.apply import apply_plan
from pathmend.incidents.incident import State
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.triage import triage
from tests.trouble.injected import TROUBLES, Injected, Trouble
from tests.trouble.lives import Life, approved_life, same_network, waits_for_an_answer
from tests.trouble.small_world import a_small_world, both_faults
from tests.unit.incidents.stories import an_alarm

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

BROKEN, REPAIRED = both_faults(a_small_world()), a_small_world()
NO_HARM = {State.ROLLED_BACK, State.FAILED, State.REFUSED, State.STALE}
"""How an incident may end whose world is as it was before."""


def _cured(world: Snapshot) -> bool:
    return same_network(world, REPAIRED)


def _never(_world: Snapshot) -> bool:
    return False


STORIES = {"the repair helps": _cured, "the repair does not help": _never}


@pytest.fixture(scope="module", params=STORIES)
def approved(request: pytest.FixtureRequest) -> Life:
    """Return a life that is about to be applied; each test goes on from a copy."""
    return approved_life(BROKEN, heals=STORIES[request.param])


def calls_of(approved: Life) -> list[str]:
    """Return the calls of an untroubled life, from its approval to its end."""
    life = approved.forked()
    watched = Injected(life.ports)
    life.run(watched.as_ports)
    return watched.calls


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.name)
def test_a_life_with_one_failed_call_ends_well(approved: Life, trouble: Trouble) -> None:
    """Whichever call of apply, verify, roll back and close it is: the state machine's retries and catches end it."""
    calls = calls_of(approved)
    assert len(calls) > 25, "the sweep covers nothing"
    for number, name in enumerate(calls, 1):
        life = approved.forked()
        life.run(Injected(life.ports, number, trouble).as_ports)
        if not life.incident.state.closed:
            _found_by_the_next_alarm(life, name)
        _check(life, f"{trouble.name} at call {number}, {name}")


def _found_by_the_next_alarm(life: Life, name: str) -> None:
    """Let the alarm ring much later: where even the last step may not be made, only a workflow's end is left."""
    assert next(iter(life.executions.values())).visited[-1] == "NotClosed", f"left open by {name}"
    life.ports.clock.advance(24 * 3_600)
    triage(an_alarm("ALARM", event_id="much later"), life.ports)
    life.run(until=waits_for_an_answer)


def _check(life: Life, what: str) -> None:
    """Hold the end of a life to all that is promised."""
    world, incident = life.ports.world.snapshot, life.incident
    story = f"{what}: {incident.state.value} ({incident.reason})\n{life.journal}"
    assert incident.state.closed, story
    if incident.state is State.RESOLVED:
        assert same_network(world, REPAIRED), story
    elif incident.state in NO_HARM:
        assert same_network(world, BROKEN), story
    else:
        assert incident.state is State.ROLLBACK_FAILED, story
        assert same_network(_undone_by_hand(life), BROKEN), story
    # An execution that ends there raises an alarm of its own; what it holds runs out.
    ended = "NotClosed" not in next(iter(life.executions.values())).visited
    assert life.ports.locks.leases == {} or not ended, story
    holder = life.ports.store.holding(incident.subject)
    assert holder is None or holder.id != incident.id, story
    told = [one.subject for one in life.ports.notifier.published]
    assert f"outcome {incident.id} {incident.state.value}" in told or not ended, story
    assert _recorded_once(life), story
    # A second run of any step finds nothing to do.
    requests = len(life.ports.executor.requests)
    apply_plan(incident.id, life.ports)
    roll_back(incident.id, "again", life.ports)
    assert len(life.ports.executor.requests) == requests, story
    assert life.incident.state is incident.state, story
    assert life.ports.locks.leases == {} or not ended, f"{story}\nafter a second run"


def _undone_by_hand(life: Life) -> Snapshot:
    """Return the world after a person undid exactly what the incident says is left to undo."""
    world = life.ports.world.snapshot
    for index in life.incident.outstanding:
        world = life.incident.applied[index].undo.after(world)
    return world


def _recorded_once(life: Life) -> bool:
    """Say whether each own change stands in the record once: a retry does not use up the limits."""
    counted = Counter((one.incident_id, one.resource_id) for one in life.ports.ledger.changes)
    return all(number == 1 for number in counted.values())
