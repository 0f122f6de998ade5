"""What every keeper of leases does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import ANY, Stubber

from pathmend.aws.locks import DynamoLocks
from pathmend.aws.table import MOST_WRITES, Table
from pathmend.errors import ConflictError, PermanentError, TemporaryError
from tests.contract.conftest import TABLE
from tests.fakes import FakeLocks, FixedClock

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.incidents.ports_of_restraint import Locks

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that the leases go by."""
    return FixedClock()


@pytest.fixture(params=["memory", "dynamodb"])
def locks(request: pytest.FixtureRequest, clock: FixedClock) -> Locks:
    """Return each keeper in turn, holding nothing."""
    if request.param == "memory":
        return FakeLocks(clock.now)
    table: Table = request.getfixturevalue("table")
    return DynamoLocks(table, clock)


def test_what_is_free_is_taken(locks: Locks, clock: FixedClock) -> None:
    """All of it, each once however often it is named; nothing is as easily held."""
    assert locks.hold(["acl-1", "rtb-1", "acl-1"], "one", until=clock.now() + HOUR) is None
    assert locks.hold([], "two", until=clock.now() + HOUR) is None


def test_another_incident_is_told_who_holds_it(locks: Locks, clock: FixedClock) -> None:
    """Whoever waits can say for whom."""
    locks.hold(["acl-1"], "one", until=clock.now() + HOUR)
    assert locks.hold(["acl-1"], "two", until=clock.now() + HOUR) == "one"


def test_all_are_taken_or_none(locks: Locks, clock: FixedClock) -> None:
    """A plan that waits for one resource keeps nobody from the others."""
    locks.hold(["acl-1"], "one", until=clock.now() + HOUR)
    assert locks.hold(["rtb-1", "acl-1", "sg-1"], "two", until=clock.now() + HOUR) == "one"
    assert locks.hold(["rtb-1", "sg-1"], "three", until=clock.now() + HOUR) is None


def test_an_incident_takes_again_what_it_holds(locks: Locks, clock: FixedClock) -> None:
    """It renews it, and may add to it: a function that died is run again."""
    locks.hold(["acl-1"], "one", until=clock.now() + HOUR)
    clock.advance(1_800)
    assert locks.hold(["acl-1", "rtb-1"], "one", until=clock.now() + HOUR) is None
    clock.advance(2_400)
    assert locks.hold(["acl-1"], "two", until=clock.now() + HOUR) == "one"


def test_a_lease_that_ran_out_is_free(locks: Locks, clock: FixedClock) -> None:
    """At its very end, and no moment before; whoever held it may be dead."""
    locks.hold(["acl-1"], "one", until=clock.now() + HOUR)
    clock.advance(3_599.999999)
    assert locks.hold(["acl-1"], "two", until=clock.now() + HOUR) == "one"
    clock.advance(0.000001)
    assert locks.hold(["acl-1"], "two", until=clock.now() + HOUR) is None
    assert locks.hold(["acl-1"], "one", until=clock.now() + HOUR) == "two"


def test_what_is_given_back_is_free(locks: Locks, clock: FixedClock) -> None:
    """Giving back twice, or what was never held, is no harm."""
    locks.hold(["acl-1", "rtb-1"], "one", until=clock.now() + HOUR)
    for _ in range(2):
        locks.release(["acl-1", "sg-1"], "one")
    assert locks.hold(["acl-1"], "two", until=clock.now() + HOUR) is None
    assert locks.hold(["rtb-1"], "two", until=clock.now() + HOUR) == "one"


def test_nobody_gives_back_what_another_holds(locks: Locks, clock: FixedClock) -> None:
    """A late release of a lease that ran out leaves its new holder alone."""
    locks.hold(["acl-1"], "one", until=clock.now() + HOUR)
    locks.release(["acl-1"], "two")
    assert locks.hold(["acl-1"], "two", until=clock.now() + HOUR) == "one"


def test_a_rival_at_the_same_moment_is_a_conflict(table: Table, clients: Clients, clock: FixedClock) -> None:
    """DynamoDB cancels one of two transactions on one item: whoever loses tries again."""
    with Stubber(clients.dynamodb) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={"CancellationReasons": [{"Code": "TransactionConflict"}]},
        )
        with pytest.raises(ConflictError):
            DynamoLocks(table, clock).hold(["acl-1"], "one", until=clock.now() + HOUR)


@pytest.mark.parametrize("found", [[], [{"incident_id": {"S": "one"}}]])
def test_a_lease_given_back_at_the_same_moment_is_a_conflict(
    table: Table, clients: Clients, clock: FixedClock, found: list[Any]
) -> None:
    """Between the refusal and the question who holds it: the next try will tell."""
    with Stubber(clients.dynamodb) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            modeled_fields={"CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]},
        )
        asked = {":pk": {"S": "LOCK#rtb-1"}, ":sk": {"S": "HELD"}}
        expected = {"TableName": TABLE, "ConsistentRead": True, "KeyConditionExpression": ANY}
        stub.add_response("query", {"Items": found}, {**expected, "ExpressionAttributeValues": asked})
        with pytest.raises(TemporaryError):
            DynamoLocks(table, clock).hold(["acl-1", "rtb-1"], "one", until=clock.now() + HOUR)


def test_more_than_one_transaction_holds_is_refused_by_name(table: Table, clock: FixedClock) -> None:
    """Half of a plan held is none."""
    many = [f"acl-{number}" for number in range(MOST_WRITES + 1)]
    locks = DynamoLocks(table, clock)
    with pytest.raises(PermanentError, match="101 resources cannot be held at once"):
        locks.hold(many, "one", until=clock.now() + HOUR)
    assert locks.hold(many[1:], "one", until=clock.now() + HOUR) is None


def test_the_item_of_a_dead_lease_goes_by_itself(table: Table, clients: Clients, clock: FixedClock) -> None:
    """Long after it ran out: DynamoDB's own clock never frees a resource early."""
    DynamoLocks(table, clock).hold(["acl-1"], "one", until=clock.now() + HOUR)
    key = {"pk": {"S": "LOCK#acl-1"}, "sk": {"S": "HELD"}}
    item = clients.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    assert int(item["expires_at"]["N"]) >= (clock.now() + 2 * HOUR).timestamp()
