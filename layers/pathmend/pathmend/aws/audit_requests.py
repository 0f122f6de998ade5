"""Requests for a diagnosis, put on the event bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pathmend.aws.errors import translated
from pathmend.errors import TemporaryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_events import EventBridgeClient

ENTRIES_PER_CALL = 10
"""Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""


class EventBridgeAuditRequests:
    """Implements AuditRequests."""

    def __init__(self, client: EventBridgeClient, event_bus: str) -> None:
        self._client = client
        self._event_bus = event_bus

    def request(self, load_balancer_arns: Sequence[str]) -> None:
        """Ask for a diagnosis of each load balancer.

        Raises:
            TemporaryError: the bus took only some; asking again for all is harmless, open incidents are joined.
        """
        for start in range(0, len(load_balancer_arns), ENTRIES_PER_CALL):
            part = load_balancer_arns[start : start + ENTRIES_PER_CALL]
            with translated("put audit requests on the event bus"):
                answer = self._client.put_events(
                    Entries=[
                        {
                            "EventBusName": self._event_bus,
                            "Source": "pathmend",
                            "DetailType": "Load Balancer Audit Requested",
                            "Detail": json.dumps({"loadBalancerArn": arn}),
                        }
                        for arn in part
                    ]
                )
            if answer["FailedEntryCount"]:
                reasons = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
                raise TemporaryError(f"the event bus {self._event_bus} refused audit requests: {', '.join(reasons)}")
