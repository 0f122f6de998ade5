"""What happens between two lines: crashes, retries, other hands, and signs that come early, late or never."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.diagnosis.diagnose import wanted_figures
from pathmend.errors import ConflictError, PermanentError, TemporaryError
from pathmend.guardrails.rules import Rules
from pathmend.incidents.answer import answer
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.close import close_incident, outcome_of
from pathmend.incidents.incident import Channel, State, Verdict
from pathmend.incidents.journaling import known
from pathmend.incidents.request_approval import request_approval
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.triage import triage
from pathmend.incidents.verify import verify_recovery
from pathmend.signals.signal import AlarmState, Compliance
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, a_workshop, fault_1, fault_2, fault_3
from tests.fakes import FakeWorkflow, InMemoryIncidentStore
from tests.unit.incidents.stories import (
    ALARM_ARN,
    RULE,
    TOKEN,
    a_compliance_change,
    an_alarm,
    approved,
    ports_over,
    proposed,
    texts,
    triaged,
)

FAULTS = [fault_1, fault_2, fault_3]
HOUR = 3_600


class _Unreachable(FakeWorkflow):
    def start(self, incident_id, decision):
        raise TemporaryError(f"cannot start {incident_id} to {decision}")

    def answer(self, task_token, verdict):
        raise TemporaryError(f"cannot answer {task_token}: {verdict}")


def _healthy_targets(ports):
    world = ports.world.snapshot
    group = world.target_groups[TARGET_GROUP_ARN]
    healthy = tuple(replace(t, state="healthy", reason=None, description=None) for t in group.targets)
    ports.world.snapshot = world.having("target_groups", replace(group, targets=healthy))


def _with_matcher(ports, matcher):
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    changed = replace(group, health_check=replace(group.health_check, matcher=matcher))
    ports.world.snapshot = ports.world.snapshot.having("target_groups", changed)


def _press(ports, incident, verdict, who="ada"):
    fingerprint = incident.plan.fingerprint
    return answer(incident.id, verdict, who=who, channel=Channel.PAGE, fingerprint=fingerprint, ports=ports)


# Triage ---------------------------------------------------------------------------------------------------------------


def test_a_triage_that_died_before_it_handed_over_is_carried_on_by_its_retry():
    """The incident was saved with its decision and no execution was started: the retry starts it."""
    ports = ports_over(fault_2(a_workshop()))
    ports.workflow.__class__ = _Unreachable
    with pytest.raises(TemporaryError):
        triage(an_alarm(), ports)
    ports.workflow.__class__ = FakeWorkflow
    result, incident = triaged(ports)
    assert result.outcome == "joined"
    assert ports.workflow.executions == {incident.id: "ask"}


@pytest.mark.parametrize("state", ["open", "awaiting_approval", "applying", "verifying"])
def test_an_incident_whose_workflow_is_gone_lets_go_of_its_subject(state):
    """An execution that was stopped, timed out or could not close: after its time the next alarm begins anew."""
    ports = ports_over(fault_2(a_workshop()))
    left = {"open": _opened, "awaiting_approval": proposed, "applying": _stopped, "verifying": _applied}[state](ports)
    assert left.state.value == state
    ports.clock.advance(HOUR)
    assert triage(an_alarm(event_id="early"), ports).outcome == "joined"
    ports.clock.advance(2 * HOUR)
    result = triage(an_alarm(event_id="late"), ports)
    assert result.outcome == "started"
    assert result.incident_id != left.id
    given_up = known(ports, left.id)
    changed = state in {"applying", "verifying"}
    assert given_up.state is (State.ROLLBACK_FAILED if changed else State.FAILED)
    assert ports.notifier.published[-1].subject == f"outcome {left.id} {given_up.state.value}"
    assert set(ports.ledger.open_breakers) == ({left.id} if changed else set())
    assert ports.locks.leases == {}
    assert "its workflow ended without closing it" in given_up.reason
    assert ("look by hand" in given_up.reason) == changed


def _opened(ports):
    return triaged(ports)[1]


def _applied(ports):
    incident = approved(ports)
    apply_plan(incident.id, ports)
    return known(ports, incident.id)


def _stopped(ports):
    incident = approved(ports)
    ports.executor.fail(1, TemporaryError("throttled"))
    with pytest.raises(TemporaryError):
        apply_plan(incident.id, ports)
    return known(ports, incident.id)


def test_a_workflow_that_is_late_changes_nothing_of_an_incident_that_was_given_up():
    """It may wake after all: it finds the incident closed, asks nobody and applies nothing."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    close_incident(incident.id, State.FAILED, "given up", ports)
    assert apply_plan(incident.id, ports).outcome == "failed"
    assert ports.executor.requests == []
    with pytest.raises(PermanentError, match="there is nothing to ask"):
        request_approval(incident.id, "another", ports)


# Asking and answering -------------------------------------------------------------------------------------------------


def test_an_alarm_that_recovers_before_people_are_asked_asks_nobody():
    """OK between triage and the proposal withdraws it before anybody sees it."""
    ports = ports_over(fault_2(a_workshop()))
    _, incident = triaged(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert triage(an_alarm("OK", event_id="event-2"), ports).outcome == "withdrawn"
    ports.workflow.waiting.add(TOKEN)
    assert not request_approval(incident.id, TOKEN, ports)
    assert ports.workflow.answers == {TOKEN: Verdict.RECOVERED_BY_ITSELF}
    assert ports.notifier.published == []


def test_an_alarm_that_recovers_between_rounds_withdraws_nothing():
    """A change was made: the next round says what becomes of it."""
    ports = ports_over(fault_2(a_workshop()))
    _second_round(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert triage(an_alarm("OK", event_id="event-2"), ports).outcome == "noted"


@pytest.mark.parametrize("verdict", [Verdict.APPROVED, Verdict.REJECTED])
def test_a_decision_that_woke_nobody_is_carried_out_when_anybody_presses_again(verdict):
    """The save came through and the call to Step Functions did not: the next press hands the saved decision over."""
    ports = ports_over(fault_2(a_workshop()))
    incident = proposed(ports)
    ports.workflow.__class__ = _Unreachable
    with pytest.raises(TemporaryError):
        _press(ports, incident, verdict)
    ports.workflow.__class__ = FakeWorkflow
    assert "already decided" in _press(ports, incident, Verdict.REJECTED, who="bob").sentence
    assert ports.workflow.answers == {TOKEN: verdict}


def test_a_withdrawal_that_woke_nobody_is_carried_out_by_its_retry():
    """The recovery was saved and the workflow not woken: the retry of the event does."""
    ports = ports_over(fault_2(a_workshop()))
    proposed(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    ports.workflow.__class__ = _Unreachable
    with pytest.raises(TemporaryError):
        triage(an_alarm("OK", event_id="event-2"), ports)
    ports.workflow.__class__ = FakeWorkflow
    assert triage(an_alarm("OK", event_id="event-2"), ports).outcome == "noted"
    assert ports.workflow.answers == {TOKEN: Verdict.RECOVERED_BY_ITSELF}


def test_a_proposal_that_is_asked_anew_waits_for_a_new_answer():
    """A retry has a new token: an answer to the old one did not count, so it must not stand in the way."""
    ports = ports_over(fault_2(a_workshop()))
    incident = proposed(ports)
    ports.workflow.waiting.clear()
    assert not _press(ports, incident, Verdict.APPROVED).accepted
    ports.workflow.waiting.add("second")
    request_approval(incident.id, "second", ports)
    assert _press(ports, incident, Verdict.REJECTED, who="bob").accepted
    assert ports.workflow.answers == {"second": Verdict.REJECTED}


# Applying -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_a_plan_whose_answer_was_lost_is_applied_and_not_stale(fault):
    """The function saved its last word and died: the retry finds its own change and goes on to verify it."""
    ports = ports_over(fault(a_workshop()))
    incident = approved(ports)
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert len(ports.executor.requests) == 1
    assert len(known(ports, incident.id).applied) == 1


def test_a_conflict_after_the_change_is_carried_on():
    """The call took effect and the save that says so lost: the retry does not call again."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)

    class LosingTheLast(InMemoryIncidentStore):
        def save(self, saved):
            if saved.state is State.VERIFYING:
                raise ConflictError(saved.id)
            return super().save(saved)

    ports.store.__class__ = LosingTheLast
    with pytest.raises(ConflictError):
        apply_plan(incident.id, ports)
    ports.store.__class__ = InMemoryIncidentStore
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert len(ports.executor.requests) == 1


def test_what_somebody_else_repaired_meanwhile_is_not_undone_as_ours():
    """The second slot has the wanted value before our call: it is theirs, and a rollback leaves it."""
    ports = ports_over(fault_3(fault_2(a_workshop())))
    incident = approved(ports)
    assert incident.plan
    first, second = incident.plan.steps
    ports.executor.fail(1, TemporaryError("throttled"))
    with pytest.raises(TemporaryError):
        apply_plan(incident.id, ports)
    ports.world.snapshot = second.change.after(ports.world.snapshot)
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert known(ports, incident.id).applied == (first,)
    assert "already so" in texts(ports, incident.id)
    assert roll_back(incident.id, "no recovery", ports).outcome == "rolled_back"
    assert second.change.requests(ports.world.snapshot) == ()


def test_a_slot_that_somebody_changed_between_two_tries_is_not_overwritten():
    """A retry does not compare fingerprints any more: the slot itself must hold what the plan was made for."""
    ports = ports_over(fault_2(a_workshop()))
    incident = _stopped(ports)
    _with_matcher(ports, "200-204")
    requested = len(ports.executor.requests)
    result = apply_plan(incident.id, ports)
    assert result.outcome == "failed"
    assert "changed by somebody else" in result.reason
    assert len(ports.executor.requests) == requested
    roll_back(incident.id, result.reason, ports)
    assert ports.world.snapshot.target_groups[TARGET_GROUP_ARN].health_check.matcher == "200-204"


def test_the_kill_switch_stops_what_was_approved_before_it():
    """It stops every change, not only every proposal."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.rules = Rules(kill_switch=True)
    result = apply_plan(incident.id, ports)
    assert result.outcome == "refused"
    assert "the kill switch is on" in result.reason
    assert ports.executor.requests == []


# Verifying ------------------------------------------------------------------------------------------------------------


def test_a_good_repair_is_not_undone_because_its_alarm_has_no_data():
    """A count of errors is published only where there are errors: without them its alarm may never say OK."""
    ports = ports_over(fault_3(a_workshop()))
    incident = approved(ports, an_alarm(metric="HTTPCode_ELB_5XX_Count"))
    apply_plan(incident.id, ports)
    _healthy_targets(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.INSUFFICIENT_DATA)
    early = verify_recovery(incident.id, ports)
    assert early.status == "waiting"
    assert "without data: unhealthy" in early.reason
    ports.clock.advance(HOUR)
    assert verify_recovery(incident.id, ports).status == "recovered"


def test_a_good_repair_is_not_undone_because_config_is_slow():
    """An evaluation takes minutes: ten of them are no reason to break the path again."""
    ports = ports_over(fault_3(a_workshop()))
    incident = approved(ports, a_compliance_change())
    ports.compliance.results[(RULE, LOAD_BALANCER_ARN)] = Compliance.NON_COMPLIANT
    apply_plan(incident.id, ports)
    _healthy_targets(ports)
    ports.clock.advance(600)
    assert verify_recovery(incident.id, ports).status == "waiting"
    ports.clock.advance(600)
    assert verify_recovery(incident.id, ports).status == "not_recovered"


def test_a_good_repair_is_not_undone_because_of_what_it_never_promised():
    """A target that is stopped is left to a person: the path that was repaired stays repaired."""
    ports = ports_over(fault_3(a_workshop()))
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    stopped = replace(group.targets[0], state="unused", reason="Target.InvalidState", description=None)
    targets = (stopped, *(replace(t, state="healthy", reason=None) for t in group.targets[1:]))
    ports.world.snapshot = ports.world.snapshot.having("target_groups", replace(group, targets=targets))
    incident = approved(ports)
    assert incident.plan
    assert "stopped" in " ".join(incident.plan.leaves)
    apply_plan(incident.id, ports)
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert verify_recovery(incident.id, ports).status == "recovered"


def test_errors_of_the_application_excuse_no_sick_target():
    """A 5XX that targets answer is left to a person; that they are healthy is still wanted."""
    ports = ports_over(fault_3(a_workshop()))
    queries = wanted_figures(ports.world.snapshot, LOAD_BALANCER_ARN)
    ports.figures = replace(ports.figures, values={q: 9.0 for q in queries if q.name == "HTTPCode_Target_5XX_Count"})
    incident = approved(ports, an_alarm(metric="HTTPCode_Target_5XX_Count"))
    assert incident.plan
    assert "themselves answer 5XX" in " ".join(incident.plan.leaves)
    apply_plan(incident.id, ports)
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    sick = tuple(replace(t, state="unhealthy", reason="Target.Timeout") for t in group.targets)
    ports.world.snapshot = ports.world.snapshot.having("target_groups", replace(group, targets=sick))
    assert verify_recovery(incident.id, ports).status == "waiting"


def test_a_next_round_whose_answer_was_lost_is_said_again():
    """The second try must not judge the plan of the next round, which nobody has applied yet."""
    ports = ports_over(fault_2(a_workshop()))
    incident = _second_round(ports)
    again = verify_recovery(incident.id, ports)
    assert (again.status, again.decision) == ("another_round", "ask")
    assert known(ports, incident.id).round == 2


def _second_round(ports):
    incident = approved(ports)
    apply_plan(incident.id, ports)
    _healthy_targets(ports)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    ports.clock.advance(HOUR)
    assert verify_recovery(incident.id, ports).status == "another_round"
    return known(ports, incident.id)


# Ending ---------------------------------------------------------------------------------------------------------------


def test_a_plan_that_failed_before_its_first_change_is_no_rollback():
    """Nothing was changed, so nothing was undone: the incident failed."""
    ports = ports_over(fault_2(a_workshop()))
    incident = proposed(ports)
    result = roll_back(incident.id, "there is no approval", ports)
    assert (result.outcome, result.reason) == ("nothing_to_undo", "there is no approval")
    assert "nothing to undo" in texts(ports, incident.id)


@pytest.mark.parametrize("word", ["", "open", "verifying", "no such state"])
def test_a_word_that_is_no_outcome_closes_the_incident_as_failed(word):
    """An incident that is not closed would hold its subject."""
    assert outcome_of(word) is State.FAILED
    assert outcome_of("resolved") is State.RESOLVED
