"""From approval to the end: apply, verify, undo, close. A crash between any two lines harms nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.diagnosis.diagnose import wanted_figures
from pathmend.errors import AccessDeniedError, NotFoundError, TemporaryError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.audit import audit
from pathmend.incidents.close import close_incident
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.request_approval import request_approval
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.rounds import MOST_ROUNDS
from pathmend.incidents.triage import triage
from pathmend.incidents.verify import verify_recovery
from pathmend.signals.signal import AlarmState, Compliance
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, a_workshop, fault_1, fault_2, fault_3
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


def _heal(ports):
    """Let health and alarm follow, as they do when the change helped."""
    world = ports.world.snapshot
    group = world.target_groups[TARGET_GROUP_ARN]
    healthy = tuple(replace(t, state="healthy", reason=None, description=None) for t in group.targets)
    ports.world.snapshot = world.having("target_groups", replace(group, targets=healthy))
    ports.alarms.set(ALARM_ARN, AlarmState.OK, window_seconds=180)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_approved_plan_repairs_and_recovery_is_seen(fault):
    """Applied, verified by model, health and alarm, closed as resolved, and the subject is free again."""
    ports = ports_over(fault(a_workshop()))
    incident = approved(ports)
    applied = apply_plan(incident.id, ports)
    assert (applied.outcome, applied.wait_seconds) == ("applied", 45)
    assert len(ports.executor.requests) == 1
    assert known(ports, incident.id).state is State.VERIFYING
    waiting = verify_recovery(incident.id, ports)
    assert (waiting.status, waiting.wait_seconds) == ("waiting", 45)
    _heal(ports)
    assert verify_recovery(incident.id, ports).status == "recovered"
    assert close_incident(incident.id, State.RESOLVED, "verified", ports) is State.RESOLVED
    assert ports.store.holding(LOAD_BALANCER_ARN) is None
    assert ports.notifier.published[-1].subject == f"outcome {incident.id} resolved"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_change_that_did_not_help_is_undone_exactly(fault):
    """When the time is over and the alarm still rings, the world is as it was before."""
    ports = ports_over(fault(a_workshop()))
    before = ports.world.snapshot
    incident = approved(ports)
    apply_plan(incident.id, ports)
    assert ports.world.snapshot != before
    ports.clock.advance(3_600)
    late = verify_recovery(incident.id, ports)
    assert late.status == "not_recovered"
    assert roll_back(incident.id, late.reason, ports).outcome == "rolled_back"
    assert _without_ids(ports.world.snapshot) == _without_ids(before)


def _without_ids(world):
    """Return what a rollback must restore: AWS gives a re-made association a new id."""
    tables = {
        k: replace(t, associations=tuple(sorted((a.subnet_id or "", a.main) for a in t.associations)))
        for k, t in world.route_tables.items()
    }
    return replace(world, route_tables=tables)


def test_nothing_is_applied_without_an_answer():
    """A workflow that asks for the change without an approval gets nothing."""
    ports = ports_over(fault_2(a_workshop()))
    incident = proposed(ports)
    result = apply_plan(incident.id, ports)
    assert result.outcome == "failed"
    assert ports.executor.requests == []


def test_nothing_is_applied_without_a_plan():
    """A report has no plan to apply."""
    ports = ports_over()
    _, incident = triaged(ports)
    assert apply_plan(incident.id, ports).outcome == "failed"


def test_a_rule_that_allows_acting_needs_no_answer():
    """Where the ceiling and the kind's rule say act, no person is asked."""
    ports = ports_over(fault_2(a_workshop()))
    ports.rules = Rules(ceiling=Mode.ACT, by_kind=(("ModifyMatcher", Mode.ACT),))
    _, incident = triaged(ports)
    assert ports.workflow.executions == {incident.id: "act"}
    assert apply_plan(incident.id, ports).outcome == "applied"


def test_drift_between_proposal_and_approval_refuses_the_plan():
    """Somebody changed the target group meanwhile: the approval was for another state."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    drifted = replace(group, health_check=replace(group.health_check, path="/other"))
    ports.world.snapshot = ports.world.snapshot.having("target_groups", drifted)
    result = apply_plan(incident.id, ports)
    assert (result.outcome, result.decision) == ("another_round", "ask")
    assert TARGET_GROUP_ARN in result.reason
    assert ports.executor.requests == []
    anew = known(ports, incident.id)
    assert (anew.round, anew.state, anew.answer, anew.superseded) == (2, State.OPEN, None, result.reason)
    assert ports.locks.leases == {}
    assert apply_plan(incident.id, ports) == result


def test_a_resource_that_is_gone_makes_the_plan_stale():
    """Deleted meanwhile is drift too."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.world.snapshot = replace(ports.world.snapshot, target_groups={})
    assert apply_plan(incident.id, ports).outcome == "stale"


def test_a_missing_permission_stops_and_says_which():
    """Access denied is final: the workflow undoes what was done."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.executor.fail(1, AccessDeniedError("the role lacks elasticloadbalancing:ModifyTargetGroup"))
    result = apply_plan(incident.id, ports)
    assert result.outcome == "failed"
    assert "ModifyTargetGroup" in result.reason
    undone = roll_back(incident.id, result.reason, ports)
    assert (undone.outcome, undone.reason) == ("nothing_to_undo", result.reason)
    assert ports.ledger.open_breakers == {}


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_throttled_call_is_carried_on_whether_or_not_it_took_effect(fault, after_effect):
    """The retry repeats no harm: what took effect requests nothing the second time."""
    ports = ports_over(fault(a_workshop()))
    incident = approved(ports)
    ports.executor.fail(1, TemporaryError("throttled"), after_effect=after_effect)
    with pytest.raises(TemporaryError):
        apply_plan(incident.id, ports)
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert len(known(ports, incident.id).applied) == 1
    _heal(ports)
    assert verify_recovery(incident.id, ports).status == "recovered"


def test_a_config_rule_is_asked_to_look_again_and_waited_for():
    """A NACL edit does not trigger the rule: the fix does, and compliance is a sign of its own."""
    ports = ports_over(fault_3(a_workshop()))
    incident = approved(ports, a_compliance_change())
    ports.compliance.results[(RULE, LOAD_BALANCER_ARN)] = Compliance.NON_COMPLIANT
    assert apply_plan(incident.id, ports).wait_seconds == 5
    assert ports.compliance.evaluated == [RULE]
    waiting = verify_recovery(incident.id, ports)
    assert waiting.status == "waiting"
    assert f"not compliant: {RULE}" in waiting.reason
    ports.compliance.results[(RULE, LOAD_BALANCER_ARN)] = Compliance.COMPLIANT
    assert verify_recovery(incident.id, ports).status == "recovered"


def test_another_fault_behind_the_first_starts_another_round():
    """The first repair holds, the alarm still rings, and something else is found: it is decided anew."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    _heal(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.ALARM)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    ports.clock.advance(3_600)
    result = verify_recovery(incident.id, ports)
    assert (result.status, result.decision) == ("another_round", "ask")
    second = known(ports, incident.id)
    assert (second.round, second.state, second.answer) == (2, State.OPEN, None)
    assert len(second.applied) == 1


def test_rounds_end():
    """After five rounds a person should look: what was done is undone."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    stored = known(ports, incident.id)
    ports.store.save(replace(stored, round=MOST_ROUNDS))
    _heal(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.ALARM)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    ports.clock.advance(3_600)
    assert verify_recovery(incident.id, ports).status == "not_recovered"


def test_a_rollback_leaves_alone_what_somebody_changed_since():
    """A newer hand outranks ours."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    theirs = replace(group, health_check=replace(group.health_check, matcher="200-399"))
    ports.world.snapshot = ports.world.snapshot.having("target_groups", theirs)
    result = roll_back(incident.id, "no recovery", ports)
    assert result.outcome == "rolled_back"
    assert ports.world.snapshot.target_groups[TARGET_GROUP_ARN].health_check.matcher == "200-399"
    assert result.reason == "no recovery; left alone, changed by somebody else since: success codes 200-399"
    assert "left alone" in texts(ports, incident.id)


def test_a_rollback_that_fails_says_what_to_do_by_hand():
    """The loudest outcome names the command's meaning."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    ports.executor.fail(2, AccessDeniedError("the role lacks elasticloadbalancing:ModifyTargetGroup"))
    result = roll_back(incident.id, "no recovery", ports)
    assert result.outcome == "rollback_failed"
    assert "by hand: set the health check's success codes" in result.reason


def test_a_closed_incident_keeps_its_outcome_and_is_announced_again():
    """The retry of a close whose message was lost sends the message, and changes nothing."""
    ports = ports_over()
    _, incident = triaged(ports)
    close_incident(incident.id, State.REPORTED, "the workflow's words", ports)
    assert known(ports, incident.id).reason == "nothing to repair"
    assert close_incident(incident.id, State.FAILED, "late", ports) is State.REPORTED
    assert len(ports.notifier.published) == 2


def test_what_was_not_applied_is_not_verified():
    """A step that comes at the wrong time is no reason to call anything repaired."""
    ports = ports_over()
    _, incident = triaged(ports)
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert verify_recovery(incident.id, ports).status == "not_recovered"


def test_an_audit_asks_for_every_load_balancer():
    """One request each."""
    ports = ports_over()
    assert audit(ports) == 1
    assert ports.audit_requests.requested == [LOAD_BALANCER_ARN]


def test_an_unknown_incident_is_named():
    """The error says which one and why it may be gone."""
    with pytest.raises(NotFoundError, match="retention"):
        apply_plan("nobody", ports_over())


def test_an_alarm_that_comes_late_is_told_from_a_new_fault():
    """Errors counted before the repair are no new finding; the report says when they were counted."""
    ports = ports_over(fault_3(a_workshop()))
    incident = approved(ports, a_compliance_change())
    apply_plan(incident.id, ports)
    close_incident(incident.id, State.RESOLVED, "verified", ports)
    queries = wanted_figures(ports.world.snapshot, LOAD_BALANCER_ARN)
    late_errors = {q: 23.0 for q in queries if q.name == "HTTPCode_ELB_504_Count"}
    ports.figures = replace(ports.figures, values=late_errors)
    late = an_alarm(metric="HTTPCode_ELB_5XX_Count", event_id="late")
    result, second = triaged(ports, late)
    assert second.diagnosis is not None
    assert second.diagnosis.findings == ()
    assert f"incident {incident.id} repaired" in result.reason
    close_incident(second.id, State.REPORTED, result.reason, ports)
    ports.clock.advance(3_600)
    _, third = triaged(ports, late | {"id": "much-later"})
    assert third.diagnosis is not None
    assert [f.code for f in third.diagnosis.findings] == ["GATEWAY_TIMEOUT"]


def test_what_cannot_be_read_any_more_is_not_called_open():
    """Between proposal and verification the interfaces became unreadable: that proves nothing, so it is waited."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    _heal(ports)
    world = ports.world.snapshot
    nodes = {i.id for i in world.nodes_of(world.load_balancers[LOAD_BALANCER_ARN])}
    ports.world.snapshot = replace(world, interfaces={k: v for k, v in world.interfaces.items() if k not in nodes})
    seen = verify_recovery(incident.id, ports)
    assert seen.status == "waiting"
    assert "flows on the model: unknown" in seen.reason
    ports.world.snapshot = world
    assert verify_recovery(incident.id, ports).status == "recovered"


def _recovered_beside_another_fault():
    """Return ports and an incident that was repaired and verified while another fault stood behind the first."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    _heal(ports)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    result = verify_recovery(incident.id, ports)
    assert (result.status, result.decision) == ("another_round", "ask")
    return ports, incident


def test_after_a_recovery_what_is_left_gets_a_round_of_its_own():
    """The alarm is OK again and another fault stands: it is proposed, not left for the next alarm."""
    ports, incident = _recovered_beside_another_fault()
    second = known(ports, incident.id)
    assert (second.round, second.state, second.verified) == (2, State.OPEN, 1)
    assert verify_recovery(incident.id, ports).status == "another_round"


def test_a_rollback_of_a_later_round_leaves_what_was_verified():
    """What was seen to help stays, whatever comes after it."""
    ports, incident = _recovered_beside_another_fault()
    healed = ports.world.snapshot.target_groups[TARGET_GROUP_ARN].health_check.matcher
    undone = roll_back(incident.id, "did not help", ports)
    assert undone.outcome == "nothing_to_undo"
    assert ports.world.snapshot.target_groups[TARGET_GROUP_ARN].health_check.matcher == healed


def test_a_late_recovery_of_the_alarm_withdraws_no_later_proposal():
    """The alarm's OK arrives after the round that repaired it: the next proposal is about something else."""
    ports, incident = _recovered_beside_another_fault()
    request_approval(incident.id, TOKEN, ports)
    result = triage(an_alarm("OK", event_id="late"), ports)
    assert (result.outcome, known(ports, incident.id).state) == ("noted", State.AWAITING_APPROVAL)


def test_a_recovery_with_nothing_left_that_may_be_changed_ends_it():
    """A fault that is only reported starts no round: what was repaired is repaired."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    _heal(ports)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    ports.rules = Rules(kill_switch=True)
    assert verify_recovery(incident.id, ports).status == "recovered"


def test_after_five_rounds_a_recovery_is_the_end():
    """What is left after so many rounds waits for the next signal."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    ports.store.save(replace(known(ports, incident.id), round=MOST_ROUNDS))
    _heal(ports)
    ports.world.snapshot = fault_3(ports.world.snapshot)
    assert verify_recovery(incident.id, ports).status == "recovered"
