"""boto3 clients of the lab's own, recognisable by their user agent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from lab import ministack
from lab.calls import LAB_AGENT

if TYPE_CHECKING:
    from lab.emulators import Endpoints

NETWORK = frozenset({"ec2", "elbv2", "cloudwatch", "config", "iam", "network-firewall", "xray"})


@cache
def client(endpoint: str, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    """Return a client of `service` at `endpoint`; clients are safe to share between threads."""
    # The emulators take any key; a session of its own keeps the user's profiles out.
    session: Any = boto3.session.Session("test", "test", region_name=ministack.REGION)
    agent = Config(user_agent_extra=LAB_AGENT, retries={"max_attempts": 2}, read_timeout=30, max_pool_connections=16)
    return session.client(service, endpoint_url=endpoint, config=agent)


def for_lab(endpoints: Endpoints, service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
    """Return a client of the plane that serves `service`."""
    return client(endpoints.network if service in NETWORK else endpoints.serverless, service)
