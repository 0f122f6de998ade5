"""Every story plays as told; and over all of them each role allows what its function calls, and little else."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws
from pytest_socket import disable_socket, enable_socket

from tests.integration.story import stories, stories_of_dependencies, stories_of_restraint, stories_of_settings
from tests.integration.story.stage import Stage, set_stage
from tests.integration.story.unplayed import ALWAYS, UNPLAYED
from tests.template.application import functions

if TYPE_CHECKING:
    from collections.abc import Iterator

STORIES = {
    **stories.STORIES,
    **stories_of_dependencies.STORIES,
    **stories_of_restraint.STORIES,
    **stories_of_settings.STORIES,
}

# Found by the stories, and the product's to mend. A story that plays at last fails its xfail: take it off this list.
BROKEN: dict[str, str] = {}


class Theatre:
    """Plays each story once, whoever asks for it first."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._played: set[str] = set()

    def play(self, name: str) -> None:
        """Play the story, unless it was played."""
        if name not in self._played:
            self.stage.clear()
            STORIES[name](self.stage)
            self._played.add(name)


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    """One stage for all stories of this file; nothing of it leaves this process."""
    import_module("aws_xray_sdk.core")  # makes a datagram socket when it is imported, and sends nothing by it here
    disable_socket()
    try:
        with mock_aws(), pytest.MonkeyPatch.context() as monkeypatch:
            yield Theatre(set_stage(monkeypatch))
    finally:
        enable_socket()


def _told() -> Iterator[object]:
    for name in STORIES:
        yield (
            pytest.param(name, marks=pytest.mark.xfail(reason=BROKEN[name], raises=AssertionError))
            if name in BROKEN
            else name
        )


@pytest.mark.parametrize("name", list(_told()))
def test_the_story_plays_as_told(theatre: Theatre, name: str) -> None:
    """The story plays as told."""
    theatre.play(name)


@pytest.fixture(scope="module")
def played(theatre: Theatre) -> Theatre:
    """Every story has been played."""
    for name in (one for one in STORIES if one not in BROKEN):
        theatre.play(name)
    return theatre


@pytest.mark.parametrize("function", sorted(functions()))
def test_the_role_allows_every_call_for_the_resource_it_names(played: Theatre, function: str) -> None:
    """The role allows every call, for the very resource that it names."""
    calls = {call for call in played.stage.recorder.calls if call.function == function}
    assert calls
    stack = played.stage.functions.stack
    assert sorted(str(call) for call in calls if not stack.allows(call)) == []


@pytest.mark.parametrize("function", sorted(functions()))
def test_the_role_allows_nothing_that_is_neither_called_nor_explained(played: Theatre, function: str) -> None:
    """The role allows nothing that is neither called nor explained; and what is explained is not called after all."""
    statements = played.stage.functions.stack.statements(function)
    allowed = {action for one in statements if one["Effect"] == "Allow" for action in one["Action"]}
    explained = {**ALWAYS, **UNPLAYED.get(function, {})}
    assert sorted(allowed - played.stage.recorder.actions(function)) == sorted(explained)


@pytest.mark.parametrize("function", sorted(functions()))
def test_a_deny_has_a_condition(played: Theatre, function: str) -> None:
    """A deny has a condition, on tags that the stories' world does not bear: so it forbids none of their calls."""
    denied = [one for one in played.stage.functions.stack.statements(function) if one["Effect"] == "Deny"]
    tags = {name for one in denied for test in one["Condition"].values() for name in test}
    assert all(name.startswith("aws:ResourceTag/") for name in tags)
