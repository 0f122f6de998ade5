"""The incidents table as its adapters use it: consistent queries and conditional writes, with our errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from pathmend.aws.errors import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

Attributes: TypeAlias = "dict[str, Any]"

CHECK_FAILED = "ConditionalCheckFailed"
"""Why a write of a cancelled transaction failed: its condition does not hold."""

MOST_WRITES = 100
"""How many items one transaction may hold.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""


def moment_text(moment: datetime) -> str:
    """Return the moment as a text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def expiry(moment: datetime) -> Attributes:
    """Return a time to live that ends at the moment."""
    return {"N": str(int(moment.timestamp()))}


class Table:
    """One DynamoDB table with the keys `pk` and `sk`; `doing` and `what` complete "cannot ..." in an error."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self.name = name

    def query(self, condition: str, values: Attributes, what: str) -> Iterator[Mapping[str, Any]]:
        """Return the items of all pages, read consistently."""
        with translated(f"read {what}"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self.name,
                ConsistentRead=True,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
            for page in pages:
                yield from page["Items"]

    def transact(self, writes: Sequence[Any], doing: str) -> None:
        """Make all of the writes, or none.

        Raises:
            ConflictError: a condition does not hold, or another transaction holds one of the items.
        """
        with translated(doing):
            self._client.transact_write_items(TransactItems=writes)

    def put(self, item: Attributes, doing: str, **condition: Any) -> None:  # noqa: ANN401 - boto3's own shape
        """Put the item, on a condition where one is given."""
        with translated(doing):
            self._client.put_item(TableName=self.name, Item=item, **condition)

    def delete(self, key: Attributes, doing: str, **condition: Any) -> bool:  # noqa: ANN401 - boto3's own shape
        """Delete an item, on a condition where one is given; say whether it was there."""
        with translated(doing):
            answer = self._client.delete_item(TableName=self.name, Key=key, ReturnValues="ALL_OLD", **condition)
        return "Attributes" in answer
