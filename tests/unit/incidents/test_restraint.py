"""What holds an approved plan back at the last moment: leases, drift, and what the guardrails say by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pathmend.errors import ConflictError, NotFoundError, PermanentError
from pathmend.guardrails.circumstances import Breaker, OwnChange
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Freeze, Limits, Rules
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.breakers import close_breaker
from pathmend.incidents.close import close_incident
from pathmend.incidents.drift import drift
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.leases import LEASE, LONGEST_WAIT
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.rounds import MOST_ROUNDS
from pathmend.incidents.stranded import stranded
from pathmend.incidents.triage import triage
from pathmend.incidents.verify import verify_recovery
from tests.builders import LOAD_BALANCER_ARN, TARGET_GROUP_ARN, VPC_ID, a_workshop, fault_1, fault_2, fault_3
from tests.fakes import FakeComplianceRules, FakeOwnership, FakePorts
from tests.unit.incidents.stories import a_compliance_change, an_alarm, approved, ports_over, texts, triaged

ACTING = Rules(ceiling=Mode.ACT, by_kind=(("ModifyMatcher", Mode.ACT),))


def _with_matcher(ports, matcher):
    group = ports.world.snapshot.target_groups[TARGET_GROUP_ARN]
    changed = replace(group, health_check=replace(group.health_check, matcher=matcher))
    ports.world.snapshot = ports.world.snapshot.having("target_groups", changed)


def _held_by_another(ports, *resources):
    ports.locks.hold(resources or [TARGET_GROUP_ARN], "inc-other", until=ports.clock.now() + timedelta(days=1))


# Leases ---------------------------------------------------------------------------------------------------------------


def test_who_finds_a_resource_held_waits_and_then_goes_on():
    """Another incident is changing the target group: nothing is read or called until it lets go."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    _held_by_another(ports)
    reads = ports.world.reads
    for _ in range(2):
        busy = apply_plan(incident.id, ports)
        assert (busy.outcome, busy.wait_seconds) == ("busy", 30)
        assert "inc-other" in busy.reason
    assert (ports.world.reads, ports.executor.requests) == (reads, [])
    assert texts(ports, incident.id).count("waiting: incident inc-other") == 1
    ports.locks.release([TARGET_GROUP_ARN], "inc-other")
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert known(ports, incident.id).waiting_since is None
    assert ports.locks.leases[TARGET_GROUP_ARN] == (incident.id, ports.clock.now() + LEASE)


def test_an_hour_of_waiting_is_enough():
    """By then the world has moved on: the plan is refused, and all along the incident was not taken for stranded."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.clock.advance(3_000)
    _held_by_another(ports)
    assert apply_plan(incident.id, ports).outcome == "busy"
    ports.clock.advance(LONGEST_WAIT.total_seconds())
    assert not stranded(known(ports, incident.id), ports.clock.now() + timedelta(minutes=50))
    refused = apply_plan(incident.id, ports)
    assert refused.outcome == "refused"
    assert "for an hour: nothing was changed" in refused.reason
    assert close_incident(incident.id, State.REFUSED, refused.reason, ports) is State.REFUSED
    assert ports.locks.leases[TARGET_GROUP_ARN][0] == "inc-other"


def test_a_lease_that_ran_out_half_way_stops_and_undoes():
    """The process slept so long that another incident took the second resource: what was done is undone."""
    ports = ports_over(fault_3(fault_2(a_workshop())))
    before = ports.world.snapshot
    incident = approved(ports)
    assert incident.plan
    first, second = incident.plan.steps
    ports.executor.fail(2, ConflictError("busy"))
    with pytest.raises(ConflictError):
        apply_plan(incident.id, ports)
    ports.clock.advance(LEASE.total_seconds() + 1)
    _held_by_another(ports, second.change.resources[0])
    stopped = apply_plan(incident.id, ports)
    assert stopped.outcome == "failed"
    assert "the leases ran out" in stopped.reason
    busy = roll_back(incident.id, stopped.reason, ports)
    assert (busy.outcome, busy.wait_seconds, busy.reason) == ("busy", 30, stopped.reason)
    ports.locks.release([second.change.resources[0]], "inc-other")
    assert roll_back(incident.id, stopped.reason, ports).outcome == "rolled_back"
    assert ports.world.snapshot == before
    assert first in known(ports, incident.id).applied


def test_a_rollback_that_waits_an_hour_is_left_to_a_person():
    """What another holds for so long must be undone by hand, and is still listed as outstanding."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    ports.clock.advance(LEASE.total_seconds() + 1)
    _held_by_another(ports)
    assert roll_back(incident.id, "no recovery", ports).outcome == "busy"
    ports.clock.advance(LONGEST_WAIT.total_seconds())
    late = roll_back(incident.id, "no recovery", ports)
    assert late.outcome == "rollback_failed"
    assert "inc-other has held the same resources" in late.reason
    assert known(ports, incident.id).outstanding == (0,)


def test_verifying_renews_the_leases_or_says_that_it_cannot():
    """While it is looked whether a change helped, nobody else changes the same resource."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    until = ports.clock.advance(100) + LEASE
    verify_recovery(incident.id, ports)
    assert ports.locks.leases[TARGET_GROUP_ARN] == (incident.id, until)
    ports.clock.advance(LEASE.total_seconds() + 1)
    _held_by_another(ports)
    verify_recovery(incident.id, ports)
    assert "inc-other is changing the same resources" in texts(ports, incident.id)


# Drift ----------------------------------------------------------------------------------------------------------------


def test_what_drifted_is_said_with_what_it_was():
    """Whoever approved must understand why it was not done."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    _with_matcher(ports, "200-204")
    result = apply_plan(incident.id, ports)
    assert result.outcome == "another_round"
    assert "200-204" in result.reason
    assert "it was planned for" in result.reason
    assert incident.plan
    assert incident.plan.steps[0].before in result.reason


def test_what_was_repaired_meanwhile_by_somebody_else_is_no_proposal_any_more():
    """The drift is the repair: nothing is left to propose."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.world.snapshot = a_workshop()
    _with_matcher(ports, "200-299")
    result = apply_plan(incident.id, ports)
    assert result.outcome == "stale"
    assert "nothing to repair" in result.reason


def test_drift_after_five_rounds_is_the_end():
    """A world that does not stand still is left to a person."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.store.save(replace(known(ports, incident.id), round=MOST_ROUNDS))
    _with_matcher(ports, "200-204")
    assert apply_plan(incident.id, ports).outcome == "stale"


def test_a_load_balancer_that_is_gone_makes_the_plan_stale():
    """There is nothing to repair any more."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.world.error = NotFoundError("load balancer is gone")
    result = apply_plan(incident.id, ports)
    assert (result.outcome, result.reason) == ("stale", "load balancer is gone: nothing was changed")


def test_drift_of_what_is_gone_names_it():
    """A slot that cannot be looked at any more is said to be gone."""
    ports = ports_over(fault_3(a_workshop()))
    _, incident = triaged(ports)
    assert incident.plan is not None
    assert drift(incident.plan, ports.world.snapshot) is None
    said = drift(incident.plan, replace(ports.world.snapshot, network_acls={}))
    assert said is not None
    assert "does not exist" in said


def test_drift_of_what_is_not_set_is_said_too():
    """The rule itself is as it was; the resource that it is in is not."""
    ports = ports_over(fault_1(a_workshop()))
    _, incident = triaged(ports)
    assert incident.plan is not None
    (table, *_) = [one for one in incident.plan.resources if one.startswith("rtb-")]
    world = ports.world.snapshot
    tagged = world.having("route_tables", replace(world.route_tables[table], tags=(("owner", "somebody"),)))
    assert f"{table} changed since the plan was made: not what is to be set" in str(drift(incident.plan, tagged))


# Guardrails, asked again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        (Rules(kill_switch=True), "kill switch"),
        (Rules(ceiling=Mode.REPORT), "account-wide mode"),
        (Rules(limits=Limits(per_resource=0)), "limit"),
    ],
)
def test_what_the_rules_forbid_by_now_is_refused(rules, word):
    """An approval of before does not outlive a change of the rules."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    ports.rules = rules
    result = apply_plan(incident.id, ports)
    assert result.outcome == "refused"
    assert word in result.reason
    assert (ports.executor.requests, ports.ledger.changes) == ([], [])
    close_incident(incident.id, State.REFUSED, result.reason, ports)
    assert ports.locks.leases == {}


def test_a_freeze_that_began_meanwhile_is_refused():
    """The time of the application counts, not that of the proposal."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    now = ports.clock.now()
    ports.rules = Rules(freezes=(Freeze(now, now + timedelta(hours=1), "release day"),))
    assert "release day" in apply_plan(incident.id, ports).reason


def test_each_change_counts_in_the_ledger_once_with_its_vpc():
    """A limit is checked against what is there, and the plan's own changes are added in the same breath."""
    ports = ports_over(fault_3(fault_2(a_workshop())))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    apply_plan(incident.id, ports)
    found = {(one.incident_id, one.subject, one.vpc_id) for one in ports.ledger.changes}
    assert found == {(incident.id, LOAD_BALANCER_ARN, VPC_ID)}
    assert {one.resource_id for one in ports.ledger.changes} == {"acl-alb", TARGET_GROUP_ARN}


def test_two_that_reach_for_the_last_of_a_limit_do_not_both_get_it():
    """Somebody records a change between the check and the record: the check is made again, and refuses."""
    ports = ports_over(fault_2(a_workshop()))
    ports.rules = Rules(limits=Limits(per_account=1))
    incident = approved(ports)

    class InBetween(FakeOwnership):
        def owners(self, *given):
            if not ports.ledger.changes:
                other = OwnChange("inc-other", "other", "acl-x", VPC_ID, ports.clock.now())
                ports.ledger.record([other], version=ports.ledger.version)
            return super().owners(*given)

    ports.ownership.__class__ = InBetween
    with pytest.raises(ConflictError):
        apply_plan(incident.id, ports)
    assert ports.executor.requests == []
    assert apply_plan(incident.id, ports).outcome == "refused"


def test_what_acted_by_itself_is_asked_once_a_breaker_is_open():
    """It waited for a lease, and meanwhile another incident's rollback opened a breaker: nothing acts by itself."""
    ports = ports_over(fault_2(a_workshop()))
    ports.rules = ACTING
    _, incident = triaged(ports)
    now = ports.clock.now()
    ports.ledger.open_breaker(Breaker("inc-other", "rolled back", ("acl-x",), now, now + timedelta(hours=1)))
    result = apply_plan(incident.id, ports)
    assert (result.outcome, result.decision) == ("another_round", "ask")
    anew = known(ports, incident.id)
    assert "may not act by itself any more" in anew.superseded
    assert anew.plan == incident.plan
    assert ports.executor.requests == []
    assert apply_plan(incident.id, ports) == result


def test_what_acted_by_itself_and_has_no_round_left_is_refused():
    """Five rounds are the most, asked or not."""
    ports = ports_over(fault_2(a_workshop()))
    ports.rules = ACTING
    _, incident = triaged(ports)
    ports.store.save(replace(incident, round=MOST_ROUNDS))
    ports.rules = Rules()
    assert apply_plan(incident.id, ports).outcome == "refused"


def test_the_kill_switch_half_way_stops_and_what_was_done_is_undone():
    """It stops every change; undoing is none."""
    ports = ports_over(fault_3(fault_2(a_workshop())))
    before = ports.world.snapshot
    incident = approved(ports)
    ports.executor.fail(2, ConflictError("busy"))
    with pytest.raises(ConflictError):
        apply_plan(incident.id, ports)
    ports.rules = Rules(kill_switch=True)
    stopped = apply_plan(incident.id, ports)
    assert (stopped.outcome, stopped.reason) == ("failed", "stopped: the kill switch is on")
    assert roll_back(incident.id, stopped.reason, ports).outcome == "rolled_back"
    assert ports.world.snapshot == before


# Afterwards -----------------------------------------------------------------------------------------------------------


def test_a_subject_that_was_rolled_back_is_reported_and_not_repaired_again():
    """The alarm that keeps ringing meets the breaker: the same change is not made a second time."""
    ports = ports_over(fault_2(a_workshop()))
    ports.rules = ACTING
    _, incident = triaged(ports)
    apply_plan(incident.id, ports)
    undone = roll_back(incident.id, "no recovery", ports)
    close_incident(incident.id, State.ROLLED_BACK, undone.reason, ports)
    assert ports.locks.leases == {}
    result, second = triaged(ports, an_alarm(event_id="again"))
    assert (result.outcome, ports.workflow.executions[second.id]) == ("started", "report")
    assert f"pathmend breaker close {incident.id}" in result.reason
    ports.clock.advance(3_700)
    close_incident(second.id, State.REPORTED, "", ports)
    _, third = triaged(ports, an_alarm(event_id="much later"))
    assert ports.workflow.executions[third.id] == "act"


def test_undoing_needs_no_rules():
    """They are invalid by now: what was done is undone all the same, and the breaker opens for the usual time."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)

    class Broken(FakePorts):
        @property
        def rules(self):
            raise PermanentError("the rules are invalid")

        @rules.setter
        def rules(self, _):
            """Keep nothing."""

    ports.__class__ = Broken
    assert roll_back(incident.id, "no recovery", ports).outcome == "rolled_back"
    assert ports.ledger.open_breakers[incident.id].until == ports.clock.now() + timedelta(hours=1)


def test_a_world_that_cannot_be_read_is_taken_to_hold_our_change():
    """The load balancer is gone and its ACL may not be: a person gets the calls as they were planned."""
    ports = ports_over(fault_3(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    ports.world.error = NotFoundError("load balancer is gone")
    failed = roll_back(incident.id, "no recovery", ports)
    assert failed.outcome == "rollback_failed"
    stored = known(ports, incident.id)
    assert stored.outstanding == (0,)
    assert incident.plan
    assert stored.applied == incident.plan.steps


def test_a_rollback_of_what_is_over_changes_nothing():
    """A step that comes late finds the incident closed."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    close_incident(incident.id, State.RESOLVED, "verified", ports)
    assert roll_back(incident.id, "late", ports).outcome == "nothing_to_undo"
    assert len(ports.executor.requests) == 1
    assert verify_recovery(incident.id, ports).status == "not_recovered"


def test_what_somebody_set_again_after_we_undid_it_is_theirs():
    """The second try of a rollback does not look again at what it undid."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    wanted = ports.world.snapshot
    assert roll_back(incident.id, "no recovery", ports).outcome == "rolled_back"
    ports.world.snapshot = wanted
    assert roll_back(incident.id, "no recovery", ports).outcome == "rolled_back"
    assert ports.world.snapshot == wanted


@pytest.mark.parametrize(("undone", "state"), [(True, State.ROLLED_BACK), (False, State.FAILED)])
def test_a_rollback_that_died_at_its_end_is_no_alarm(undone, state):
    """The state machine says that the rollback failed; it had undone everything, or had nothing to undo."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    if undone:
        apply_plan(incident.id, ports)
        roll_back(incident.id, "no recovery", ports)
    assert close_incident(incident.id, State.ROLLBACK_FAILED, "died", ports) is state


def test_what_is_being_undone_is_closed_by_the_end_of_that():
    """A close of the repair that comes late must not call it resolved."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    ports.store.save(replace(known(ports, incident.id), state=State.ROLLING_BACK))
    assert close_incident(incident.id, State.RESOLVED, "late", ports) is State.ROLLING_BACK
    assert ports.notifier.published[-1].subject.startswith("proposal")


def test_a_config_rule_that_cannot_be_asked_is_no_reason_to_undo():
    """Somebody deleted the rule meanwhile; the repair stays."""
    ports = ports_over(fault_3(a_workshop()))
    incident = approved(ports, a_compliance_change())

    class Gone(FakeComplianceRules):
        def evaluate(self, rule_name):
            raise NotFoundError(f"NoSuchConfigRule {rule_name}")

    ports.compliance.__class__ = Gone
    assert apply_plan(incident.id, ports).outcome == "applied"
    assert "could not be asked" in texts(ports, incident.id)


def test_an_alarm_that_rings_while_all_waits_joins():
    """Whoever waits for a lease holds its subject."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    _held_by_another(ports)
    apply_plan(incident.id, ports)
    assert triage(an_alarm(event_id="again"), ports).incident_id == incident.id


def test_a_person_who_has_looked_closes_the_breaker():
    """Who closed it is noted with the incident; what is not open cannot be closed."""
    ports = ports_over(fault_2(a_workshop()))
    incident = approved(ports)
    apply_plan(incident.id, ports)
    roll_back(incident.id, "no recovery", ports)
    assert close_breaker(incident.id, "ada", ports)
    assert ports.ledger.open_breakers == {}
    assert "closed by ada" in texts(ports, incident.id)
    assert not close_breaker(incident.id, "bob", ports)
