"""What X-Ray saw of the calls that applications make."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pathmend.aws.describe_calls import called

if TYPE_CHECKING:
    from datetime import datetime

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Reads

LOOK_BACK = timedelta(minutes=10)
"""Long enough for an alarm of three minutes to have its cause in it."""


def graph_of(clients: Clients, now: datetime) -> Reads:
    """Return the call for the service graph of the last minutes."""
    span = {"StartTime": now - LOOK_BACK, "EndTime": now}
    client = clients.named("xray")
    return {"Services": [lambda: called(client, "get_service_graph", "Services", **span)]}
