"""An event is worked on once, however often it is delivered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.aws.once import Once
from tests.contract.conftest import TABLE

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.aws.incident_store import DynamoIncidentStore

CONTEXT: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)


def test_a_repetition_gets_the_first_answer(clients: Clients, dynamo_store: DynamoIncidentStore) -> None:
    """Within the table of the incidents, beside them."""
    seen: list[object] = []

    def work(event: object) -> dict[str, int]:
        seen.append(event)
        return {"turn": len(seen)}

    once = Once(work, clients.dynamodb, TABLE)
    first, other = {"id": "event-1"}, {"id": "event-2"}
    assert [once(event, CONTEXT) for event in (first, first, other)] == [{"turn": 1}, {"turn": 1}, {"turn": 2}]
    assert dynamo_store.recent(10) == ()


def test_what_failed_is_tried_again(clients: Clients, dynamo_store: DynamoIncidentStore) -> None:
    """A throttle must not eat the event."""
    turns: list[int] = []

    def work(_event: object) -> str:
        turns.append(1)
        if len(turns) == 1:
            raise TimeoutError
        return "done"

    once = Once(work, clients.dynamodb, TABLE)
    with pytest.raises(TimeoutError):
        once({"id": "event-1"}, CONTEXT)
    assert once({"id": "event-1"}, CONTEXT) == "done"
    assert dynamo_store.recent(10) == ()


@pytest.mark.parametrize("event", [{"no": "id"}, "no object", [], None])
def test_what_has_no_id_is_worked_on_every_time(
    clients: Clients,
    dynamo_store: DynamoIncidentStore,
    event: object,
) -> None:
    """It is not an event of EventBridge, and has to be refused by name."""
    assert dynamo_store.recent(1) == ()
    turns: list[object] = []

    def work(given: object) -> int:
        turns.append(given)
        return len(turns)

    once = Once(work, clients.dynamodb, TABLE)
    assert [once(event, CONTEXT), once(event, CONTEXT)] == [1, 2]
