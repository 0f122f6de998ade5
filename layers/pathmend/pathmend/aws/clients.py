"""Clients of AWS: each made once, on first use, with sane time-outs, and every call counted."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from pathmend import __version__

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

PARALLEL_CALLS = 12
"""How many describe calls run at once: more would only meet EC2's throttle sooner."""

_CONFIG = Config(
    # Standard mode backs off with jitter and knows which errors may pass; nothing above it retries.
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=3,
    # A describe of a large VPC takes seconds, never a minute; a Lambda must have time left to say what happened.
    read_timeout=15,
    max_pool_connections=PARALLEL_CALLS,
    user_agent_extra=f"pathmend/{__version__}",
)

_TALKATIVE = ("botocore", "boto3", "urllib3")


class Clients:
    """Clients by service name. Safe to share between threads; implements the Meter port."""

    def __init__(self, session: boto3.Session | None = None) -> None:
        # With LogLevel DEBUG Lambda sets the root logger, and these would log whole requests and answers: the signing
        # secret, task tokens, approval links.
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.INFO)
        self._session = session or boto3.Session()
        self._clients: dict[str, Any] = {}
        self._calls = 0
        self._lock = Lock()
        # "before-call" fires once per call however often botocore retries it.
        self._session.events.register("before-call", self._count)

    def calls(self) -> int:
        """Return how many calls were made through these clients."""
        return self._calls

    def named(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """Return the client of a service by boto3's name."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = cast("Any", self._session).client(service, config=_CONFIG)
            return self._clients[service]

    def _count(self, **_: object) -> None:
        with self._lock:
            self._calls += 1

    @property
    def cloudwatch(self) -> CloudWatchClient:
        """Return the client of CloudWatch."""
        return cast("CloudWatchClient", self.named("cloudwatch"))

    @property
    def config(self) -> ConfigServiceClient:
        """Return the client of AWS Config."""
        return cast("ConfigServiceClient", self.named("config"))

    @property
    def dynamodb(self) -> DynamoDBClient:
        """Return the client of DynamoDB."""
        return cast("DynamoDBClient", self.named("dynamodb"))

    @property
    def ec2(self) -> EC2Client:
        """Return the client of EC2."""
        return cast("EC2Client", self.named("ec2"))

    @property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        """Return the client of Elastic Load Balancing."""
        return cast("ElasticLoadBalancingv2Client", self.named("elbv2"))

    @property
    def events(self) -> EventBridgeClient:
        """Return the client of EventBridge."""
        return cast("EventBridgeClient", self.named("events"))

    @property
    def secretsmanager(self) -> SecretsManagerClient:
        """Return the client of Secrets Manager."""
        return cast("SecretsManagerClient", self.named("secretsmanager"))

    @property
    def sns(self) -> SNSClient:
        """Return the client of SNS."""
        return cast("SNSClient", self.named("sns"))

    @property
    def ssm(self) -> SSMClient:
        """Return the client of Systems Manager."""
        return cast("SSMClient", self.named("ssm"))

    @property
    def stepfunctions(self) -> SFNClient:
        """Return the client of Step Functions."""
        return cast("SFNClient", self.named("stepfunctions"))
