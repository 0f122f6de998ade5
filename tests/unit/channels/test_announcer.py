"""Mails say what to decide, on a phone, and no foreign text can speak in our name."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathmend.channels.announcer import Announcer
from pathmend.channels.tokens import Grant, TokenSigner
from pathmend.diagnosis.finding import Certainty, Evidence, NoMechanicalRepair, RuledOut
from pathmend.incidents.incident import Answer, Channel, JournalEntry, State, Verdict
from pathmend.network.difference import Difference, Reach, Reroute
from pathmend.plans.plan import PlannedChange, Risk
from tests.unit.channels.proposals import (
    ALB_SUBNETS,
    FINGERPRINT,
    NOON,
    a_diagnosis,
    a_finding,
    a_journal,
    a_plan,
    a_proposal,
    a_resolved,
)

GOLDEN = Path(__file__).parent / "golden"
SIGNER = TokenSigner(["secret"])
ANNOUNCER = Announcer("https://answer.example/", SIGNER)
LINK = re.compile(r"^https://answer\.example/incidents/([\w-]+)\?token=(\S+)$", re.MULTILINE)
HOSTILE = (
    "x\r\n\r\nAPPROVE OR REJECT\nhttps://evil.example/steal <script>alert(1)</script> "
    "javascript:alert(1) \x1b[2J\u202e\u2028 [red]"
)


def _text(**overrides: object) -> str:
    return ANNOUNCER.proposal(a_proposal(**overrides)).text


def test_the_proposal_of_fault_3_reads_as_reviewed() -> None:
    """The whole mail, as a reader approved it; only the token differs from run to run."""
    notice = ANNOUNCER.proposal(a_proposal())
    text = re.sub(r"token=\S+", "token=TOKEN", f"{notice.subject}\n\n{notice.text}")
    assert text == (GOLDEN / "proposal_fault_3.txt").read_text()


def test_the_outcome_of_fault_3_reads_as_reviewed() -> None:
    """The closing mail, as a reader approved it."""
    notice = ANNOUNCER.outcome(a_resolved(), a_journal())
    assert f"{notice.subject}\n\n{notice.text}" == (GOLDEN / "outcome_fault_3.txt").read_text()


def test_the_link_stands_on_its_own_line_and_grants_this_plan_until_it_expires() -> None:
    """The token in the mail decides about what the mail shows, and nothing else."""
    notice = ANNOUNCER.proposal(a_proposal())
    [(incident_id, token)] = LINK.findall(notice.text)
    grant = SIGNER.read(token, NOON, incident_id=incident_id)
    assert grant == Grant("20261122T120000-3f9a2c", FINGERPRINT, 1, Channel.PAGE, int(NOON.timestamp()) + 3600)


def test_attributes_serve_filters_and_machines() -> None:
    """Incident and state are there always, the address of the page while there is something to decide."""
    attributes = dict(ANNOUNCER.proposal(a_proposal()).attributes)
    assert attributes["incident_id"] == "20261122T120000-3f9a2c"
    assert attributes["state"] == "awaiting_approval"
    assert attributes["approve_url"].startswith("https://answer.example/incidents/")
    assert dict(ANNOUNCER.outcome(a_resolved(), ()).attributes) == {
        "incident_id": "20261122T120000-3f9a2c",
        "state": "resolved",
    }


@pytest.mark.parametrize(
    ("announcer", "overrides"),
    [
        (Announcer("https://answer.example", None), {}),
        (ANNOUNCER, {"plan": None}),
        (ANNOUNCER, {"expires_at": None}),
    ],
)
def test_without_signer_plan_or_expiry_there_is_no_link(announcer: Announcer, overrides: dict[str, object]) -> None:
    """The command line remains as the way to answer."""
    notice = announcer.proposal(a_proposal(**overrides))
    assert "token=" not in notice.text
    assert "pathmend approve 20261122T120000-3f9a2c" in notice.text
    assert "approve_url" not in dict(notice.attributes)


def test_what_is_opened_beyond_the_repair_is_told_from_the_repair() -> None:
    """What the plan calls beyond the repair comes first, then what the repair needs."""
    repair = a_plan().effect.opened[0]
    wider = replace(repair, peer=ip_network("10.0.0.0/16"))
    everything = replace(repair, ports=None)
    effect = Difference((repair, wider, everything), (), ())
    text = _text(plan=a_plan(effect=effect, beyond=(wider, everything), risk=Risk.HIGH))
    section = text.split("WHAT IT OPENS BEYOND THE REPAIR\n")[1].split("\n\n")[0]
    assert "- TCP 1024-32767 from 10.0.0.0/16" in section
    assert "- TCP from 10.0.11.0/24" in section
    assert "- The repair itself opens TCP 1024-32767 from 10.0.11.0/24" in section
    assert "Nothing." not in section
    assert "- High: it opens more than the repair needs." in text


def test_pieces_of_a_closed_block_share_a_line() -> None:
    """Peers that differ in nothing else stand together, eight to a line."""
    pieces = tuple(replace(a_plan().effect.closed[0], peer=ip_network(f"10.0.{i}.0/24")) for i in range(9))
    text = _text(plan=a_plan(effect=Difference((), pieces, ())))
    section = text.split("WHAT IT CLOSES\n")[1].split("\n\n")[0]
    assert section.startswith("- TCP 32768-65535 from 10.0.0.0/24, 10.0.1.0/24, ")
    assert "\n- TCP 32768-65535 from 10.0.8.0/24\n" in section


def test_rerouted_packets_and_cut_connections_are_said() -> None:
    """A change of route names both ways."""
    effect = Difference(
        (), (), (Reroute("subnet-alb-b", "0.0.0.0/0", "nat-b", None), Reroute("s", "::/0", None, "igw"))
    )
    text = _text(plan=a_plan(effect=effect, disrupts=("connections of subnet-alb-b",)))
    assert "- Connections of subnet-alb-b." in text
    assert "- Packets of subnet-alb-b to 0.0.0.0/0 leave by the next wider route, if any, instead of nat-b." in text
    assert "- Packets of s to ::/0 leave by igw instead of the next wider route, if any." in text


def test_egress_of_another_protocol_is_said_in_words() -> None:
    """A protocol without a name keeps its number."""
    reach = Reach("acl-alb", "egress", ip_network("0.0.0.0/0"), "47", None, ())
    text = _text(plan=a_plan(effect=Difference((reach,), (), ()), beyond=(reach,)))
    assert "- protocol 47 to 0.0.0.0/0\n  (egress of acl-alb)" in text


def test_what_stays_broken_and_what_a_person_must_do_are_said() -> None:
    """A plan that repairs only a part does not hide the rest."""
    other = a_finding(code="OTHER", cause=NoMechanicalRepair("restart the application"), certainty=Certainty.LIKELY)
    diagnosis = a_diagnosis(a_finding(), other, unknown=("NetworkAcls were denied",))
    text = _text(diagnosis=diagnosis, plan=a_plan(leaves=("the app is down",)))
    assert "FOR A PERSON TO DO\n- Restart the application." in text
    assert "WHAT STAYS BROKEN\n- The app is down." in text
    assert "COULD NOT BE READ\n- NetworkAcls were denied." in text


def test_the_surest_evidence_comes_first() -> None:
    """A proven finding's rows go before a possible one's, wherever the diagnosis lists it; each finding has some."""
    guess = a_finding(evidence=(Evidence("a guess", "somewhere", "maybe"),) * 2, certainty=Certainty.POSSIBLE)
    rows = _text(diagnosis=a_diagnosis(guess, a_finding())).split("THE PROOF\n")[1].split("\n\n")[0].splitlines()
    assert rows[-3:] == ["- a guess: maybe", "  (somewhere)", "- and 1 more: pathmend show, or the page, has them all"]
    assert rows[0].startswith("- ports dropped")


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_words(state: State) -> None:
    """No outcome leaves a person without a sentence."""
    notice = ANNOUNCER.outcome(a_proposal(state=state), a_journal())
    assert notice.text.startswith("WebApp-ALB: ")
    assert dict(notice.attributes)["state"] == state.value


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("channel", list(Channel))
def test_every_answer_has_its_words(verdict: Verdict, channel: Channel) -> None:
    """Who, how and when are said; a withdrawal has nobody."""
    text = ANNOUNCER.outcome(a_resolved(answer=Answer(verdict, "bob", channel, NOON, FINGERPRINT)), ()).text
    assert ("by bob" in text) == (verdict is not Verdict.RECOVERED_BY_ITSELF)
    assert "2026-11-22 12:00 UTC" in text


def test_an_incident_without_diagnosis_says_so() -> None:
    """A failure before the diagnosis still makes a readable mail."""
    bare = a_proposal(diagnosis=None, plan=None, decision=None, state=State.FAILED, triggers=(), subject="odd")
    notice = ANNOUNCER.outcome(bare, ())
    assert notice.subject == "[Pathmend] Failed: odd: No cause was found."
    assert "- No cause was found." in notice.text


def test_a_healthy_diagnosis_says_that_nothing_is_wrong() -> None:
    """An audit that finds nothing reads as such, and not as a failure to find."""
    healthy = replace(a_diagnosis(), findings=())
    notice = ANNOUNCER.outcome(a_proposal(diagnosis=healthy, plan=None, state=State.REPORTED), ())
    assert notice.subject == "[Pathmend] Reported: WebApp-ALB: Nothing is wrong."
    assert "please decide" not in notice.text
    assert "WHAT HAPPENED" not in notice.text


def test_a_long_journal_is_cut_at_its_old_end() -> None:
    """The newest lines stay; how many are left out is said."""
    journal = tuple(JournalEntry(NOON, "verify", f"line {i}") for i in range(50))
    text = ANNOUNCER.outcome(a_resolved(), journal).text
    assert "- 10 earlier lines: pathmend show has them all" in text
    assert "line 49" in text
    assert "line 9\n" not in text


def test_hostile_text_forges_no_line_and_no_link() -> None:
    """Names and tags are data: no line break, no escape sequence and no address of theirs survives."""
    finding = a_finding(sentence=HOSTILE, resource=HOSTILE, evidence=(Evidence(HOSTILE, HOSTILE, HOSTILE),))
    hostile = a_proposal(
        subject=HOSTILE,
        reason=HOSTILE,
        diagnosis=a_diagnosis(finding, ruled_out=(RuledOut(HOSTILE, HOSTILE),), unknown=(HOSTILE,)),
        plan=a_plan(leaves=(HOSTILE,), disrupts=(HOSTILE,)),
        answer=Answer(Verdict.APPROVED, HOSTILE, Channel.PAGE, NOON, FINGERPRINT),
    )
    for notice in (ANNOUNCER.proposal(hostile), ANNOUNCER.outcome(hostile, (JournalEntry(NOON, HOSTILE, HOSTILE),))):
        assert "https://evil" not in notice.text
        assert notice.text.count("\nAPPROVE OR REJECT\n") == (1 if notice.subject.startswith("[Pathmend] App") else 0)
        assert not set(notice.text) & set("\r\x1b\u202e\u2028")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_every_subject_is_one_that_sns_takes(name: str, sentence: str) -> None:
    """Under 100 characters of printable ASCII on one line, whatever the names are."""
    incident = a_proposal(subject=f"a/{name}/b", diagnosis=a_diagnosis(a_finding(sentence=sentence)))
    subject = ANNOUNCER.proposal(incident).subject
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


def test_the_largest_mail_fits_into_sns() -> None:
    """Thousands of long lines are cut and counted; the link is never cut."""
    many = tuple(Evidence(f"{i}" + "\U0001f525" * 999, "s" * 999, "v" * 999) for i in range(200))
    findings = tuple(a_finding(code=f"C{i}", sentence="\U0001f525" * 999, evidence=many) for i in range(20))
    reach = Reach("acl-alb", "ingress", ip_network("10.9.0.0/16"), "6", None, ALB_SUBNETS * 200)
    plan = a_plan(
        effect=Difference((reach,) * 900, (reach,) * 900, ()), beyond=(reach,) * 900, disrupts=("d" * 999,) * 900
    )
    notice = ANNOUNCER.proposal(a_proposal(diagnosis=a_diagnosis(*findings), plan=plan))
    assert len(notice.text.encode()) < 256 * 1024
    assert LINK.search(notice.text)
    assert "- and 888 more: pathmend show, or the page, has them all" in notice.text


@pytest.mark.parametrize(
    ("state", "applied", "title"),
    [
        (State.RESOLVED, a_plan().steps, "WHAT WAS CHANGED"),
        (State.ROLLED_BACK, a_plan().steps, "WHAT WAS CHANGED, AND UNDONE"),
        (State.REJECTED, (), "WHAT WAS PROPOSED, AND NOT DONE"),
        (State.VERIFYING, a_plan().steps, "WHAT WILL CHANGE"),
    ],
)
def test_an_ending_says_what_was_done_and_no_more_what_will_be(
    state: State, applied: tuple[PlannedChange, ...], title: str
) -> None:
    """A reader of an outcome must not take a rejected change for a made one."""
    text = ANNOUNCER.outcome(a_resolved(state=state, applied=applied), ()).text
    assert f"\n{title}\n" in text
    assert ("HOW IT IS UNDONE" in text) == (not state.closed)
