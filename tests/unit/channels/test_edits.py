"""An approver reads what an edit of a text takes out and puts in, not the digests of two texts."""

from __future__ import annotations

import json

import pytest

from pathmend.changes.associate_route_table import AssociateRouteTable
from pathmend.changes.set_endpoint_policy import SetEndpointPolicy
from pathmend.changes.set_firewall_rules import SetFirewallRules
from pathmend.channels.edits import edit_lines
from pathmend.channels.sections import proposal_sections
from pathmend.plans.plan import PlannedChange
from tests.unit.channels.proposals import a_plan, a_proposal

KEY = "arn:aws:s3:::assets/check.png"


def _policy(*resources):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": list(resources)}
    return json.dumps({"Statement": [statement]})


def _rules(*lines):
    return json.dumps({"RulesSource": {"RulesString": "\n".join(lines)}})


def _planned(change, undo):
    return PlannedChange(change, "the one before", undo, ())


def test_an_endpoint_policy_shows_the_line_that_is_put_in():
    """The lines around it are the same, whatever commas stand behind them."""
    change = SetEndpointPolicy("vpce-s3", _policy("arn:aws:s3:::assets", KEY))
    step = _planned(change, SetEndpointPolicy("vpce-s3", _policy("arn:aws:s3:::assets")))
    assert edit_lines(step) == (f'puts in: "{KEY}"',)


def test_firewall_rules_show_the_rule_that_is_taken_out():
    """Rules are compared one by one, though they are one text for AWS."""
    kept, dropped = "pass tcp any any -> any any (sid:1;)", "drop http any any -> any any (sid:2;)"
    step = _planned(SetFirewallRules("arn:rg", _rules(dropped)), SetFirewallRules("arn:rg", _rules(kept, dropped)))
    assert any(line.startswith("takes out:") and kept in line for line in edit_lines(step))
    assert sum(line.startswith("takes out:") for line in edit_lines(step)) <= 2


def test_a_long_edit_is_counted():
    """A mail stays readable on a phone; the exact call has it all."""
    change = SetEndpointPolicy("vpce-s3", _policy(*(f"arn:aws:s3:::assets/{number}" for number in range(40))))
    lines = edit_lines(_planned(change, SetEndpointPolicy("vpce-s3", _policy())))
    assert len(lines) == 11
    assert lines[-1].startswith("and 3")
    assert lines[-1].endswith("lines more, which the exact call shows")


@pytest.mark.parametrize(
    ("change", "undo"),
    [
        (AssociateRouteTable("subnet-1", "rtb-1"), AssociateRouteTable("subnet-1", "rtb-2")),
        (SetEndpointPolicy("vpce-s3", _policy(KEY)), SetEndpointPolicy("vpce-s3", None)),
        (
            SetEndpointPolicy("vpce-s3", _policy(KEY)),
            SetEndpointPolicy("vpce-s3", json.dumps({"Statement": [{}] * 5_000})),
        ),
    ],
)
def test_what_is_no_edit_of_a_readable_text_shows_no_lines(change, undo):
    """Another kind of change, a default that has no text, a text too long to compare."""
    assert edit_lines(_planned(change, undo)) == ()


def test_the_section_about_the_change_shows_the_edit():
    """Below the sentence that names what is changed."""
    change = SetEndpointPolicy("vpce-s3", _policy("arn:aws:s3:::assets", KEY))
    step = _planned(change, SetEndpointPolicy("vpce-s3", _policy("arn:aws:s3:::assets")))
    sections = proposal_sections(a_proposal(plan=a_plan(steps=(step,))))
    (shown,) = (section for section in sections if section.title == "What will change")
    assert shown.lines[1].text == f'puts in: "{KEY}"'
