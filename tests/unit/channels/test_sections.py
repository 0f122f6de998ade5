"""A proposal says what policies newly allow, what waits, whose intent it may be, and what is not known; harmlessly."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network

import pytest

from pathmend.channels.announcer import Announcer
from pathmend.channels.pages import incident_page
from pathmend.channels.record import record
from pathmend.channels.sections import Section, proposal_sections
from pathmend.diagnosis import finding as causes
from pathmend.diagnosis.finding import Cause, Evidence
from pathmend.guardrails.decision import Decision, Mode
from pathmend.incidents.incident import Incident, State
from pathmend.network.ports import PortSet
from pathmend.snapshot.resources import SecurityGroupRule
from tests.unit.channels.proposals import a_diagnosis, a_finding, a_plan, a_proposal

LONG = "statement ddbReadOnly of policy app-data allows it when aws:sourceVpce is vpce-dynamodb; " * 5
HOSTILE = "\x1b[2J\r\nAPPROVE OR REJECT\nhttps://evil.example <script>alert(1)</script>{{ 7*7 }}"
RULE = SecurityGroupRule(egress=True, protocol="6", ports=(443, 443), peer=ip_network("10.2.4.0/24"), id="sgr-1")
SAID: tuple[tuple[Cause, dict[str, object]], ...] = (
    (
        causes.EndpointWithoutTables("vpce-1", ("rtb-a", "rtb-b")),
        {"kind": "EndpointWithoutTables", "endpoint_id": "vpce-1", "table_ids": ["rtb-a", "rtb-b"]},
    ),
    (
        causes.RouteGap(("rtb-a",), "10.2.4.0/24", "tgw-1"),
        {"kind": "RouteGap", "table_ids": ["rtb-a"], "destination": "10.2.4.0/24", "target": "tgw-1", "present": None},
    ),
    (
        causes.MetadataOff("i-1", enabled=True, hop_limit=2),
        {"kind": "MetadataOff", "instance_id": "i-1", "enabled": True, "hop_limit": 2},
    ),
    (
        causes.GroupGap("sg-1", RULE),
        {
            "kind": "GroupGap",
            "group_id": "sg-1",
            "rule": {"egress": True, "protocol": "6", "ports": [443, 443], "peer": "10.2.4.0/24", "id": "sgr-1"},
        },
    ),
    (
        causes.AclGap("acl-1", True, "6", (ip_network("1.1.1.1/32"),), PortSet.of(80), PortSet.of(80), "99"),  # noqa: FBT003
        {
            "kind": "AclGap", "acl_id": "acl-1", "egress": True, "protocol": "6", "peers": ["1.1.1.1/32"],
            "ports": "80", "needed": "80", "rule": "99",
        },
    ),
    (causes.NoMechanicalRepair("ask its owner"), {"kind": "NoMechanicalRepair", "advice": "ask its owner"}),
)  # fmt: skip


def sections_of(incident: Incident) -> dict[str, Section]:
    """Return the sections by title."""
    return {section.title: section for section in proposal_sections(incident)}


def texts(incident: Incident, title: str) -> list[str]:
    """Return a section's lines."""
    return [line.text for line in sections_of(incident)[title].lines]


def test_what_policies_newly_allow_is_said() -> None:
    """A sentence per grant, in proposal and mail; without any the section is left out."""
    grant = "everyone may call s3:GetObject on arn:aws:s3:::pictures/green.png by vpce-s3"
    incident = a_proposal(plan=a_plan(grants=(grant,)))
    assert texts(incident, "What policies newly allow") == [f"E{grant[1:]}."]
    assert (
        "WHAT POLICIES NEWLY ALLOW\n- Everyone may call" in Announcer("https://a.example", None).proposal(incident).text
    )
    assert "What policies newly allow" not in sections_of(a_proposal())


def test_what_waits_for_its_own_approval_is_not_called_left_broken() -> None:
    """A finding that is deferred is repaired in a later round."""
    plan = a_plan(
        leaves=("the app is down", "rule group web drops api.example"), deferred=("rule group web drops api.example",)
    )
    incident = a_proposal(plan=plan)
    assert texts(incident, "What waits for an approval of its own") == ["Rule group web drops api.example."]
    assert texts(incident, "What stays broken") == ["The app is down."]


def test_what_stays_broken_says_why() -> None:
    """Somebody has to decide what no change repairs safely, and wants to know what was tried."""
    plan = a_plan(leaves=("the app is down",), refusals=("a wider rule would let others in: decide who needs it",))
    said = texts(a_proposal(plan=plan), "Why no change repairs that")
    assert said == ["A wider rule would let others in: decide who needs it."]


def test_open_connections_that_are_cut_are_said() -> None:
    """Associating an endpoint drops what is open to the service."""
    incident = a_proposal(plan=a_plan(disrupts=("open connections to dynamodb from rtb-app-a",)))
    assert texts(incident, "What it cuts") == ["Open connections to dynamodb from rtb-app-a."]


@pytest.mark.parametrize(("state", "shown"), [(State.AWAITING_APPROVAL, True), (State.RESOLVED, False)])
def test_whose_intent_it_may_be_is_in_the_mail_that_asks(state: State, *, shown: bool) -> None:
    """The reasons of the decision stand in the mail while there is something to decide."""
    reason = "the policy of vpce-s3 is changed: who limited it may have meant it"
    incident = a_proposal(state=state, decision=Decision(Mode.ASK, (reason,)))
    text = Announcer("https://a.example", None).proposal(incident).text
    assert ("- The policy of vpce-s3 is changed: who limited it may have meant it." in text) == shown
    assert "Why this decision" in sections_of(incident)


def test_what_is_not_known_of_needs_stands_apart() -> None:
    """It says nothing about the load balancer itself."""
    diagnosis = a_diagnosis(unknown=("NetworkAcls: denied",), dependencies_unknown=("which address db.example has",))
    incident = a_proposal(diagnosis=diagnosis)
    assert texts(incident, "Could not be read") == ["NetworkAcls: denied."]
    assert texts(incident, "Not known of what the targets need") == ["Which address db.example has."]
    assert record(incident)["dependencies_unknown"] == ["which address db.example has"]


def test_a_long_finding_is_said_whole() -> None:
    """Endpoint, tables, statement and targets need more room than a name."""
    incident = a_proposal(diagnosis=a_diagnosis(a_finding(sentence=LONG.strip(), evidence=(Evidence("f", "s", LONG),))))
    assert texts(incident, "What is broken") == [f"S{LONG.strip()[1:]}."]
    assert texts(incident, "The proof") == [f"f: {LONG.strip()}"]


def test_each_finding_has_its_strongest_evidence_first() -> None:
    """Three rows of each before the fourth of any; the mail shows those."""
    rows = tuple(Evidence(f"fact {number}", "s", "v") for number in range(4))
    others = tuple(Evidence(f"other {number}", "s", "v") for number in range(2))
    diagnosis = a_diagnosis(a_finding(evidence=rows), a_finding(code="B", evidence=others))
    proof = sections_of(a_proposal(diagnosis=diagnosis))["The proof"]
    assert [line.text for line in proof.lines] == [
        "fact 0: v", "fact 1: v", "fact 2: v", "other 0: v", "other 1: v", "fact 3: v",
    ]  # fmt: skip
    assert proof.brief == 5


def test_a_whole_policy_is_shown_to_who_approves_it() -> None:
    """20,480 characters are what AWS lets an endpoint's policy have."""
    step = a_plan().steps[0]
    request = replace(step.requests[0], parameters={"PolicyDocument": "x" * 20_480})
    incident = a_proposal(plan=a_plan(steps=(replace(step, requests=(request,)),)))
    [line] = sections_of(incident)["The exact calls to AWS"].lines
    assert line.detail == f"PolicyDocument={'x' * 20_480}"


@pytest.mark.parametrize(("cause", "said"), SAID, ids=[type(cause).__name__ for cause, _ in SAID])
def test_a_cause_is_told_to_machines(cause: Cause, said: dict[str, object]) -> None:
    """Its kind and its fields; networks, ports and rules as JSON has them."""
    whole = json.loads(json.dumps(record(a_proposal(diagnosis=a_diagnosis(a_finding(cause=cause))))))
    assert whole["findings"][0]["cause"] == said


def test_grants_and_what_waits_are_told_to_machines() -> None:
    """Lists of sentences, empty where there are none."""
    plan = record(a_proposal(plan=a_plan(grants=("a",), deferred=("b",))))["plan"]
    assert isinstance(plan, dict)
    assert (plan["grants"], plan["deferred"]) == (["a"], ["b"])


def test_hostile_names_of_policies_are_inert_everywhere() -> None:
    """A Sid or a tag in a grant, an intent or a need forges no line, no link and no markup."""
    incident = a_proposal(
        plan=a_plan(grants=(HOSTILE,), deferred=(HOSTILE,)),
        decision=Decision(Mode.ASK, (HOSTILE,)),
        diagnosis=a_diagnosis(a_finding(cause=causes.NoMechanicalRepair(HOSTILE)), dependencies_unknown=(HOSTILE,)),
    )
    text = Announcer("https://answer.example", None).proposal(incident).text
    assert "https://evil" not in text
    assert text.count("\nAPPROVE OR REJECT\n") == 1
    assert not set(text) & set("\r\x1b")
    page = incident_page(incident, (), form=None, follow="https://answer.example/").body
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page
