"""The one reader of the environment, and the one place that wires the ports to AWS."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

from pathmend.aws.alarms import CloudWatchAlarms
from pathmend.aws.audit_requests import EventBridgeAuditRequests
from pathmend.aws.clients import Clients
from pathmend.aws.compliance import ConfigComplianceRules
from pathmend.aws.dead_letters import SqsDeadLetters
from pathmend.aws.executor import AwsExecutor
from pathmend.aws.figures import CloudWatchFigures
from pathmend.aws.incident_store import DynamoIncidentStore
from pathmend.aws.ledger import DynamoLedger
from pathmend.aws.locks import DynamoLocks
from pathmend.aws.notifier import SnsNotifier
from pathmend.aws.ownership import AwsOwnership
from pathmend.aws.parameters import Parameters
from pathmend.aws.rules import rules_from
from pathmend.aws.service_events import DynamoServiceEvents
from pathmend.aws.stacks import Stacks
from pathmend.aws.table import Table
from pathmend.aws.terraform_state import TerraformStates
from pathmend.aws.workflow import StepFunctionsWorkflow
from pathmend.aws.world import AwsWorld
from pathmend.channels.announcer import Announcer
from pathmend.channels.tokens import TokenSigner
from pathmend.errors import PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pathmend.aws.once import Once

T = TypeVar("T")

_CURES = {
    "INCIDENTS_TABLE": "the name of the incidents table",
    "TOPIC_ARN": "the ARN of the topic that people subscribe to",
    "STATE_MACHINE_ARN": "the ARN of the remediation state machine",
    "APPROVAL_URL": "the address that approval links begin with",
    "TOKEN_SECRET_ARN": "the ARN of the secret that signs approval links",
    "DEAD_LETTER_QUEUE_URL": "the URL of the queue that keeps unusable events",
}


class SettingsError(PermanentError):
    """A setting is missing or wrong; the message names the variable and what it should hold."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment, read once. Addresses that a function does not need are not given to it."""

    given: tuple[tuple[str, str], ...] = ()
    mode: Mode = Mode.ASK
    rules_parameter: str = ""
    approval_seconds: int = 14_400
    retention_days: int = 365
    event_bus: str = "default"

    def address(self, variable: str) -> str:
        """Return the address in the variable.

        Raises:
            SettingsError: it is not set.
        """
        value = dict(self.given).get(variable)
        if not value:
            raise SettingsError(f"{variable} is not set: set it to {_CURES[variable]}")
        return value

    def has(self, variable: str) -> bool:
        """Say whether the variable holds an address."""
        return variable in dict(self.given)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings in the environment.

    Raises:
        SettingsError: a value cannot be understood.
    """
    return Settings(
        given=tuple((name, environment[name]) for name in _CURES if environment.get(name)),
        mode=_mode(environment.get("MODE") or Mode.ASK.value),
        rules_parameter=environment.get("RULES_PARAMETER", ""),
        approval_seconds=_whole(environment, "APPROVAL_TIMEOUT_SECONDS", 14_400),
        retention_days=_whole(environment, "INCIDENT_RETENTION_DAYS", 365),
        event_bus=environment.get("EVENT_BUS") or "default",
    )


def _mode(text: str) -> Mode:
    try:
        return Mode(text)
    except ValueError as exc:
        raise SettingsError(f"MODE is {text!r}: set it to report, ask or act") from exc


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}: set it to a whole number above 0")
    return int(text)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class TimeIds:
    """Ids such as 20261122T120959-3f9a2c: sortable by second, and apart within one."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def new(self) -> str:
        """Return a new id."""
        return f"{self._clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


class LivePorts:
    """The ports on AWS, each made on first use: a function pays for what it touches. Implements Ports."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self._settings = settings
        self._clients = clients
        self._parameters = Parameters(clients)

    @cached_property
    def store(self) -> DynamoIncidentStore:
        """Return the incidents."""
        table = self._settings.address("INCIDENTS_TABLE")
        return DynamoIncidentStore(self._clients.dynamodb, table, retention_days=self._settings.retention_days)

    @cached_property
    def locks(self) -> DynamoLocks:
        """Return the leases on resources."""
        return DynamoLocks(self._table, self.clock)

    @cached_property
    def ledger(self) -> DynamoLedger:
        """Return the record of own changes."""
        return DynamoLedger(self._table)

    @cached_property
    def service_events(self) -> DynamoServiceEvents:
        """Return the open AWS Health events."""
        return DynamoServiceEvents(self._table, self.clock)

    @cached_property
    def ownership(self) -> AwsOwnership:
        """Return who tells which code owns a resource."""
        return AwsOwnership(Stacks(self._clients), TerraformStates(self._clients))

    @property
    def _table(self) -> Table:
        return Table(self._clients.dynamodb, self._settings.address("INCIDENTS_TABLE"))

    @cached_property
    def world(self) -> AwsWorld:
        """Return the reader of resources."""
        return AwsWorld(self._clients, self.clock)

    @cached_property
    def figures(self) -> CloudWatchFigures:
        """Return the reader of metrics."""
        return CloudWatchFigures(self._clients.cloudwatch, self.clock)

    @cached_property
    def alarms(self) -> CloudWatchAlarms:
        """Return the reader of alarms."""
        return CloudWatchAlarms(self._clients.cloudwatch)

    @cached_property
    def compliance(self) -> ConfigComplianceRules:
        """Return the Config rules."""
        return ConfigComplianceRules(self._clients.config)

    @cached_property
    def executor(self) -> AwsExecutor:
        """Return the hand that changes."""
        return AwsExecutor(self._clients)

    @cached_property
    def workflow(self) -> StepFunctionsWorkflow:
        """Return the state machine; a function that only answers is not told its ARN."""
        has_arn = self._settings.has("STATE_MACHINE_ARN")
        arn = self._settings.address("STATE_MACHINE_ARN") if has_arn else ""
        return StepFunctionsWorkflow(self._clients.stepfunctions, arn)

    @cached_property
    def notifier(self) -> SnsNotifier:
        """Return the way to people."""
        return SnsNotifier(self._clients.sns, self._settings.address("TOPIC_ARN"))

    @cached_property
    def announcer(self) -> Announcer:
        """Return the words for people; without an address for approvals they name the command instead."""
        if not self._settings.has("APPROVAL_URL") or not self._settings.has("TOKEN_SECRET_ARN"):
            return Announcer("", None)
        return Announcer(self._settings.address("APPROVAL_URL"), self.signer)

    @property
    def signer(self) -> TokenSigner:
        """Return the signer of approval links; its secret is looked up again every five minutes."""
        return TokenSigner([self._parameters.secret(self._settings.address("TOKEN_SECRET_ARN"))])

    @cached_property
    def audit_requests(self) -> EventBridgeAuditRequests:
        """Return where audits are asked for."""
        return EventBridgeAuditRequests(self._clients.events, self._settings.event_bus)

    @cached_property
    def dead_letters(self) -> SqsDeadLetters:
        """Return where unusable events are kept."""
        return SqsDeadLetters(self._clients.named("sqs"), self._settings.address("DEAD_LETTER_QUEUE_URL"))

    @cached_property
    def clock(self) -> SystemClock:
        """Return the clock."""
        return SystemClock()

    @cached_property
    def ids(self) -> TimeIds:
        """Return the source of ids."""
        return TimeIds(self.clock)

    @property
    def meter(self) -> Clients:
        """Return the counter of calls."""
        return self._clients

    @property
    def rules(self) -> Rules:
        """Return the rules in force; an edit counts within a minute.

        Raises:
            PermanentError: they are invalid.
        """
        name = self._settings.rules_parameter
        if not name:
            return Rules(ceiling=self._settings.mode)
        found = self._parameters.parameter(name)
        where = f"parameter {name}, version {found.version}"
        return rules_from(found.text, ceiling=self._settings.mode, where=where)

    @property
    def approval_seconds(self) -> int:
        """Return how long a proposal waits for its answer."""
        return self._settings.approval_seconds

    def once(self, function: Callable[[object], T]) -> Once[T]:
        """Return the function as one that runs once per event."""
        # Powertools' idempotency is slow to import, and one function of eight needs it.
        from pathmend.aws.once import Once  # noqa: PLC0415 - see above

        return Once(function, self._clients.dynamodb, self._settings.address("INCIDENTS_TABLE"))


@cache
def live_ports() -> LivePorts:
    """Return this process's ports, made from its environment on the first call."""
    return LivePorts(read_settings(os.environ), Clients())
