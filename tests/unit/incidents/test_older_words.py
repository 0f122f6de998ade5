"""What a load balancer said of its targets before a repair is no reason for the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.changes.modify_matcher import ModifyMatcher
from pathmend.incidents.apply import apply_plan
from pathmend.incidents.incident import State
from pathmend.incidents.journaling import known
from pathmend.incidents.stranded import GRACE, stranded
from pathmend.incidents.verify import verify_recovery
from pathmend.signals.signal import AlarmState
from tests.builders import TARGET_GROUP_ARN, a_workshop, allow_tcp, fault_2, fault_3, with_entry
from tests.unit.diagnosis.worlds import with_check, with_group, with_health
from tests.unit.incidents.stories import ALARM_ARN, approved, ports_over, texts

MISMATCH = "Target.ResponseCodeMismatch"
MOVED = "Health checks failed with these codes: [301]"
DECLARED = (("pathmend:health-check", "path=/healthz"),)


def _misdirected(interval):
    """Return the world whose check asks for a page that has moved, and whose owner says where it is."""
    world = with_group(with_check(a_workshop(), path="/old", interval_seconds=interval), tags=DECLARED)
    return with_health(world, MISMATCH, says=MOVED)


def _applied(world):
    """Return ports over the world, and its incident with the first round applied."""
    ports = ports_over(world)
    incident = approved(ports)
    assert apply_plan(incident.id, ports).outcome == "applied"
    return ports, incident.id


def _changes(ports, incident_id):
    plan = known(ports, incident_id).plan
    assert plan is not None
    return plan.changes


def _kinds(ports, incident_id):
    return [change.kind for change in _changes(ports, incident_id)]


def test_words_of_before_a_check_was_moved_widen_no_matcher():
    """Three checks and the one under way take four minutes, the alarm's window three; then its word is a new one."""
    ports, incident_id = _applied(_misdirected(interval=60))
    assert _kinds(ports, incident_id) == ["SetHealthCheck"]
    ports.clock.advance(180)
    assert verify_recovery(incident_id, ports).status == "waiting"
    ports.clock.advance(59)
    assert verify_recovery(incident_id, ports).status == "waiting"
    assert known(ports, incident_id).round == 1
    ports.clock.advance(1)
    assert verify_recovery(incident_id, ports).status == "another_round"
    assert _changes(ports, incident_id) == (ModifyMatcher(TARGET_GROUP_ARN, "200,301"),)


def test_words_that_are_never_renewed_are_waited_for_beyond_the_alarms_time():
    """With five minutes between checks nobody can tell before twenty are over; nothing is undone meanwhile."""
    ports, incident_id = _applied(_misdirected(interval=300))
    for seconds in (600, 599):
        ports.clock.advance(seconds)
        assert verify_recovery(incident_id, ports).status == "waiting"
    assert texts(ports, incident_id).count("targets are not all asked anew yet") == 1
    assert not stranded(known(ports, incident_id), ports.clock.now() + GRACE)
    ports.clock.advance(1)
    assert verify_recovery(incident_id, ports).status == "another_round"


def test_new_words_that_nothing_repairs_end_the_waiting():
    """The page is gone where the owner said it is, too: the change did not help."""
    ports, incident_id = _applied(_misdirected(interval=60))
    ports.clock.advance(600)
    ports.world.snapshot = with_health(ports.world.snapshot, MISMATCH, says=MOVED.replace("301", "404"))
    assert verify_recovery(incident_id, ports).status == "not_recovered"


def test_targets_that_are_healthy_meanwhile_are_not_waited_for():
    """The alarm alone is left, and has its own time."""
    ports, incident_id = _applied(_misdirected(interval=300))
    ports.world.snapshot = with_group(
        ports.world.snapshot, targets=a_workshop().target_groups[TARGET_GROUP_ARN].targets
    )
    ports.clock.advance(600)
    assert verify_recovery(incident_id, ports).status == "not_recovered"
    ports.alarms.set(ALARM_ARN, AlarmState.OK)
    assert verify_recovery(incident_id, ports).status == "recovered"


def test_another_word_after_a_matcher_was_widened_is_believed_when_it_is_new():
    """299 is admitted now; a 301 that is read a moment later may be from before, and widens it no further."""
    ports, incident_id = _applied(with_check(fault_2(a_workshop()), interval_seconds=300))
    ports.world.snapshot = with_health(ports.world.snapshot, MISMATCH, says=MOVED)
    ports.clock.advance(1_199)
    assert verify_recovery(incident_id, ports).status == "waiting"
    ports.clock.advance(1)
    assert verify_recovery(incident_id, ports).status == "not_recovered"


def _unanswered():
    """Return the world whose targets are cut off, and whose check is not where the owner declared it."""
    world = with_check(a_workshop(), interval_seconds=60)
    for index, rule in enumerate((1100, 1200, 1300)):
        world = with_entry(world, "acl-alb", allow_tcp(rule, f"10.0.{11 + index}.0/24", (32_768, 65_535)))
    world = with_group(world, tags=(("pathmend:health-check", "protocol=HTTPS"),))
    return with_health(world, "Target.Timeout")


def test_a_time_out_of_before_a_path_was_opened_moves_no_check():
    """Nobody could answer then; who does not answer the next checks is asked in the wrong place."""
    ports, incident_id = _applied(_unanswered())
    assert set(_kinds(ports, incident_id)) == {"SetAclEntry"}
    ports.clock.advance(239)
    assert verify_recovery(incident_id, ports).status == "waiting"
    ports.clock.advance(1)
    assert verify_recovery(incident_id, ports).status == "another_round"
    assert _kinds(ports, incident_id) == ["SetHealthCheck"]


def test_what_was_found_of_targets_beside_a_blocked_path_holds():
    """It was said by targets that could be reached, and need not be said again."""
    ports, incident_id = _applied(
        with_health(with_check(fault_3(a_workshop()), interval_seconds=300), MISMATCH, says="none")
    )
    ports.clock.advance(600)
    assert verify_recovery(incident_id, ports).status != "waiting"


@pytest.mark.parametrize("verified", [0, 1])
def test_drift_in_the_next_round_does_not_bring_older_words_back(verified):
    """What is diagnosed anew there is judged alike; a round that was seen to help made nothing out of date."""
    ports, incident_id = _applied(_misdirected(interval=300))
    stored = known(ports, incident_id)
    again = replace(stored, state=State.AWAITING_APPROVAL, round=2, made_before=1, verified=verified)
    ports.store.save(again)
    ports.world.snapshot = with_entry(
        ports.world.snapshot, "acl-alb", allow_tcp(1100, "10.0.11.0/24", (32_768, 65_535))
    )
    result = apply_plan(incident_id, ports)
    assert result.outcome == "another_round", (result, texts(ports, incident_id))
    assert ("ModifyMatcher" in _kinds(ports, incident_id)) == bool(verified)
