"""AWS as moto plays it, inside this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from pathmend.aws.clients import Clients
from pathmend.aws.incident_store import DynamoIncidentStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.incidents.ports import IncidentStore

TABLE = "incidents"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Clients of an empty account."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Loading moto's list of images takes longer than any test.
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Clients()


@pytest.fixture
def dynamo_store(clients: Clients) -> IncidentStore:
    """A store over an empty table, made as the template makes it."""
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
    return DynamoIncidentStore(clients.dynamodb, TABLE, retention_days=30)
