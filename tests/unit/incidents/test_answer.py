"""Answers: one counts, and only for what was shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.errors import ConflictError, NotFoundError
from pathmend.incidents.answer import answer
from pathmend.incidents.incident import Channel, Verdict
from pathmend.incidents.journaling import known
from pathmend.incidents.request_approval import request_approval
from tests.builders import a_workshop, fault_2
from tests.fakes import InMemoryIncidentStore
from tests.unit.incidents.stories import TOKEN, ports_over, proposed, texts, triaged


def _answer(ports, incident, verdict=Verdict.APPROVED, **overrides):
    given = {"who": "ada", "channel": Channel.PAGE, "fingerprint": incident.plan.fingerprint, **overrides}
    return answer(incident.id, verdict, ports=ports, **given)


def _a_proposal():
    ports = ports_over(fault_2(a_workshop()))
    return ports, proposed(ports)


@pytest.mark.parametrize("verdict", [Verdict.APPROVED, Verdict.REJECTED])
def test_an_answer_wakes_the_workflow_and_is_journaled(verdict):
    """Who, how and what is kept, and the waiting task gets it."""
    ports, incident = _a_proposal()
    assert _answer(ports, incident, verdict).accepted
    assert ports.workflow.answers == {TOKEN: verdict}
    assert f"{verdict.value} by ada (page)" in texts(ports, incident.id)


def test_the_first_answer_counts():
    """A second person is told who decided."""
    ports, incident = _a_proposal()
    _answer(ports, incident, Verdict.REJECTED)
    late = _answer(ports, incident, Verdict.APPROVED, who="bob")
    assert not late.accepted
    assert late.sentence == "already decided: rejected by ada"
    kept = known(ports, incident.id).answer
    assert kept is not None
    assert kept.who == "ada"


def test_the_same_answer_again_is_accepted_again():
    """A second press of the same button is no error, and wakes a workflow that the first press did not reach."""
    ports, incident = _a_proposal()
    ports.workflow.waiting.clear()
    assert not _answer(ports, incident).accepted
    ports.workflow.waiting.add(TOKEN)
    assert _answer(ports, incident).accepted
    assert ports.workflow.answers == {TOKEN: Verdict.APPROVED}


def test_two_answers_at_the_same_moment_are_one_decision():
    """Both read the proposal as open: the conditional write lets one win and tells the other."""
    ports, incident = _a_proposal()

    class Racing(InMemoryIncidentStore):
        def save(self, saved):
            super().save(replace(self.incidents[saved.id], reason="another was faster"))
            return super().save(saved)

    ports.store.__class__ = Racing
    result = _answer(ports, incident)
    assert not result.accepted
    assert "same moment" in result.sentence
    assert ports.workflow.answers == {}


def test_an_answer_to_another_plan_is_refused():
    """An approval is for one fingerprint and nothing else."""
    ports, incident = _a_proposal()
    refused = _answer(ports, incident, fingerprint="0" * 64)
    assert "superseded by another: look" in refused.sentence
    assert known(ports, incident.id).answer is None
    ports.store.save(replace(incident, superseded="acl-1 changed"))
    assert "superseded by another (acl-1 changed)" in _answer(ports, incident, fingerprint="0" * 64).sentence


def test_an_expired_proposal_takes_no_answer():
    """At the moment of expiry nothing can be approved any more."""
    ports, incident = _a_proposal()
    ports.clock.advance(ports.approval_seconds)
    assert "expired" in _answer(ports, incident).sentence


def test_only_a_waiting_incident_takes_an_answer():
    """An incident that nobody was asked about waits for nothing."""
    ports = ports_over(fault_2(a_workshop()))
    _, incident = triaged(ports)
    assert "waits for no answer: it is open" in _answer(ports, incident).sentence
    assert (
        "there is no incident"
        in answer("nobody", Verdict.APPROVED, who="ada", channel=Channel.CLI, fingerprint="", ports=ports).sentence
    )


def test_the_proposal_is_published_again_when_asked_again_with_the_same_token():
    """A crash after the save and before the message must not swallow the message."""
    ports, incident = _a_proposal()
    request_approval(incident.id, TOKEN, ports)
    assert len(ports.notifier.published) == 2
    assert known(ports, incident.id).expires_at == incident.expires_at


def test_asking_about_an_unknown_incident_names_it():
    """The error says which incident is missing."""
    with pytest.raises(NotFoundError, match="nobody"):
        request_approval("nobody", TOKEN, ports_over())


def test_a_conflict_on_asking_is_raised_for_a_retry():
    """The state machine's retry asks again."""
    ports = ports_over(fault_2(a_workshop()))
    _, incident = triaged(ports)

    class Losing(InMemoryIncidentStore):
        def save(self, saved):
            raise ConflictError(saved.id)

    ports.store.__class__ = Losing
    with pytest.raises(ConflictError):
        request_approval(incident.id, TOKEN, ports)
