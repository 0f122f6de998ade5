"""Events worked on once, however often they are delivered, by Powertools' idempotency in the incidents table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

REMEMBERED_SECONDS = 86_400
"""EventBridge delivers an event at least once, and tries for a day at most.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
"""


class Once(Generic[T]):
    """A function of an event that runs once per event id and answers a repetition with its first result.

    An event without an id runs every time. A function that raised runs again.
    """

    def __init__(self, function: Callable[[object], T], client: DynamoDBClient, table: str) -> None:
        self._function = function
        self._config = IdempotencyConfig(
            event_key_jmespath="id", expires_after_seconds=REMEMBERED_SECONDS, hash_function="sha256"
        )
        layer = DynamoDBPersistenceLayer(
            table_name=table, key_attr="pk", sort_key_attr="sk", expiry_attr="expires_at", boto3_client=client
        )

        def run(*, event: object) -> T:
            return function(event)

        self._run = idempotent_function(
            run, data_keyword_argument="event", persistence_store=layer, config=self._config, key_prefix="event"
        )

    def __call__(self, event: object, context: LambdaContext) -> T:
        """Return the result of the event's first run; `context` says when a run that vanished may be repeated."""
        if not (isinstance(event, dict) and event.get("id")):
            return self._function(event)
        self._config.register_lambda_context(context)
        return cast("T", self._run(event=event))
