"""The page shows to whoever opens it, decides for whoever posts its form, and says why when it does not."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.channels.tokens import Grant, Purpose, TokenSigner
from pathmend.channels.web import Page, get_page, post_decision
from pathmend.diagnosis.finding import Evidence, RuledOut
from pathmend.incidents.incident import Channel, Incident, State, Verdict
from pathmend.network.difference import Reroute
from tests.fakes import FakePorts
from tests.unit.channels.proposals import (
    FINGERPRINT,
    NOON,
    a_diagnosis,
    a_finding,
    a_journal,
    a_plan,
    a_proposal,
    a_resolved,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNER = TokenSigner(["secret"])
ID = a_proposal().id
GRANT = Grant(ID, FINGERPRINT, 1, Channel.PAGE, int(NOON.timestamp()) + 3600)
TOKEN = SIGNER.sign(GRANT)
HOSTILE = '"\'><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>\n{{ 7*7 }}'


def some_ports(incident: Incident | None = None) -> FakePorts:
    """Return a world in which the incident waits for its answer at noon."""
    ports = FakePorts()
    ports.clock.moment = NOON
    waiting = ports.store.open(incident or a_proposal())
    ports.store.write_journal(waiting.id, a_journal())
    if waiting.task_token:
        ports.workflow.waiting.add(waiting.task_token)
    return ports


def _hidden(page: Page) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.body)
    return {name: unescape(value) for name, value in fields}


def _form(ports: FakePorts, **changes: str) -> str:
    return urlencode(_hidden(get_page(ID, TOKEN, ports, SIGNER)) | {"decision": "approve"} | changes)


def _post(ports: FakePorts, body: str) -> Page:
    return post_decision(ID, body, "198.51.100.7", ports, SIGNER)


def _state(ports: FakePorts) -> object:
    return (ports.store.get(ID), ports.store.journal(ID), dict(ports.workflow.answers), set(ports.workflow.waiting))


def test_the_page_shows_the_whole_proposal_and_asks() -> None:
    """All evidence, the exact calls, the journal and two buttons are there."""
    page = get_page(ID, TOKEN, some_ports(), SIGNER)
    text = unescape(page.body)
    assert page.status == 200
    for expected in (
        "ingress rule 1300, for a sibling: allow TCP 1024-65535 from 10.0.13.0/24",
        "before: ingress rule 1100: allow TCP 32768-65535 from 10.0.0.0/16",
        "ec2:ReplaceNetworkAclEntry",
        "opened by alarm WebApp-ELB-5XX",
        f'<form method="post" action="/incidents/{ID}/decision">',
        'name="decision" value="approve"',
        'name="decision" value="reject"',
    ):
        assert expected in text


def test_looking_changes_nothing() -> None:
    """A scanner may open the link as often as it likes."""
    ports = some_ports()
    before = _state(ports)
    for _ in range(3):
        get_page(ID, TOKEN, ports, SIGNER)
    assert _state(ports) == before


@pytest.mark.parametrize(("word", "verdict"), [("approve", Verdict.APPROVED), ("reject", Verdict.REJECTED)])
def test_posting_the_form_decides(word: str, verdict: Verdict) -> None:
    """The answer is stored with who, how and for which fingerprint, and handed to the state machine."""
    ports = some_ports()
    page = _post(ports, _form(ports, decision=word))
    incident = ports.store.get(ID)
    assert page.status == 200
    assert "Your decision is recorded" in page.body
    assert incident is not None
    assert incident.answer is not None
    assert (incident.answer.verdict, incident.answer.channel) == (verdict, Channel.PAGE)
    assert incident.answer.fingerprint == FINGERPRINT
    assert "198.51.100.7" in incident.answer.who
    assert ports.workflow.answers == {"task-token": verdict}


def test_a_replayed_decision_is_told_that_it_is_decided() -> None:
    """The second post of the same form gets a conflict and changes nothing."""
    ports = some_ports()
    body = _form(ports)
    _post(ports, body)
    before = _state(ports)
    page = _post(ports, body.replace("decision=approve", "decision=reject"))
    assert page.status == 409
    assert "Already decided: approved by" in page.body
    assert _state(ports) == before


def test_a_decision_that_woke_nobody_can_be_pressed_again() -> None:
    """It was saved and not carried out a minute later: the buttons are back, and hand the saved decision over."""
    ports = some_ports()
    body = _form(ports)
    waiting, ports.workflow.waiting = ports.workflow.waiting, set()
    assert _post(ports, body).status == 409
    assert _hidden(get_page(ID, TOKEN, ports, SIGNER)) == {}
    ports.clock.advance(61)
    ports.workflow.waiting = waiting
    assert _post(ports, _form(ports, decision="reject")).status == 409
    assert ports.workflow.answers == {"task-token": Verdict.APPROVED}


def test_the_links_token_alone_cannot_decide() -> None:
    """A scanner that posts what it finds in the address, without the form that was shown, decides nothing."""
    ports = some_ports()
    before = _state(ports)
    assert _post(ports, urlencode({"token": TOKEN, "decision": "approve"})).status == 400
    page = _post(ports, urlencode({"token": TOKEN, "form": TOKEN, "decision": "approve"}))
    assert page.status == 403
    assert "Open it again and decide" in page.body
    assert _state(ports) == before


def test_a_late_answer_is_told_that_it_is_late() -> None:
    """A state machine that waits no more means that nothing was changed, and the page says so."""
    ports = some_ports()
    ports.workflow.waiting.clear()
    page = _post(ports, _form(ports))
    assert page.status == 409
    assert "Too late" in page.body


def test_a_form_that_stood_open_too_long_must_be_opened_again() -> None:
    """The guard lives a quarter of an hour, the link longer."""
    ports = some_ports()
    body = _form(ports)
    ports.clock.advance(901)
    assert _post(ports, body).status == 403
    assert _post(ports, _form(ports)).status == 200


@pytest.mark.parametrize("other", [replace(GRANT, round=2), replace(GRANT, fingerprint="e" * 64)])
def test_a_form_of_another_proposal_does_not_decide_about_this_one(other: Grant) -> None:
    """The guard is bound to round and fingerprint, as the link is."""
    ports = some_ports()
    before = _state(ports)
    page = _post(ports, _form(ports, form=SIGNER.sign(other, purpose=Purpose.FORM)))
    assert page.status == 403
    assert _state(ports) == before


def _get(ports: FakePorts, token: str) -> Page:
    return get_page(ID, token, ports, SIGNER)


def _post_token(ports: FakePorts, token: str) -> Page:
    return _post(ports, urlencode({"token": token, "form": "x", "decision": "approve"}))


@pytest.mark.parametrize("ask", [_get, _post_token])
@pytest.mark.parametrize(
    ("grant", "status", "title"),
    [
        (replace(GRANT, expires_at=int(NOON.timestamp())), 410, "This link has expired"),
        (replace(GRANT, incident_id="other"), 403, "This link belongs to something else"),
        (replace(GRANT, channel=Channel.CLI), 403, "This link belongs to something else"),
        (replace(GRANT, round=2), 410, "This proposal was superseded"),
        (replace(GRANT, fingerprint="e" * 64), 410, "This proposal was superseded"),
    ],
)
def test_a_link_that_is_no_good_says_which(
    ask: Callable[[FakePorts, str], Page], grant: Grant, status: int, title: str
) -> None:
    """Expired, foreign and superseded links differ in their words; none shows or decides anything."""
    ports = some_ports()
    before = _state(ports)
    page = ask(ports, SIGNER.sign(grant))
    assert page.status == status
    assert title in page.body
    assert "acl-alb" not in page.body
    assert "<form" not in page.body
    assert _state(ports) == before


@pytest.mark.parametrize("token", ["", "nonsense", TOKEN[:-1]])
def test_a_broken_link_says_so(token: str) -> None:
    """A link that a mail program cut is not a mystery."""
    page = get_page(ID, token, some_ports(), SIGNER)
    assert page.status == 403
    assert "This link is not valid" in page.body


def test_an_incident_that_is_no_longer_kept_is_gone() -> None:
    """A link may outlive its incident."""
    page = get_page(ID, TOKEN, FakePorts(clock=some_ports().clock), SIGNER)
    assert page.status == 404
    assert "gone" in page.body


def test_an_incident_without_a_plan_has_nothing_to_decide() -> None:
    """A link for a plan that vanished is superseded."""
    page = get_page(ID, TOKEN, some_ports(a_proposal(plan=None)), SIGNER)
    assert page.status == 410


def test_after_the_decision_the_page_follows_and_asks_no_more() -> None:
    """State, answer, reason and journal are shown; there are no buttons."""
    ports = some_ports()
    _post(ports, _form(ports))
    taken = get_page(ID, TOKEN, ports, SIGNER)
    assert "The decision is taken" in taken.body
    assert "<form" not in taken.body
    verifying = get_page(ID, TOKEN, some_ports(a_resolved(state=State.VERIFYING, reason="")), SIGNER)
    assert "Look again" in verifying.body
    assert "Approved by alice" in verifying.body
    done = get_page(ID, TOKEN, some_ports(a_resolved()), SIGNER)
    assert done.status == 200
    assert "<form" not in done.body
    assert "Look again" not in done.body
    assert "The path is open, the targets are healthy and the alarm is OK." in done.body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("x" * 5000, 413),
        ("", 400),
        ("nonsense", 400),
        ("%ff=%ff&token=a", 400),
        ("token=%ff&form=b&decision=approve", 400),
        ("token=a&form=b&decision=maybe", 400),
        ("token=a&form=b", 400),
        ("token=a&token=b&form=b&decision=approve", 400),
        ("token=a&form=b&decision=approve&more=1", 400),
        ("&".join(f"a{i}=1" for i in range(50)), 400),
    ],
)
def test_a_form_that_is_none_is_refused_clearly(body: str, status: int) -> None:
    """Oversized and malformed posts get a page of their own and change nothing."""
    ports = some_ports()
    before = _state(ports)
    page = _post(ports, body)
    assert page.status == status
    assert "Nothing was decided" in page.body
    assert _state(ports) == before


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_no_input_makes_the_page_fail(body: str, incident_id: str, token: str) -> None:
    """Whatever comes in, a page of the refusing kind goes out."""
    ports = some_ports()
    assert post_decision(incident_id, body, body, ports, SIGNER).status in {400, 403}
    assert get_page(incident_id, token, ports, SIGNER).status == 403


def _pages() -> list[Page]:
    ports = some_ports()
    return [
        get_page(ID, TOKEN, ports, SIGNER),
        get_page(ID, "nonsense", ports, SIGNER),
        _post(ports, "nonsense"),
        _post(ports, _form(ports)),
    ]


@pytest.mark.parametrize("page", _pages(), ids=["proposal", "refusal", "malformed", "decided"])
def test_every_page_has_strict_headers_and_only_the_style_they_admit(page: Page) -> None:
    """No script, no foreign asset, no framing, no referrer, no cache; the one style sheet by its hash."""
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    [style] = re.findall(r"<style>(.*?)</style>", page.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert policy == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
    assert not re.search(r"<script|<link|<img|<iframe|style=|\son\w+=|https?://", page.body)


def test_hostile_text_is_inert() -> None:
    """Markup, script addresses and template syntax in names are shown as the text they are."""
    finding = a_finding(sentence=HOSTILE, resource=HOSTILE, evidence=(Evidence(HOSTILE, HOSTILE, HOSTILE),))
    effect = replace(a_plan().effect, rerouted=(Reroute(HOSTILE, HOSTILE, HOSTILE, HOSTILE),))
    hostile = a_proposal(
        subject=f"a/{HOSTILE}/b",
        reason=HOSTILE,
        diagnosis=a_diagnosis(finding, ruled_out=(RuledOut(HOSTILE, HOSTILE),), unknown=(HOSTILE,)),
        plan=a_plan(leaves=(HOSTILE,), disrupts=(HOSTILE,), effect=effect),
    )
    body = get_page(ID, TOKEN, some_ports(hostile), SIGNER).body
    assert not re.search(r"<script|<img|<a |javascript:[^&]*\"", body)
    assert "{{ 7*7 }}" in body
    assert "&lt;script&gt;" in body


def test_no_page_but_the_proposal_repeats_the_token() -> None:
    """Refusals do not echo the credential."""
    expired = SIGNER.sign(replace(GRANT, expires_at=1))
    assert expired not in get_page(ID, expired, some_ports(), SIGNER).body
