"""What a state means to a person, in the first round and in later ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathmend.channels.sections import proposal_sections
from pathmend.channels.words import sentence, state_words
from pathmend.incidents.incident import State
from tests.unit.channels.proposals import a_plan, a_proposal

WITHOUT_A_CHANGE = [State.REJECTED, State.EXPIRED, State.STALE, State.RECOVERED_BY_ITSELF, State.REPORTED]


@pytest.mark.parametrize("state", WITHOUT_A_CHANGE)
def test_a_later_round_does_not_say_that_nothing_was_changed(state: State) -> None:
    """The first round's repair stands, so the words name it, and the plan of this round is not said to be made."""
    earlier = replace(a_plan().steps[0], before="what the first round found")
    later = a_proposal(state=state, round=2, applied=(earlier,))
    assert "nothing was changed" not in state_words(later)
    assert "stays" in state_words(later)
    titles = [section.title for section in proposal_sections(later)]
    assert "What was proposed, and not done" in titles
    assert "What was changed" not in titles


@pytest.mark.parametrize("state", WITHOUT_A_CHANGE)
def test_a_first_round_without_a_change_has_nothing_that_stays(state: State) -> None:
    """Nothing was begun."""
    assert "stays" not in state_words(a_proposal(state=state))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the path is open", "The path is open."),
        ("nothing!", "Nothing!"),
        ("vpce-s3: everybody may read", "vpce-s3: everybody may read."),
        ("connections: cut", "Connections: cut."),
        ("", "."),
    ],
)
def test_a_sentence_begins_with_a_capital_but_for_an_id(text: str, said: str) -> None:
    """An id that is changed cannot be searched for."""
    assert sentence(text) == said
