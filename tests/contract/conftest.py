"""AWS as moto plays it, inside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from pathmend.aws.clients import Clients
from pathmend.aws.incident_store import DynamoIncidentStore
from pathmend.aws.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.incidents.ports import IncidentStore

TABLE = "incidents"


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One session for all tests: it keeps the service models, whose reading takes longer than most tests."""
    return boto3.Session("testing", "testing", region_name="us-east-1")


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch, session: boto3.Session) -> Iterator[Clients]:
    """Clients of an empty account."""
    # Loading moto's list of images takes longer than any test, too.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Clients(session)


@pytest.fixture
def table(clients: Clients) -> Table:
    """An empty table, made as the template makes it."""
    keys = ("pk", "sk", "gsi_pk", "gsi_sk")
    clients.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_opened",
                "KeySchema": [
                    {"AttributeName": "gsi_pk", "KeyType": "HASH"},
                    {"AttributeName": "gsi_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return Table(clients.dynamodb, TABLE)


@pytest.fixture
def dynamo_store(clients: Clients, table: Table) -> IncidentStore:
    """A store over an empty table."""
    return DynamoIncidentStore(clients.dynamodb, table.name, retention_days=30)
