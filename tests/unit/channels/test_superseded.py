"""Why a former proposal was not applied is told wherever the next one is seen."""

from __future__ import annotations

from html import unescape

from pathmend.channels.pages import incident_page
from pathmend.channels.record import record
from tests.unit.channels.proposals import a_proposal

WHY = "acl-alb changed since the plan was made"


def test_the_page_says_what_became_of_the_former_proposal() -> None:
    """Whoever approved it must not think that it was done."""
    body = unescape(incident_page(a_proposal(round=2, superseded=WHY), (), form=None, follow="").body)
    assert "The proposal of round 1 was not applied, and nothing of it was changed." in body
    assert "acl-alb changed since the plan was made." in body


def test_a_first_proposal_follows_none() -> None:
    """There is nothing to say."""
    body = incident_page(a_proposal(), (), form=None, follow="").body
    assert "was not applied" not in body


def test_machines_read_it_too() -> None:
    """The key is always there."""
    assert record(a_proposal(round=2, superseded=WHY))["superseded"] == WHY
    assert record(a_proposal())["superseded"] == ""
