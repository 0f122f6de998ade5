"""Undo later: a person sees what it does, asks, and the workflow undoes every round of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pathmend.errors import AccessDeniedError, NotFoundError
from pathmend.guardrails.circumstances import Breaker
from pathmend.guardrails.rules import Freeze, Limits, Rules
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.triage import triage
from pathmend.incidents.undo import Preview, preview, request_undo
from pathmend.plans.no_plan import NoPlan
from tests.builders import TARGET_GROUP_ARN, a_workshop, fault_2, fault_3
from tests.fakes import FakeWorkflow
from tests.unit.incidents.stories import an_alarm, an_audit_request, approved, ports_over, texts


def _repaired(fault=fault_3, state=State.RESOLVED):
    """Return ports, the id of an incident that repaired the fault, and the world before."""
    ports = ports_over(fault(a_workshop()))
    before = ports.world.snapshot
    incident = approved(ports)
    apply_plan(incident.id, ports)
    close_incident(incident.id, state, "verified", ports)
    ports.clock.advance(60)
    return ports, incident.id, before


def _shown(ports, incident_id):
    shown = preview(incident_id, ports)
    assert isinstance(shown, Preview), shown
    return shown


@pytest.mark.parametrize("state", [State.RESOLVED, State.PARTLY_RECOVERED])
def test_a_repair_is_undone_when_a_person_asks(state):
    """Shown, asked for, handed to the workflow, undone, closed; and the breaker lets nobody redo it at once."""
    ports, incident_id, before = _repaired(state=state)
    shown = _shown(ports, incident_id)
    assert shown.refusals == ()
    assert shown.plan.breaks
    said = request_undo(incident_id, "ada", shown.plan.fingerprint, ports)
    assert said.accepted, said
    assert ports.workflow.rollbacks == {incident_id: "ada asked for it to be undone"}
    open_again = known(ports, incident_id)
    assert (open_again.state, open_again.closed_at) == (State.ROLLING_BACK, None)
    assert triage(an_alarm(event_id="meanwhile"), ports).outcome == "joined"
    result = roll_back(incident_id, "ada asked for it to be undone", ports)
    assert (result.outcome, ports.world.snapshot) == ("rolled_back", before)
    assert close_incident(incident_id, State.ROLLED_BACK, result.reason, ports) is State.ROLLED_BACK
    assert set(ports.ledger.open_breakers) == {incident_id}
    assert ports.locks.leases == {}
    assert "ada asked" in texts(ports, incident_id)


def test_every_round_is_undone_verified_or_not():
    """What was verified was kept from a rollback by itself; a person who asks means all of it."""
    ports, incident_id, before = _repaired()
    ports.store.save(replace(known(ports, incident_id), verified=1))
    request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    roll_back(incident_id, "ada asked", ports)
    assert ports.world.snapshot == before


@pytest.mark.parametrize("state", [State.EXPIRED, State.REJECTED, State.REPORTED, State.RECOVERED_BY_ITSELF])
def test_what_earlier_rounds_changed_is_undone_however_the_last_one_ended(state):
    """Nobody said yes to the further repair: what was repaired before stays, and a person may have it undone."""
    ports, incident_id, before = _repaired(state=state)
    said = request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    assert said.accepted, said
    assert roll_back(incident_id, "ada asked", ports).outcome == "rolled_back"
    assert ports.world.snapshot == before


@pytest.mark.parametrize(
    ("state", "undone"),
    [
        (State.REJECTED, (0,)),
        (State.ROLLED_BACK, (0,)),
        (State.FAILED, (0,)),
        (State.ROLLBACK_FAILED, ()),
        (State.VERIFYING, ()),
    ],
)
def test_only_what_stands_of_an_incident_that_is_over_can_be_undone(state, undone):
    """Anything else says what it is; a rollback that failed has commands for people."""
    ports, incident_id, _ = _repaired()
    ports.store.save(replace(known(ports, incident_id), state=state, undone=undone))
    said = preview(incident_id, ports)
    assert isinstance(said, NoPlan)
    assert state.value.replace("_", " ") in said.reason
    assert not request_undo(incident_id, "ada", "", ports).accepted


def test_what_somebody_changed_since_is_not_undone():
    """There is nothing of ours left."""
    ports, incident_id, before = _repaired()
    ports.world.snapshot = before
    said = preview(incident_id, ports)
    assert isinstance(said, NoPlan)
    assert "nothing is left to undo" in said.reason


def test_a_world_that_is_gone_cannot_be_looked_at():
    """The journal is what remains."""
    ports, incident_id, _ = _repaired()
    ports.world.error = NotFoundError("load balancer is gone")
    said = preview(incident_id, ports)
    assert isinstance(said, NoPlan)
    assert "load balancer is gone, so what to undo cannot be looked at" in said.reason


def test_what_would_be_another_undo_than_was_shown_is_refused():
    """The fingerprint is of the world that the person saw."""
    ports, incident_id, _ = _repaired()
    said = request_undo(incident_id, "ada", "another", ports)
    assert (said.accepted, said.sentence) == (False, "what it would do is not what you saw any more: look at it again")
    assert ports.workflow.rollbacks == {}


def test_what_the_guardrails_forbid_is_not_undone_either():
    """A freeze holds for people, too; limits, breakers and the kill switch may be the reason to undo."""
    ports, incident_id, _ = _repaired()
    now = ports.clock.now()
    ports.ledger.open_breaker(Breaker(incident_id, "own change", ("acl-alb",), now, now + timedelta(hours=1)))
    ports.rules = Rules(kill_switch=True, limits=Limits(per_account=1))
    assert _shown(ports, incident_id).refusals == ()
    ports.rules = Rules(freezes=(Freeze(now, now + timedelta(hours=2), "release day"),))
    said = request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    assert not said.accepted
    assert "release day" in said.sentence


def test_another_incident_about_the_same_load_balancer_goes_first():
    """Two hands on one load balancer are one too many."""
    ports, incident_id, _ = _repaired(fault_2)
    triage(an_audit_request(), ports)
    said = request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    assert not said.accepted
    assert "another incident" in said.sentence
    assert known(ports, incident_id).state is State.RESOLVED


def test_who_may_not_start_the_workflow_leaves_all_as_it_was():
    """The incident is resolved as before, and its subject is free."""
    ports, incident_id, _ = _repaired()
    before = known(ports, incident_id)

    class Denied(FakeWorkflow):
        def start_rollback(self, incident_id, reason):
            raise AccessDeniedError(f"cannot start {incident_id} ({reason}): the role lacks states:StartExecution")

    ports.workflow.__class__ = Denied
    with pytest.raises(AccessDeniedError, match="StartExecution"):
        request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    after = known(ports, incident_id)
    assert replace(after, version=before.version) == before
    assert ports.store.holding(before.subject) is None


def test_asked_twice_it_is_undone_once():
    """The second one is told, and the workflow is told again, in case the first died before it was."""
    ports, incident_id, _ = _repaired()
    request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    ports.workflow.rollbacks.clear()
    again = request_undo(incident_id, "bob", "", ports)
    assert (again.accepted, again.sentence) == (True, f"incident {incident_id} is being undone already")
    assert ports.workflow.rollbacks == {incident_id: "ada asked for it to be undone"}


def test_what_a_repairs_own_workflow_undoes_is_not_asked_for_again():
    """Its rollback has no person's reason, and an execution of its own."""
    ports, incident_id, _ = _repaired()
    ports.store.save(replace(known(ports, incident_id), state=State.ROLLING_BACK, reason=""))
    said = request_undo(incident_id, "bob", "", ports)
    assert (said.accepted, ports.workflow.rollbacks) == (False, {})


def test_what_somebody_changes_between_the_request_and_the_rollback_is_left_alone():
    """Each slot is looked at again when its turn comes."""
    ports, incident_id, _ = _repaired(fault_2)
    request_undo(incident_id, "ada", _shown(ports, incident_id).plan.fingerprint, ports)
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    theirs = replace(group, health_check=replace(group.health_check, matcher="200-499"))
    ports.world.snapshot = ports.world.snapshot.having("target_groups", theirs)
    assert roll_back(incident_id, "ada asked", ports).outcome == "rolled_back"
    assert ports.world.snapshot.target_groups[TARGET_GROUP_ARN].health_check.matcher == "200-499"
