"""Faults behind each other, to the last: what waits for a round of its own gets it, and each approval is about one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.changes.set_acl_entry import SetAclEntry
from pathmend.diagnosis.finding import AclGap
from pathmend.errors import TemporaryError
from pathmend.incidents.answer import answer
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.incident import Channel, Incident, State, Verdict
from pathmend.incidents.journaling import known
from pathmend.incidents.recovery import look
from pathmend.incidents.request_approval import request_approval
from pathmend.incidents.roll_back import roll_back
from pathmend.incidents.triage import triage
from pathmend.incidents.verify import verify_recovery
from pathmend.plans.steps import apply, steps_of
from pathmend.signals.signal import AlarmState
from tests.builders import LOAD_BALANCER_ARN, a_workshop, allow_tcp, fault_4, fault_6
from tests.fake_world import FakeWorld
from tests.fakes import NOON
from tests.unit.diagnosis.needs import DROPPING, PASSING, a_needy_workshop, a_rule_group, found, without_routes
from tests.unit.incidents.stories import ALARM_ARN, an_audit_request, approved, ports_over, texts


def _approve(ports, incident_id, token):
    """Ask about the incident's plan, say yes, and apply it."""
    ports.workflow.waiting.add(token)
    request_approval(incident_id, token, ports)
    plan = known(ports, incident_id).plan
    assert plan is not None
    said = answer(
        incident_id, Verdict.APPROVED, who="ada", channel=Channel.PAGE, fingerprint=plan.fingerprint, ports=ports
    )
    assert said.accepted
    assert apply_plan(incident_id, ports).outcome == "applied"
    return plan


def _audited(world):
    """Return ports over the world and the incident that an audit opened."""
    ports = ports_over(world)
    result = triage(an_audit_request(), ports)
    assert result.incident_id is not None
    return ports, result.incident_id


def test_faults_that_wait_for_their_own_approval_are_repaired_one_after_the_other():
    """Two settings at first; then a deny, then a firewall rule, each asked by itself, until nothing is left."""
    world = fault_6(fault_4(without_routes(a_needy_workshop(), "tgw-1")))
    ports, incident_id = _audited(world.having("rule_groups", a_rule_group(PASSING, DROPPING)))
    rounds = []
    for number in range(1, 6):
        plan = _approve(ports, incident_id, f"token-{number}")
        rounds.append({change.kind for change in plan.changes})
        if verify_recovery(incident_id, ports).status == "recovered":
            break
    assert rounds == [{"AssociateEndpointTables", "SetRoute"}, {"SetAclEntry"}, {"SetFirewallRules"}]
    assert found(ports.world.snapshot) == ()
    assert known(ports, incident_id).verified == 5
    assert "waits for a round of its own" in texts(ports, incident_id)


def test_a_step_of_a_verified_round_that_is_made_again_is_undone_with_its_new_round():
    """Somebody undid the first round's repair during the second; the third makes it again, and does not help."""
    ports, incident_id = _audited(fault_6(fault_4(a_needy_workshop())))
    _approve(ports, incident_id, "token-1")
    assert verify_recovery(incident_id, ports).status == "another_round"
    _approve(ports, incident_id, "token-2")
    ports.world.snapshot = fault_4(ports.world.snapshot)
    assert verify_recovery(incident_id, ports).status == "another_round"
    again = _approve(ports, incident_id, "token-3")
    assert roll_back(incident_id, "did not help", ports).outcome == "rolled_back"
    (left,) = found(ports.world.snapshot)
    assert left.sentence in again.repairs


class _Lagging(FakeWorld):
    """After a call it shows, once, what was before it."""

    stale = None

    def carry_out(self, request):
        """Change the world, and keep what it was."""
        self.stale = self.snapshot
        super().carry_out(request)

    def read(self, load_balancer_arn):
        """Return what was before the last call, the first time after it."""
        seen, self.stale = super().read(load_balancer_arn), self.stale
        stale, self.stale = self.stale, None
        return stale or seen


def _twice_in_one_slot(last):
    """Return ports, an incident whose two rounds set the same ACL entry, the second to `last`, and the first world."""
    first = SetAclEntry("acl-alb", egress=False, rule_number=1100, entry=allow_tcp(1100, "10.0.11.0/24", (1, 9)))
    ports = ports_over(a_workshop())
    before = ports.world.snapshot
    second = replace(first, entry=last)
    steps = tuple(steps_of([first, second], before))
    ports.world = _Lagging(apply([first, second], before))
    ports.executor.world = ports.world
    ports.store.incidents["inc-1"] = Incident(
        "inc-1", LOAD_BALANCER_ARN, State.VERIFYING, NOON, NOON, applied=steps, made_before=1, round=2
    )
    return ports, before


@pytest.mark.parametrize("last", ["another", "as at first"])
def test_rounds_that_set_one_slot_twice_are_undone_though_aws_is_slow_to_show_it(last):
    """What is read a moment after a call may be what was before it; that is not somebody else's change."""
    entry = allow_tcp(1100, "10.0.11.0/24", (2, 8) if last == "another" else (1024, 65535))
    ports, before = _twice_in_one_slot(entry)
    with pytest.raises(TemporaryError, match="does not show yet"):
        roll_back("inc-1", "did not help", ports)
    assert roll_back("inc-1", "did not help", ports).outcome == "rolled_back"
    assert ports.world.snapshot == before


class _Mended(FakeWorld):
    """After the first reading its network ACLs are other ones."""

    def __init__(self, world, *, acls):
        super().__init__(world)
        self._acls = acls

    def read(self, load_balancer_arn):
        """Return the world as it is now, and change it."""
        seen = super().read(load_balancer_arn)
        self.snapshot = replace(seen, network_acls=self._acls)
        return seen


def _alarmed(world):
    """Return ports over the world, and its incident with the first round applied while the alarm keeps ringing."""
    ports = ports_over(world)
    incident = approved(ports)
    assert apply_plan(incident.id, ports).outcome == "applied"
    return ports, incident.id


def test_no_time_is_lost_where_a_fault_that_is_left_keeps_the_alarm_ringing():
    """The alarm gets a whole window to recover; then the fault behind has its turn, and nothing counts as verified."""
    ports, incident_id = _alarmed(fault_6(fault_4(a_needy_workshop())))
    assert verify_recovery(incident_id, ports).status == "waiting"
    ports.clock.advance(seconds=180)
    assert verify_recovery(incident_id, ports).status == "another_round"
    incident = known(ports, incident_id)
    assert incident.plan is not None
    assert [change.kind for change in incident.plan.changes] == ["SetAclEntry"]
    assert (incident.round, incident.verified) == (2, 0)


def test_a_round_that_waits_for_people_holds_no_lease_of_those_before():
    """The second round held what the first had changed, too; with both verified, nobody has to wait for it."""
    world = fault_6(fault_4(a_needy_workshop()))
    ports, incident_id = _alarmed(world.having("rule_groups", a_rule_group(PASSING, DROPPING)))
    ports.clock.advance(seconds=180)
    assert verify_recovery(incident_id, ports).status == "another_round"
    _approve(ports, incident_id, "token-2")
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert verify_recovery(incident_id, ports).status == "another_round"
    assert known(ports, incident_id).verified == len(known(ports, incident_id).applied)
    assert ports.locks.leases == {}


def test_an_alarm_that_nothing_known_keeps_ringing_is_waited_for():
    """No other fault is there, so what was done has its whole time to help."""
    ports, incident_id = _alarmed(fault_4(a_needy_workshop()))
    ports.clock.advance(seconds=180)
    assert verify_recovery(incident_id, ports).status == "waiting"


def test_what_only_a_person_may_repair_starts_no_round_in_the_meantime():
    """The kill switch came on after the first round."""
    ports, incident_id = _alarmed(fault_6(fault_4(a_needy_workshop())))
    ports.clock.advance(seconds=180)
    ports.rules = replace(ports.rules, kill_switch=True)
    assert verify_recovery(incident_id, ports).status == "waiting"


def test_what_is_gone_by_the_second_reading_starts_no_round():
    """Somebody removed the deny between the two readings."""
    ports, incident_id = _alarmed(fault_6(fault_4(a_needy_workshop())))
    ports.clock.advance(seconds=180)
    ports.world = _Mended(ports.world.snapshot, acls=a_needy_workshop().network_acls)
    assert verify_recovery(incident_id, ports).status == "waiting"


def test_a_gap_that_is_left_is_not_taken_for_one_that_was_repaired():
    """One ACL has two gaps: a missing allow, and a deny that waits for a round of its own."""
    ports, incident_id = _audited(fault_6(a_needy_workshop()))
    incident = known(ports, incident_id)
    assert incident.diagnosis is not None
    assert incident.plan is not None
    (deny,) = incident.diagnosis.findings
    assert isinstance(deny.cause, AclGap)
    other = replace(deny, sentence="another gap of the same ACL", cause=replace(deny.cause, rule="*"))
    both = replace(incident.diagnosis, findings=(deny, other))
    stored = replace(incident, diagnosis=both, plan=replace(incident.plan, repairs=(other.sentence,)))
    assert look(stored, ports.world.snapshot, ports).model_open
    stored = replace(stored, plan=replace(incident.plan, repairs=(deny.sentence,)))
    assert not look(stored, ports.world.snapshot, ports).model_open


def test_an_audit_finds_what_no_alarm_is_about():
    """The targets are healthy and a table is out of reach: the audit opens an incident with a plan."""
    ports, incident_id = _audited(fault_4(a_needy_workshop()))
    incident = known(ports, incident_id)
    assert incident.plan is not None
    assert [change.kind for change in incident.plan.changes] == ["AssociateEndpointTables"]
    assert incident.subject == LOAD_BALANCER_ARN
