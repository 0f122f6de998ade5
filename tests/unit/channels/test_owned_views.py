"""Whose code owns what a plan changes is said first, and the same change as code where people look for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.channels.announcer import Announcer
from pathmend.channels.infrastructure_code.cloudformation import cloudformation_slots
from pathmend.channels.infrastructure_code.owned import patches
from pathmend.channels.infrastructure_code.terraform import terraform_slots
from pathmend.channels.pages import incident_page
from pathmend.channels.record import record
from pathmend.channels.sections import proposal_sections
from pathmend.channels.terminal import print_incident
from pathmend.channels.tokens import TokenSigner
from pathmend.guardrails.decision import Decision, Mode
from pathmend.guardrails.ownership import Owner, Tool
from pathmend.incidents.incident import Incident, State
from pathmend.plans.plan import PlannedChange
from tests.unit.changes.cases import CASES, Case
from tests.unit.channels.proposals import a_plan, a_proposal

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = Path(__file__).parents[3] / "docs" / "infrastructure-code.md"
ANNOUNCER = Announcer("https://answer.example/", TokenSigner(["secret"]))
STACK = Owner("acl-alb", Tool.CLOUDFORMATION, "web-network", "AlbAcl", "AWS::EC2::NetworkAcl")
STATE = Owner(
    "acl-alb", Tool.TERRAFORM, "s3://acme-states/web.tfstate", "module.net.aws_network_acl.alb", "aws_network_acl"
)
HOSTILE = "</pre></details><script>alert(1)</script>\n- https://evil.example {{ 7*7 }} [red]"


def owned(*owners: Owner, **overrides: object) -> Incident:
    """Return the proposal of fault 3 where these own the ACL."""
    decision = Decision(
        Mode.ASK, ("SetAclEntry is asked about by default",), "parameter /pathmend/rules, version 7", owners
    )
    return a_proposal(decision=decision, **overrides)


def mail(incident: Incident) -> str:
    """Return the mail that asks, without the token."""
    return re.sub(r"token=\S+", "token=TOKEN", ANNOUNCER.proposal(incident).text)


def page(incident: Incident) -> str:
    """Return the page."""
    return incident_page(incident, (), form=None, follow="https://answer.example/").body


def terminal(incident: Incident) -> str:
    """Return what the command line shows."""
    shown = StringIO()
    print_incident(Console(file=shown, width=120, force_terminal=False), incident, ())
    return shown.getvalue()


@pytest.mark.parametrize(("owner", "golden"), [(STACK, "stack"), (STATE, "state")])
def test_the_mail_names_the_owner_first_and_has_the_edit_of_its_tool(owner: Owner, golden: str) -> None:
    """The whole mail, as a reader approved it; the other tool's edit is not in it."""
    assert mail(owned(owner)) == (GOLDEN / f"proposal_owned_by_{golden}.txt").read_text()


def test_the_mail_of_what_nobody_owns_is_silent_about_code() -> None:
    """Page and command line have the edits all the same."""
    text = mail(a_proposal())
    assert "CODE" not in text
    assert "CloudFormation" not in text


@pytest.mark.parametrize(
    ("state", "needed"),
    [
        (State.RESOLVED, True),
        (State.PARTLY_RECOVERED, True),
        (State.REPORTED, True),
        (State.REFUSED, True),
        (State.REJECTED, False),
        (State.ROLLED_BACK, False),
        (State.RECOVERED_BY_ITSELF, False),
    ],
)
def test_the_closing_mail_asks_for_the_edit_where_it_is_still_to_be_made(state: State, *, needed: bool) -> None:
    """A change that stays, or that is left to the owners; code is right as it is after one that was undone."""
    text = ANNOUNCER.outcome(owned(STACK, state=state), ()).text
    assert ("OWNED BY INFRASTRUCTURE CODE" in text) == needed
    assert ("Type: AWS::EC2::NetworkAclEntry" in text) == needed


def test_an_edit_too_long_for_a_mail_is_left_out_whole() -> None:
    """Nobody can paste a part."""
    statements = [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": f"arn:{n}"} for n in range(200)]
    change = SetEndpointPolicy("acl-alb", json.dumps({"Statement": statements}))
    step = PlannedChange(change, "before", SetEndpointPolicy("acl-alb", "{}"), ())
    text = mail(owned(STATE, plan=a_plan(steps=(step,))))
    assert "(longer than a mail should be: pathmend show, or the page, has it)" in text
    assert "jsonencode" not in text


def test_the_page_folds_both_edits() -> None:
    """Whoever owns it, or nobody."""
    for incident in (owned(STACK), a_proposal()):
        body = page(incident)
        assert body.count("<details><summary>") == 2
        assert "<summary>CloudFormation: set ingress rule 1100 of acl-alb to:" in body
        assert "<summary>Terraform: set ingress rule 1100 of acl-alb to:" in body
    assert "<pre># Stack web-network, logical id AlbAcl\nResources:" in page(owned(STACK))
    assert page(owned(STACK)).index("Owned by infrastructure code") < page(owned(STACK)).index("What is broken")
    assert "Owned by infrastructure code" not in page(a_proposal())


def test_the_command_line_shows_both_edits_of_what_is_owned() -> None:
    """Ready to copy: no line is broken; of what nobody owns it says where the edits are."""
    text = terminal(owned(STATE))
    [step] = a_plan().steps
    for patch in patches(step, (STATE,)):
        assert patch.text.rstrip("\n") in text
    bare = terminal(a_proposal())
    assert "aws_network_acl_rule" not in bare
    assert "No infrastructure code is known to own it" in bare


def test_the_exact_calls_that_undo_it_are_shown_where_they_are_known() -> None:
    """Newest first, in the page and by command line; the mail leaves them out."""
    [step] = a_plan().steps
    first, second = (replace(step.requests[0], parameters={"RuleNumber": number}) for number in (1, 2))
    steps = (replace(step, undo_requests=(first,)), replace(step, undo_requests=(second,)))
    incident = owned(plan=a_plan(steps=steps))
    [section] = [one for one in proposal_sections(incident) if one.title == "The exact calls that undo it"]
    assert [line.detail for line in section.lines] == ["RuleNumber=2", "RuleNumber=1"]
    assert "The exact calls that undo it" in page(incident)
    assert "THE EXACT CALLS" not in mail(incident)
    assert "The exact calls that undo it" not in page(a_proposal())


def test_the_rules_in_force_are_named() -> None:
    """With the reasons of the decision, wherever those are shown."""
    said = "The rules in force: parameter /pathmend/rules, version 7."
    assert said in mail(owned())
    assert said in page(owned())
    assert said in terminal(owned())


def test_machines_are_told_owners_patches_undo_calls_and_the_version_of_the_rules() -> None:
    """As JSON."""
    [step] = a_plan().steps
    incident = owned(STACK, plan=a_plan(steps=(replace(step, undo_requests=step.requests),)))
    whole = json.loads(json.dumps(record(incident)))
    assert whole["decision"] == {
        "mode": "ask",
        "reasons": ["SetAclEntry is asked about by default"],
        "rules_version": "parameter /pathmend/rules, version 7",
        "owners": [
            {
                "resource_id": "acl-alb", "tool": "CloudFormation", "name": "web-network", "address": "AlbAcl",
                "resource_type": "AWS::EC2::NetworkAcl",
            }
        ],
    }  # fmt: skip
    [change] = whole["plan"]["changes"]
    assert change["undo_requests"] == change["requests"]
    assert [patch["language"] for patch in change["patches"]] == ["yaml", "hcl"]
    assert change["patches"][0]["text"].startswith("# Stack web-network, logical id AlbAcl\n")


@pytest.mark.parametrize("tool", Tool)
def test_hostile_owners_are_inert_everywhere(tool: Tool) -> None:
    """A stack's name or an address forges no line, no link and no markup."""
    incident = owned(Owner("acl-alb", tool, HOSTILE, HOSTILE))
    assert "https://evil" not in mail(incident)
    assert "https://evil" not in terminal(incident)
    assert not any(line.startswith("- https") for line in mail(incident).splitlines())
    body = page(incident)
    assert "<script>" not in body
    assert body.count("</details>") == 2


def test_the_document_shows_what_the_code_really_writes() -> None:
    """Its examples are those of the golden mails."""
    [step] = a_plan().steps
    document = DOCUMENT.read_text()
    for owner, language in ((STACK, "yaml"), (STATE, "hcl")):
        [patch] = [one for one in patches(step, (owner,)) if one.language == language]
        assert f"```{language}\n{patch.text}```" in document


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_document_names_each_kind_with_its_types(case: Case) -> None:
    """In the table of kinds, by the first place that each tool has for it."""
    [row] = [line for line in DOCUMENT.read_text().splitlines() if line.startswith(f"| `{case.change.kind}` |")]
    for slot in (*cloudformation_slots(case.change), *terraform_slots(case.change)):
        known = slot.resource_type in row or "launch template" in row.replace("_", " ")
        assert known, slot.resource_type
