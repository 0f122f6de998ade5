"""Two load balancers behind one network ACL, both broken: their incidents never change it at the same time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pathmend.incidents.answer import answer
from pathmend.incidents.incident import Channel, State, Verdict
from tests.trouble.happenings import targets_follow
from tests.trouble.injected import Trouble
from tests.trouble.interplay import SUBJECTS, Interplay, incidents_of
from tests.trouble.lives import waits_for_an_answer
from tests.trouble.memory import the_same
from tests.trouble.small_world import ACL, REPLIES

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

CALLS = 40
"""More than the calls of one step: at each of them the other incident has its turn."""


def without_replies(world: Snapshot) -> Snapshot:
    """Return the world whose ACL lets the replies of neither target in: both plans look for a free number."""
    acl = world.network_acls[ACL]
    kept = tuple(one for one in acl.entries if one.egress or one.rule_number not in {REPLIES, REPLIES + 100})
    return world.having("network_acls", replace(acl, entries=kept))


def both_approved(*, missing: bool) -> Interplay:
    """Return an interplay in which both proposals are approved and neither is applied."""
    play = Interplay()
    if missing:
        play.world.snapshot = the_same(without_replies(play.world.snapshot))
    for subject in SUBJECTS:
        play.deliver(play.alarm(subject, "ALARM"))
    for one in play.going():
        while not waits_for_an_answer(one):
            play.advance(one)
    approve_all(play)
    for one in play.going():
        while one.state != "ApplyPlan":
            play.advance(one)
    return play


def approve_all(play: Interplay) -> None:
    """Approve whatever waits for an answer."""
    for one in incidents_of(play):
        if one.state is State.AWAITING_APPROVAL and one.plan and one.answer is None:
            answer(
                one.id,
                Verdict.APPROVED,
                who="ada",
                channel=Channel.PAGE,
                fingerprint=one.plan.fingerprint,
                ports=play.ports,
            )


def to_the_end(play: Interplay) -> None:
    """Carry both on until they are closed, each proposal approved, the targets as the ACL lets them be."""
    for _ in range(400):
        targets_follow(play)
        approve_all(play)
        going = play.going()
        if not going:
            return
        if not any([play.advance(one) for one in going]):  # noqa: C419 - each has its turn
            play.ports.clock.advance(30)
    raise AssertionError(f"no end: {[one.visited[-6:] for one in play.going()]}")


def check(play: Interplay, what: str) -> None:
    """Hold the end to it: both repaired, each by its own rule, nothing made twice, nothing held."""
    for incident in incidents_of(play):
        assert incident.state is State.RESOLVED, f"{what}: {incident.id} {incident.state.value}: {incident.reason}"
    numbers = [one.number for one in play.world.edits]
    assert len(numbers) == len(set(numbers)) == len(SUBJECTS), f"{what}: {play.world.edits}"
    assert play.ports.locks.leases == {}, what
    assert play.store.violations == [], what


@pytest.mark.parametrize("missing", [False, True])
def test_the_second_is_told_and_diagnosed_anew(*, missing: bool) -> None:
    """What the first one changed is drift to the second: its yes is used up, and a new proposal says why."""
    play = both_approved(missing=missing)
    to_the_end(play)
    check(play, "one after the other")
    rounds = sorted(one.round for one in incidents_of(play))
    assert rounds == [1, 2]
    second = next(one for one in incidents_of(play) if one.round == len(SUBJECTS))
    told = "\n".join(entry.text for entry in play.ports.store.journal(second.id))
    assert f"{ACL} changed since the plan was made" in told


@pytest.mark.parametrize("missing", [False, True])
def test_whenever_the_second_cuts_in_they_never_change_it_at_once(*, missing: bool) -> None:
    """At each call of the first one's apply the other one applies, too: it waits, or the first one does."""
    busy = 0
    for number in range(1, CALLS):
        play = both_approved(missing=missing)
        first, second = play.going()
        play.trouble_at, play.trouble = number, Trouble("cut in", meanwhile=lambda: play.advance(second))  # noqa: B023
        play.advance(first)
        busy += "WaitForTurn" in (first.state, second.state) or second.state == "Applied"
        play.trouble = None
        to_the_end(play)
        check(play, f"at call {number}")
    assert busy, "they never met"
