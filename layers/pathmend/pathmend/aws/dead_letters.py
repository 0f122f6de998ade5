"""Events that nothing can be made of, kept in the dead-letter queue with the reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from pathmend.aws.errors import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_BODY = 200_000
"""In characters of ASCII, so bytes. SQS takes 256 KiB with the attributes (1 MiB since August 2025, not everywhere).

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

_LONGEST_REASON = 1_000


class SqsClient(Protocol):
    """The one call of the SQS client that is needed; its full stubs are not installed."""

    def send_message(self, *, QueueUrl: str, MessageBody: str, MessageAttributes: Mapping[str, Any]) -> object:  # noqa: N803 - AWS's names
        """Send one message."""


class SqsDeadLetters:
    """Implements DeadLetters."""

    def __init__(self, client: SqsClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def keep(self, event: object, reason: str) -> None:
        """Keep the event as JSON (as text where it is none), with the reason as a message attribute."""
        body = json.dumps(event, default=repr)
        attributes = {"reason": _text(reason[:_LONGEST_REASON])}
        if len(body) > LARGEST_BODY:
            attributes["cut"] = _text(f"the first {LARGEST_BODY} of {len(body)} characters")
            body = body[:LARGEST_BODY]
        with translated("keep an unusable event in the dead-letter queue"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body, MessageAttributes=attributes)


def _text(text: str) -> dict[str, str]:
    """Return an attribute in ASCII, as SQS refuses some characters that an event may hold."""
    printable = text.encode("ascii", "backslashreplace").decode()
    return {"DataType": "String", "StringValue": "".join(sign if sign.isprintable() else " " for sign in printable)}
