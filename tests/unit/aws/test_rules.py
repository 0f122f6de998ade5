"""The rules a user writes are taken exactly, or refused with the place that is wrong."""

from __future__ import annotations

import pytest

from pathmend.aws.rules import rules_from
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules


def read(text: str, ceiling: Mode = Mode.ACT) -> Rules:
    """Return the rules of a text."""
    return rules_from(text, ceiling=ceiling, where="the parameter /pathmend/rules")


def test_no_rules_are_the_stacks_own_mode() -> None:
    """Out of the box the parameter is an empty object."""
    assert read("{}", Mode.ASK) == Rules(ceiling=Mode.ASK)


def test_all_that_can_be_said_is_understood() -> None:
    """Kinds, ceiling and the kill switch."""
    text = '{"ceiling": "ask", "by_kind": {"SetAclEntry": "report", "ModifyMatcher": "act"}, "kill_switch": true}'
    kinds = (("ModifyMatcher", Mode.ACT), ("SetAclEntry", Mode.REPORT))
    assert read(text) == Rules(ceiling=Mode.ASK, by_kind=kinds, kill_switch=True)


def test_the_strictest_ceiling_holds() -> None:
    """The stack's mode and the rules' ceiling bind each other."""
    assert read('{"ceiling": "act"}', Mode.REPORT).ceiling is Mode.REPORT
    assert read('{"ceiling": "report"}', Mode.ACT).ceiling is Mode.REPORT


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "Expecting"),
        ("[]", "rules"),
        ("null", "rules"),
        ('{"by_kind": {"ModifyMatcher": "maybe"}}', "maybe"),
        ('{"by_kind": {"DropTables": "act"}}', "'DropTables' is no kind of change"),
        ('{"by_kind": []}', "by_kind"),
        ('{"kill_switch": "false"}', "kill_switch"),
        ('{"killswitch": true}', "killswitch"),
        ('{"ceiling": 1}', "ceiling"),
    ],
)
def test_wrong_rules_stop_everything_and_name_the_place(text: str, named: str) -> None:
    """What they were meant to forbid must not happen meanwhile."""
    with pytest.raises(PermanentError, match="the parameter /pathmend/rules are invalid") as caught:
        read(text)
    assert named in str(caught.value)
