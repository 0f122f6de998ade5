"""Thousands of histories of two load balancers behind one ACL: in whatever order it comes, what must hold holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pathmend.incidents.incident import State
from tests.trouble.extent import WHOLE
from tests.trouble.happenings import REPEATED, play_out
from tests.trouble.interplay import NUMBERS, Interplay, incidents_of
from tests.trouble.remediation import states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathmend.incidents.incident import Incident
    from tests.trouble.watched import Edit

HISTORIES, LENGTH = (10_000 if WHOLE else 500), 40

KEPT = {State.RESOLVED, State.PARTLY_RECOVERED}
"""How an incident may end whose last change stands."""

_played = {"histories": 0, "happened": 0}


@settings(
    max_examples=HISTORIES,
    deadline=None,
    database=None,
    # What `make test` says of a commit it says again; the whole trouble looks elsewhere each time.
    derandomize=not WHOLE,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(st.binary(min_size=2 * LENGTH, max_size=2 * LENGTH))
def _every_history(history: bytes) -> None:
    play = Interplay()
    play_out(play, history)
    play.settle()
    _played["histories"] += 1
    _played["happened"] += len(play.happened)
    try:
        check(play)
    except AssertionError as exc:
        raise AssertionError(f"{exc}\n{told(play)}") from exc


def test_no_history_breaks_a_promise() -> None:
    """Duplicate, late and reordered events, answers, expiries, edits by others, crashes and calls that cut in."""
    _every_history()
    assert _played["histories"] >= HISTORIES
    assert _played["happened"] >= LENGTH * HISTORIES


def check(play: Interplay) -> None:
    """Hold a settled history to every promise."""
    incidents = list(incidents_of(play))
    for incident in incidents:
        _check_ending(play, incident)
        _check_changes(play, incident)
    _check_others(play.world.edits)
    _check_once(play)
    _check_nothing_is_lost(play, {one.id: one for one in incidents})
    assert play.ports.locks.leases == {}, f"left behind: {play.ports.locks.leases}"


def _check_ending(play: Interplay, incident: Incident) -> None:
    assert incident.state.closed, f"{incident.id} is left {incident.state.value}"
    assert play.store.holding(incident.subject) is None
    told_of = f"outcome {incident.id} {incident.state.value}"
    stopped = any(one.stopped for one in play.executions.values() if one.given["incident_id"] == incident.id)
    assert stopped or any(one.subject == told_of for one in play.ports.notifier.published), (
        f"nobody was told: {told_of}"
    )
    assert incident.id in play.executions, f"{incident.id} never had an execution"


def _check_changes(play: Interplay, incident: Incident) -> None:
    """Hold the incident to the world: what it did stands, was undone, or is said to stand."""
    own = [one for one in play.world.edits if one.incident_id == incident.id]
    if any(one.applied for one in own):
        assert (incident.id, own[0].round) in play.store.approved, f"{incident.id} changed what nobody approved"
    for number in {one.number for one in own}:
        last = [one for one in play.world.edits if one.number == number][-1]
        stands = last.incident_id == incident.id and last.applied
        if stands and incident.state not in KEPT:
            assert incident.state is State.ROLLBACK_FAILED or last.round < incident.round, (
                f"{incident.id} is {incident.state.value}, and its change of {number} stands"
            )


def _check_others(edits: Sequence[Edit]) -> None:
    """Hold every edit to what it found: nobody else's change is overwritten that could be seen."""
    for index, edit in enumerate(edits):
        if not edit.incident_id or edit.unseen:
            continue
        before = [one for one in edits[:index] if one.number == edit.number]
        if edit.step == "RollBack":
            # What others set to the very same value again cannot be told from ours.
            made = [one.after for one in before if one.incident_id == edit.incident_id and one.applied]
            assert edit.before in made, f"{edit} undoes what {before[-1]} made of it"
        elif before and not before[-1].incident_id:
            again = [one for one in before if (one.incident_id, one.round) == (edit.incident_id, edit.round)]
            assert not again, f"{edit} is made again over {before[-1]}"


def _check_once(play: Interplay) -> None:
    assert play.store.violations == []
    for (incident_id, number, _), times in play.store.begun.items():
        assert times == 1, f"round {number} of {incident_id} was begun {times} times"
    for (incident_id, token), verdicts in play.accepted.items():
        assert len(verdicts) == 1, f"{incident_id}: two decisions about one proposal: {verdicts}"
        given_over = play.ports.workflow.answers.get(token)
        assert given_over in verdicts, f"{incident_id}: {verdicts} was accepted and {given_over} handed over"


def _check_nothing_is_lost(play: Interplay, incidents: dict[str, Incident]) -> None:
    for event_id, result in play.results:
        assert result.outcome in {"started", "joined", "withdrawn", "noted", "ignored"}, result
        assert result.reason, result
        if result.outcome in {"started", "joined"}:
            assert result.incident_id
            triggers = {one.event_id for one in incidents[result.incident_id].triggers}
            assert event_id in triggers, f"{event_id} is not in {result.incident_id}"


def told(play: Interplay) -> str:
    """Return the history as a person reads it."""
    lines = [*play.happened, "--"]
    for incident in incidents_of(play):
        lines.append(f"{incident.id} {incident.subject[-40:]} {incident.state.value}: {incident.reason}")
        lines += [f"    {one.stage}: {one.text}" for one in play.ports.store.journal(incident.id)]
    lines += [f"{one}" for one in play.world.edits]
    lines += [f"{name}: {' '.join(one.visited)}" for name, one in play.executions.items()]
    return "\n".join(lines)


@pytest.mark.parametrize("name", REPEATED)
def test_the_steps_that_are_called_again_are_steps_of_the_machine(name: str) -> None:
    """A step that was renamed would never be met by this trouble."""
    assert name in states()


def test_the_two_balancers_have_rules_of_their_own() -> None:
    """Otherwise the two would have one fault, and one incident would repair both."""
    assert len(set(NUMBERS.values())) == len(NUMBERS)
