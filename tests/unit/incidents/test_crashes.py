"""A process may die between any two lines: called again, each step ends as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.errors import AccessDeniedError
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.triage import triage
from pathmend.incidents.undo import Preview, preview, request_undo
from pathmend.incidents.verify import verify_recovery
from pathmend.signals.signal import AlarmState
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, a_workshop, fault_2, fault_3
from tests.unit.incidents.crashes import every_death
from tests.unit.incidents.stories import ALARM_ARN, an_alarm, approved, ports_over

ID = "inc-0001"


def _approved():
    """Return ports whose incident has an approved plan of two steps."""
    ports = ports_over(fault_3(fault_2(a_workshop())))
    assert approved(ports).id == ID
    ports.clock.advance(10)
    return ports


def _applied():
    ports = _approved()
    assert apply_plan(ID, ports).outcome == "applied"
    ports.clock.advance(10)
    return ports


def _resolved():
    ports = _applied()
    close_incident(ID, State.RESOLVED, "verified", ports)
    return ports


def test_applying_again_after_a_death_makes_each_change_once():
    """Whatever line it died at: two changes, two calls, two in the ledger; then it is verified."""
    wanted = _applied().world.snapshot
    deaths = 0
    for ports in every_death(lambda dying: apply_plan(ID, dying), _approved):
        deaths += 1
        assert apply_plan(ID, ports).outcome == "applied"
        incident = known(ports, ID)
        assert incident.plan
        assert (incident.state, incident.applied) == (State.VERIFYING, incident.plan.steps)
        assert ports.world.snapshot == wanted
        assert len(ports.ledger.changes) == 2
        assert len(ports.executor.requests) == 2
    assert deaths > 30


def test_undoing_after_a_death_while_applying_leaves_the_world_as_it_was():
    """The workflow gave up retrying: what was done is undone, what was not is not, and nothing is held any more."""
    before = _approved().world.snapshot
    for ports in every_death(lambda dying: apply_plan(ID, dying), _approved):
        undone = roll_back(ID, "died", ports)
        assert undone.outcome in {"rolled_back", "nothing_to_undo"}
        assert ports.world.snapshot == before
        assert (undone.outcome == "rolled_back") == (len(ports.executor.requests) > 0)
        outcome = State.ROLLED_BACK if undone.outcome == "rolled_back" else State.FAILED
        close_incident(ID, outcome, undone.reason, ports)
        assert ports.locks.leases == {}
        assert known(ports, ID).outstanding == ()


def test_undoing_again_after_a_death_undoes_each_change_once():
    """Newest first, each once; the breaker is open, and it is said to be rolled back whoever did the last call."""
    before = _approved().world.snapshot
    for ports in every_death(lambda dying: roll_back(ID, "no recovery", dying), _applied):
        assert roll_back(ID, "no recovery", ports).outcome == "rolled_back"
        assert ports.world.snapshot == before
        assert len(ports.executor.requests) == 4
        assert set(known(ports, ID).undone) == {0, 1}
        assert set(ports.ledger.open_breakers) == {ID}


def test_a_breaker_is_open_after_a_rollback_that_died_for_good():
    """The workflow gave up retrying: however much was undone by then, nobody makes the same changes at once again."""
    for ports in every_death(lambda dying: roll_back(ID, "no recovery", dying), _applied):
        ended = close_incident(ID, State.ROLLBACK_FAILED, "died", ports)
        assert ended is (State.ROLLBACK_FAILED if known(ports, ID).outstanding else State.ROLLED_BACK)
        assert set(ports.ledger.open_breakers) == {ID}


@pytest.mark.parametrize("outcome", [State.RESOLVED, State.ROLLBACK_FAILED])
def test_closing_again_after_a_death_tells_the_people(outcome):
    """Closed once, told at least once, nothing held."""
    for ports in every_death(lambda dying: close_incident(ID, outcome, "why", dying), _applied):
        assert close_incident(ID, outcome, "why", ports) is outcome
        assert ports.notifier.published[-1].subject == f"outcome {ID} {outcome.value}"
        assert ports.locks.leases == {}
        assert ports.store.holding(LOAD_BALANCER_ARN) is None
        assert set(ports.ledger.open_breakers) == ({ID} if outcome is State.ROLLBACK_FAILED else set())


def test_giving_up_again_after_a_death_tells_the_people():
    """A stranded incident is found as stranded by the next try, until it is closed and said to be."""

    def stranded():
        ports = _applied()
        ports.clock.advance(5 * 3_600)
        return ports

    for ports in every_death(lambda dying: triage(an_alarm(event_id="late"), dying), stranded):
        result = triage(an_alarm(event_id="late"), ports)
        assert result.incident_id != ID
        assert known(ports, ID).state is State.ROLLBACK_FAILED
        assert f"outcome {ID} rollback_failed" in {one.subject for one in ports.notifier.published}
        assert len([one for one in ports.store.incidents.values() if not one.state.closed]) == 1


def test_asking_again_for_an_undo_after_a_death_hands_it_over():
    """Reopened once, and the workflow told at last, whatever line the first try died at."""

    def ask(ports):
        shown = preview(ID, ports)
        fingerprint = shown.plan.fingerprint if isinstance(shown, Preview) else ""
        return request_undo(ID, "ada", fingerprint, ports)

    for ports in every_death(ask, _resolved):
        assert ask(ports).accepted
        assert known(ports, ID).state is State.ROLLING_BACK
        assert ports.workflow.rollbacks == {ID: "ada asked for it to be undone"}


def test_a_next_round_is_begun_once_whatever_line_it_died_at():
    """Drift: the second try says the same as the first would have, and the round counts once."""

    def drifted():
        ports = _approved()
        group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
        changed = replace(group, health_check=replace(group.health_check, path="/other"))
        ports.world.snapshot = ports.world.snapshot.having("target_groups", changed)
        return ports

    wanted = apply_plan(ID, drifted())
    assert wanted.outcome == "another_round"
    for ports in every_death(lambda dying: apply_plan(ID, dying), drifted):
        assert apply_plan(ID, ports) == wanted
        assert (known(ports, ID).round, ports.executor.requests, ports.locks.leases) == (2, [], {})


def test_looking_again_after_a_death_sees_the_same():
    """Verifying changes nothing but the journal and the leases, unless it begins a round."""

    def healthy():
        ports = _applied()
        world = ports.world.snapshot
        group = world.target_groups[TARGET_GROUP_ARN]
        targets = tuple(replace(t, state="healthy", reason=None, description=None) for t in group.targets)
        ports.world.snapshot = world.having("target_groups", replace(group, targets=targets))
        ports.alarms.set(ALARM_ARN, AlarmState.OK)
        return ports

    for ports in every_death(lambda dying: verify_recovery(ID, dying), healthy):
        assert verify_recovery(ID, ports).status == "recovered"


def test_a_rollback_that_is_denied_can_be_tried_again():
    """What was undone stays so; what failed is tried again, and then all is as it was."""
    before = _approved().world.snapshot
    ports = _applied()
    ports.executor.fail(3, AccessDeniedError("the role lacks ec2:ReplaceNetworkAclEntry"))
    failed = roll_back(ID, "no recovery", ports)
    assert failed.outcome == "rollback_failed"
    assert "by hand: " in failed.reason
    incident = known(ports, ID)
    (left,) = incident.outstanding
    step = incident.applied[left]
    assert step.undo_requests == step.undo.requests(ports.world.snapshot)
    assert roll_back(ID, "no recovery", ports).outcome == "rolled_back"
    assert ports.world.snapshot == before
