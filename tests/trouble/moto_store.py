"""The incidents table in moto, made anew as often as wanted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pathmend.aws.incident_store import DynamoIncidentStore

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients

TABLE = "incidents"


def make_table(clients: Clients) -> None:
    """Make the table anew, without what other lives left in it."""
    with suppress(clients.dynamodb.exceptions.ResourceNotFoundException):
        clients.dynamodb.delete_table(TableName=TABLE)
    keys = ("pk", "sk", "gsi_pk", "gsi_sk")
    clients.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        KeySchema=_schema("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_opened",
                "KeySchema": _schema("gsi_pk", "gsi_sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def _schema(first: str, second: str) -> Any:
    return [{"AttributeName": first, "KeyType": "HASH"}, {"AttributeName": second, "KeyType": "RANGE"}]


def made_store(clients: Clients) -> DynamoIncidentStore:
    """Return a store over an empty table."""
    make_table(clients)
    return DynamoIncidentStore(clients.dynamodb, TABLE, retention_days=30)
