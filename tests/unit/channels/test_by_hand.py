"""The loudest notice: what Pathmend could not undo, with commands that a person can paste."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from pathmend.aws.catalogue import KINDS
from pathmend.changes.change import ApiRequest
from pathmend.channels.announcer import Announcer
from pathmend.channels.by_hand import command, to_undo_by_hand
from pathmend.incidents.incident import JournalEntry, State
from tests.unit.channels.proposals import NOON, a_journal, a_plan, a_proposal

GOLDEN = Path(__file__).parent / "golden"
ANNOUNCER = Announcer("https://answer.example/", None)
SERVICES = {"elasticloadbalancing": "elbv2"}


def _with_undo_requests(plan):
    """Return the plan as the planner makes it: each step with the calls that undo it in the world after it."""
    (step,) = plan.steps
    world_after = ApiRequest(
        "ec2",
        "ReplaceNetworkAclEntry",
        {
            "NetworkAclId": "acl-alb",
            "Egress": False,
            "RuleNumber": 1100,
            "Protocol": "6",
            "RuleAction": "allow",
            "CidrBlock": "10.0.0.0/16",
            "PortRange": {"From": 32768, "To": 65535},
        },
    )
    return replace(plan, steps=(replace(step, undo_requests=(world_after,)),))


def _failed(**overrides):
    plan = _with_undo_requests(a_plan())
    reason = "the alarm did not recover; by hand: set ingress rule 1100 (the role lacks ec2:ReplaceNetworkAclEntry)"
    fields = {"state": State.ROLLBACK_FAILED, "plan": plan, "applied": plan.steps, "reason": reason, **overrides}
    return a_proposal(**fields)


def test_the_notice_of_a_rollback_that_failed_reads_as_reviewed() -> None:
    """The whole mail, as a reader approved it."""
    notice = ANNOUNCER.outcome(_failed(), (*a_journal(), JournalEntry(NOON, "roll_back", "by hand: ...")))
    assert f"{notice.subject}\n\n{notice.text}" == (GOLDEN / "rollback_failed_fault_3.txt").read_text()


def test_nobody_who_filters_misses_it() -> None:
    """The subject calls for a person, and the attributes say how grave it is."""
    notice = ANNOUNCER.outcome(_failed(), ())
    assert notice.subject.startswith("ACTION REQUIRED: WebApp-ALB")
    assert dict(notice.attributes) == {
        "incident_id": "20261122T120000-3f9a2c",
        "state": "rollback_failed",
        "severity": "critical",
    }


def test_what_was_undone_or_verified_is_not_listed() -> None:
    """Only what stands and helped nobody must be undone by hand, the newest first."""
    (step,) = _with_undo_requests(a_plan()).steps
    second = replace(step, change=replace(step.change, rule_number=7), undo=replace(step.undo, rule_number=7))
    incident = _failed(applied=(step, second, step), verified=0, undone=(2,))
    said = [line for line in to_undo_by_hand(incident) if line.startswith("- ")]
    assert said == [f"- {second.undo.summary}", f"- {step.undo.summary}"]
    assert list(to_undo_by_hand(replace(incident, verified=2))) == []


def test_a_step_whose_calls_are_not_known_says_so() -> None:
    """It was planned by an older version."""
    incident = _failed(applied=a_plan().steps)
    assert any("its calls are not known" in line for line in to_undo_by_hand(incident))


@pytest.mark.parametrize("action", sorted({action for kind in KINDS.values() for action in kind.iam_actions}))
def test_every_call_of_the_catalogue_is_a_command_of_the_cli(action: str) -> None:
    """The CLI spells operations as botocore does, with hyphens."""
    prefix, operation = action.split(":")
    service = SERVICES.get(prefix, prefix)
    if operation not in Session().get_service_model(service).operation_names:
        pytest.skip("a permission that no operation of its own needs")
    words = command(ApiRequest(service, operation, {}), "eu-west-1").split()
    assert words[:5] == ["aws", service, xform_name(operation, "-"), "--region", "eu-west-1"]


def test_a_shell_reads_what_was_meant() -> None:
    """Quotes, dollars and addresses in a policy come through as they are, and make neither commands nor links."""
    document = '{"a": "it\'s $(rm -rf ~) `x` https://evil.example/"}'
    text = command(ApiRequest("ec2", "ModifyVpcEndpoint", {"PolicyDocument": document}), "")
    assert "\n" not in text
    assert "https://" not in text
    words = shlex.split(text)
    assert words[:3] == ["aws", "ec2", "modify-vpc-endpoint"]
    assert json.loads(words[-1]) == {"PolicyDocument": document}


def test_a_subject_that_is_no_arn_has_no_region() -> None:
    """The CLI's own setting is all that is known then."""
    commands = [line for line in to_undo_by_hand(_failed(subject="odd")) if line.startswith("aws ")]
    assert commands
    assert "--region" not in commands[0]


@pytest.mark.parametrize(
    ("state", "undone", "fate"),
    [
        (State.ROLLED_BACK, (0,), "does not stand any more"),
        (State.FAILED, (0,), "did not take effect"),
        (State.PARTLY_RECOVERED, (), "stands"),
    ],
)
def test_an_ending_that_is_no_repair_says_what_was_tried(state: State, undone: tuple[int, ...], fate: str) -> None:
    """Every change, and what became of it."""
    incident = a_proposal(state=state, applied=a_plan().steps, undone=undone)
    text = ANNOUNCER.outcome(incident, ()).text
    section = text.split("WHAT WAS TRIED\n")[1].split("\n\n")[0]
    assert section.endswith(f"({fate})")
    assert "WHAT WAS TRIED" not in ANNOUNCER.outcome(replace(incident, state=State.RESOLVED), ()).text


def test_a_proposal_after_drift_begins_with_why_the_former_one_holds_no_more() -> None:
    """Whoever approved the former one is told first."""
    why = "acl-alb changed since the plan was made: ingress rule 1100: deny"
    lines = ANNOUNCER.proposal(a_proposal(round=2, superseded=why)).text.splitlines()
    assert lines[1] == "The proposal of round 1 was not applied, and nothing of it was changed."
    assert lines[2] == "acl-alb changed since the plan was made: ingress rule 1100: deny."
