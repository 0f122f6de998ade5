"""What may happen in an interplay: of each, who or when is a number from 0 to 255."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pathmend.errors import ConflictError, PathmendError, TemporaryError
from pathmend.guardrails.circumstances import ServiceEvent
from pathmend.guardrails.rules import Rules
from pathmend.incidents.answer import answer
from pathmend.incidents.incident import Channel, State, Verdict
from pathmend.incidents.undo import Preview, preview, request_undo
from pathmend.signals.signal import AlarmState
from tests.trouble.injected import Killed, Trouble
from tests.trouble.interplay import ALARMS, GROUPS, SUBJECTS, a_rule
from tests.trouble.memory import the_same
from tests.trouble.small_world import ACL, with_health
from tests.trouble.watched import UNDOABLE
from tests.unit.incidents.stories import a_compliance_change, an_audit_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.incidents.ports import Ports
    from tests.trouble.interplay import Interplay

WAITS = (30, 300, 1_800, 4 * 3_600)


def _balancer(whom: int) -> str:
    return SUBJECTS[whom % 2]


def _advance(play: Interplay, whom: int) -> None:
    going = play.going()
    if not going:
        return
    if not play.advance(going[whom % len(going)]):
        play.ports.clock.advance(30)


def _hurry(play: Interplay, whom: int) -> None:
    for _ in range(4):
        _advance(play, whom)


def _alarm_rings(play: Interplay, whom: int) -> None:
    subject = _balancer(whom)
    play.ports.alarms.set(ALARMS[subject], AlarmState.ALARM)
    play.deliver(play.alarm(subject, "ALARM"))


def _alarm_is_ok(play: Interplay, whom: int) -> None:
    subject = _balancer(whom)
    play.ports.alarms.set(ALARMS[subject], AlarmState.OK)
    play.deliver(play.alarm(subject, "OK"))


def _late_event(play: Interplay, whom: int) -> None:
    """An event of before arrives again, or one whose alarm says something else by now."""
    if play.events:
        play.deliver(play.events[whom % len(play.events)][0])


def _event_of_before(play: Interplay, whom: int) -> None:
    play.deliver(play.alarm(_balancer(whom), ("OK", "ALARM")[whom // 2 % 2]))


def _config_speaks(play: Interplay, whom: int) -> None:
    subject = _balancer(whom)
    event = a_compliance_change(("NON_COMPLIANT", "COMPLIANT")[whom // 2 % 2], resourceId=subject)
    event["id"] = f"config-{len(play.events)}"
    play.events.append((event, subject))
    play.deliver(event)


def _audit(play: Interplay, whom: int) -> None:
    event = an_audit_request(_balancer(whom))
    event["id"] = f"audit-{len(play.events)}"
    play.events.append((event, _balancer(whom)))
    play.deliver(event)


def _answer(play: Interplay, whom: int, verdict: Verdict, *, stale: bool = False) -> None:
    asked = [one for one in play.store.incidents.values() if one.plan and one.task_token]
    if not asked:
        return
    one = asked[-1 - whom % min(len(asked), 3)]
    print_of = "0" * 64 if stale else one.plan.fingerprint if one.plan else ""
    token = one.task_token or ""
    who = ("ada", "bob")[whom // 4 % 2]
    try:
        said = play.with_trouble(
            lambda ports: answer(one.id, verdict, who=who, channel=Channel.PAGE, fingerprint=print_of, ports=ports)
        )
    except (Killed, PathmendError):
        return
    assert not (stale and said.accepted), "an answer to what was superseded counts"
    if said.accepted:
        play.accepted.setdefault((one.id, token), set()).add(verdict)


def _approve(play: Interplay, whom: int) -> None:
    _answer(play, whom, Verdict.APPROVED)


def _reject(play: Interplay, whom: int) -> None:
    _answer(play, whom, Verdict.REJECTED)


def _approve_another(play: Interplay, whom: int) -> None:
    _answer(play, whom, Verdict.APPROVED, stale=True)


def _time_passes(play: Interplay, whom: int) -> None:
    play.ports.clock.advance(WAITS[whom % 4])


def _somebody_edits(play: Interplay, whom: int) -> None:
    """Another person or program sets one of the two rules: right, or wrong, or wrong otherwise."""
    subject = _balancer(whom)
    play.world.edited_by_others(a_rule(subject, whom // 2 % 3))


def targets_follow(play: Interplay, _whom: int = 0) -> None:
    """Let health and alarms say what the ACL lets be."""
    for subject in SUBJECTS:
        right = a_rule(subject, 0)
        entries = play.world.snapshot.network_acls[ACL].entries
        well = any(replace(one, rule_number=right.rule_number) == right for one in entries)
        _set_health(play, subject, well=well)
        play.ports.alarms.set(ALARMS[subject], AlarmState.OK if well else AlarmState.ALARM)


def _targets_flap(play: Interplay, whom: int) -> None:
    _set_health(play, _balancer(whom), well=bool(whom // 2 % 2))


def _set_health(play: Interplay, subject: str, *, well: bool) -> None:
    world = play.world.snapshot
    play.world.snapshot = the_same(with_health(world, "healthy" if well else "unhealthy", arn=GROUPS[subject]))


def _trouble(play: Interplay, whom: int) -> None:
    """Whatever is called next fails at one of its calls."""
    play.trouble_at = 1 + whom // 4
    play.trouble = (
        Trouble("throttled", TemporaryError("throttled")),
        Trouble("conflict", ConflictError("conflict")),
        Trouble("killed before effect", Killed()),
        Trouble("killed after effect", Killed(), after_effect=True),
    )[whom % 4]


def _cut_in(play: Interplay, whom: int) -> None:
    """Whatever is called next is cut in on: something else happens between two of its calls."""
    if play.depth:
        return
    at, what = 1 + whom % 12, INTRUSIONS[whom // 12 % len(INTRUSIONS)]

    def meanwhile() -> None:
        play.depth += 1
        play.happened.append(f"  meanwhile {what.__name__.strip('_')} {whom}")
        what(play, whom)
        play.depth -= 1

    play.trouble_at, play.trouble = at, Trouble("cut in", meanwhile=meanwhile)


def _called_twice(play: Interplay, whom: int) -> None:
    """A function is called with what it was called with before, though its answer is known already.

    Step Functions calls no function again whose answer it took, so nothing is applied late: what was refused is over.
    """
    called = [(one, step) for one in play.executions.values() for step in one.payloads if step in REPEATED]
    if not called:
        return
    one, step = called[-1 - whom % min(len(called), 6)]
    incident = play.store.incidents[one.given["incident_id"]]
    if step == "ApplyPlan" and incident.state in {State.OPEN, State.AWAITING_APPROVAL, State.APPLYING}:
        return
    with play.world.acting(*play.actor(incident.id, step)), suppress(Killed, PathmendError):
        play.with_trouble(lambda ports: one.call_again(step, ports))


REPEATED = ("ApplyPlan", "VerifyRecovery", "RollBack", "Close")


def _somebody_wants_it_undone(play: Interplay, whom: int) -> None:
    """A person looks at what undoing a repair would do, and asks for it."""
    over = [one.id for one in play.store.incidents.values() if one.state in UNDOABLE]
    if not over:
        return
    incident_id = over[-1 - whom % len(over)]
    with suppress(Killed, PathmendError):
        shown = preview(incident_id, cast("Ports", play.ports))
        if isinstance(shown, Preview):
            print_of = shown.plan.fingerprint
            play.with_trouble(lambda ports: request_undo(incident_id, "ada", print_of, ports))


def _kill_switch(play: Interplay, whom: int) -> None:
    play.ports.rules = Rules(kill_switch=bool(whom % 2))


def _aws_has_trouble(play: Interplay, whom: int) -> None:
    event = ServiceEvent("arn:aws:health:1", "EC2", "AWS_EC2_ISSUE", "us-east-1", play.ports.clock.now())
    if whom % 2:
        play.ports.service_events.note(event, told_at=play.ports.clock.now())
    else:
        play.ports.service_events.ended(event.arn, told_at=play.ports.clock.now())


def _execution_is_stopped(play: Interplay, whom: int) -> None:
    """Somebody stops it in the console, or its year is over."""
    going = play.going()
    if going and whom % 4 == 0:
        going[whom // 4 % len(going)].stop()


INTRUSIONS: tuple[Callable[[Interplay, int], None], ...] = (
    *(_alarm_rings, _alarm_is_ok, _approve, _reject, _somebody_edits, _advance, _called_twice, _time_passes),
    *(_kill_switch, _late_event, targets_follow),
)
ACTIONS: tuple[Callable[[Interplay, int], None], ...] = (
    *([_hurry] * 4),
    *([_advance] * 4),
    *([_alarm_rings] * 2),
    *([_approve] * 3),
    *([_cut_in] * 3),
    *([_trouble] * 2),
    *([targets_follow] * 3),
    *([_somebody_wants_it_undone] * 2),
    *(_alarm_is_ok, _late_event, _event_of_before, _config_speaks, _audit, _reject, _approve_another),
    *(_time_passes, _somebody_edits, _targets_flap, _called_twice, _kill_switch),
    *(_aws_has_trouble, _execution_is_stopped),
)


def play_out(play: Interplay, history: bytes) -> None:
    """Let things happen: of each pair of bytes the first says what, the second to whom or when."""
    for what, whom in zip(history[::2], history[1::2], strict=False):
        action = ACTIONS[what % len(ACTIONS)]
        play.happened.append(f"{action.__name__.strip('_')} {whom}")
        action(play, whom)
