"""Least privilege in a deployed application: every role is held to its policy while an incident is repaired.

The whole demonstration is held to them as well (`make demo`). What a policy allows and no incident here needs is called
in the stories, or has its reason (tests/integration/story/unplayed.py).
"""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from lab import demo, deploy, faults, judge, permissions, rounds
from lab.clients import client
from lab.emulators import HOME, Emulators
from lab.screen import Screen
from lab.stage import CLOSED, WAITING, Stage, answer, await_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.inbox import Message

pytestmark = [
    pytest.mark.lab,
    pytest.mark.enable_socket,
    pytest.mark.skipif("LAB_E2E" not in os.environ, reason="takes minutes: make test-iam"),
]
_WAIT_SECONDS = 180
PLAYED = ("Triage", "RequestApproval", "AnswerApproval", "ApplyPlan", "VerifyRecovery", "CloseIncident")
_TAKEN = "ec2:ReplaceNetworkAclEntry"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The deployed application and its world, apart from a lab that somebody left running."""
    home = HOME / "permissions"
    with Emulators(home) as emulators:
        yield demo.prepare(emulators.running, home, Screen())


@contextmanager
def without(stage: Stage, action: str) -> Iterator[None]:
    """Take an action away from the policy of all changes, and give it back."""
    iam = client(stage.endpoints.serverless, "iam")
    arn = deploy.resources(stage.endpoints, "AWS::IAM::ManagedPolicy")["NetworkWritePolicy"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: dict[str, Any] = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    less = deepcopy(document)
    for statement in less["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(less), SetAsDefault=True)
    try:
        yield
    finally:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)


def proposed(stage: Stage, began: float) -> Message:
    """Return the proposal that is made of what is broken now."""
    return await_message(stage, lambda one: one.state == WAITING, _WAIT_SECONDS, "a proposal", began)


def ended(stage: Stage, proposal: Message, began: float) -> Message:
    """Approve a proposal by its page, and return the message of the incident's end."""
    answer(stage, proposal, "page", began)

    def ends(message: Message) -> bool:
        return message.incident_id == proposal.incident_id and message.state in CLOSED

    return await_message(stage, ends, _WAIT_SECONDS, "the end of the incident", began)


def test_a_missing_permission_ends_in_a_report_that_names_it_and_once_given_the_repair_is_made(stage: Stage) -> None:
    """Nothing is half done: the world is as it was, and the next incident about it is repaired, within the policies.

    Each function of an incident was held to a role of its own.
    """
    began = time.time()
    with without(stage, _TAKEN):
        faults.break_("3", stage.endpoints, stage.world)
        proposal = proposed(stage, began)
        before = judge.fingerprint(stage.endpoints)
        ending = ended(stage, proposal, began)
        assert judge.fingerprint(stage.endpoints) == before
    assert ending.state == "failed", ending.text
    assert _TAKEN in ending.text
    lacked = {one.action for one in permissions.asked(stage.home) if not one.allowed}
    assert lacked == {_TAKEN}

    given = time.time()
    rounds.request_audit(stage, given)
    ending = ended(stage, proposed(stage, given), given)
    assert ending.state == "resolved", ending.text
    assert permissions.denied(stage.home, given) == []
    roles = deploy.resources(stage.endpoints, "AWS::IAM::Role")
    changed = {one.role for one in permissions.asked(stage.home, given) if one.action == _TAKEN}
    assert changed == {roles["ApplyPlanRole"]}
    assert {roles[f"{name}Role"] for name in PLAYED} <= set(permissions.used(stage.home))
