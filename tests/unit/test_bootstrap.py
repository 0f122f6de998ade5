"""The environment is read once, and every setting that is wrong is named with its cure."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from pathmend.aws.clients import Clients
from pathmend.aws.workflow import StepFunctionsWorkflow
from pathmend.bootstrap import LivePorts, Settings, SettingsError, SystemClock, TimeIds, live_ports, read_settings
from pathmend.channels.tokens import TokenSigner
from pathmend.errors import NotFoundError, PermanentError
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.incidents.ports import Ports

WHOLE = {
    "INCIDENTS_TABLE": "incidents",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:incidents",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:remediation",
    "APPROVAL_URL": "https://approve.example/",
    "TOKEN_SECRET_ARN": "secret",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    "MODE": "act",
    "RULES_PARAMETER": "/pathmend/rules",
    "APPROVAL_TIMEOUT_SECONDS": "900",
    "INCIDENT_RETENTION_DAYS": "30",
    "EVENT_BUS": "audits",
}


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Clients of an empty account."""
    with mock_aws():
        yield Clients(boto3.Session("testing", "testing", region_name="us-east-1"))


def ports_of(clients: Clients, **environment: str) -> LivePorts:
    """Return the ports of an environment."""
    return LivePorts(read_settings(environment), clients)


def test_an_empty_environment_asks_and_waits_four_hours() -> None:
    """The defaults are the template's."""
    assert read_settings({}) == Settings()
    assert Settings().mode is Mode.ASK


def test_every_setting_is_read() -> None:
    """From the names that the template gives."""
    settings = read_settings(WHOLE)
    assert settings.address("TOPIC_ARN") == WHOLE["TOPIC_ARN"]
    assert (settings.mode, settings.approval_seconds, settings.retention_days) == (Mode.ACT, 900, 30)
    assert (settings.rules_parameter, settings.event_bus) == ("/pathmend/rules", "audits")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MODE", "yolo"),
        ("APPROVAL_TIMEOUT_SECONDS", "soon"),
        ("APPROVAL_TIMEOUT_SECONDS", "0"),
        ("INCIDENT_RETENTION_DAYS", "-1"),
        ("INCIDENT_RETENTION_DAYS", "²"),
    ],
)
def test_a_wrong_value_is_named(variable: str, value: str) -> None:
    """With what it should be."""
    with pytest.raises(SettingsError, match=f"{variable} is .*: set it to"):
        read_settings({variable: value})


def test_a_missing_address_is_named_when_it_is_needed(clients: Clients) -> None:
    """And not before: no function is given all."""
    ports = ports_of(clients)
    with pytest.raises(SettingsError, match="INCIDENTS_TABLE is not set: set it to the name of the incidents table"):
        _ = ports.store
    with pytest.raises(SettingsError, match="TOPIC_ARN"):
        _ = ports.notifier
    with pytest.raises(SettingsError, match="DEAD_LETTER_QUEUE_URL"):
        _ = ports.dead_letters


def test_every_port_is_wired(clients: Clients) -> None:
    """Each is made once and calls nothing before it is used."""
    ports: Ports = ports_of(clients, **WHOLE)
    names = ("store", "world", "figures", "alarms", "compliance", "executor", "workflow", "notifier")
    for name in (*names, "audit_requests", "dead_letters", "clock", "ids"):
        assert getattr(ports, name) is getattr(ports, name)
    assert ports.approval_seconds == 900
    assert ports.meter.calls() == 0


def test_rules_come_from_the_parameter_under_the_stacks_mode(clients: Clients) -> None:
    """Read through a cache: the second look calls nothing."""
    clients.ssm.put_parameter(Name="/pathmend/rules", Value='{"kill_switch": true}', Type="String")
    ports = ports_of(clients, MODE="report", RULES_PARAMETER="/pathmend/rules")
    before = ports.meter.calls()
    version = "parameter /pathmend/rules, version 1 (sha256 f240f14f4107)"
    assert ports.rules == ports.rules == Rules(ceiling=Mode.REPORT, kill_switch=True, version=version)
    assert ports.meter.calls() - before == 1


def test_without_a_parameter_the_mode_rules(clients: Clients) -> None:
    """A CLI that only diagnoses has no stack."""
    assert ports_of(clients, MODE="report").rules == Rules(ceiling=Mode.REPORT)


def test_rules_that_cannot_be_had_are_an_error(clients: Clients) -> None:
    """Missing or wrong, nothing goes on without them; the parameter is named."""
    with pytest.raises(NotFoundError, match="/pathmend/absent"):
        _ = ports_of(clients, RULES_PARAMETER="/pathmend/absent").rules
    clients.ssm.put_parameter(Name="/pathmend/rules", Value="{", Type="String")
    with pytest.raises(PermanentError, match="the parameter /pathmend/rules, version 1 are"):
        _ = ports_of(clients, RULES_PARAMETER="/pathmend/rules").rules


def test_the_signer_has_the_secret(clients: Clients) -> None:
    """The announcer's links are signed with it."""
    secrets: Any = clients.secretsmanager
    secrets.create_secret(Name="secret", SecretString="s" * 64)
    ports = ports_of(clients, **WHOLE)
    assert isinstance(ports.signer, TokenSigner)
    assert ports.announcer is ports.announcer


def test_without_an_approval_address_no_secret_is_read(clients: Clients) -> None:
    """The mail names the command instead."""
    ports = ports_of(clients, TOKEN_SECRET_ARN="secret")
    assert ports.announcer is ports.announcer
    assert ports.meter.calls() == 0


def test_a_function_that_only_answers_needs_no_state_machine(clients: Clients) -> None:
    """Its role may not start executions anyway."""
    assert isinstance(ports_of(clients).workflow, StepFunctionsWorkflow)


def test_ids_sort_by_time_and_name_executions() -> None:
    """Two of one second differ."""
    clock = SystemClock()
    ids = TimeIds(clock)
    first, second = ids.new(), ids.new()
    assert first != second
    assert re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{6}", first)
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now().tzinfo is UTC


def test_a_process_has_one_set_of_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made from the environment on the first call."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MODE", "report")
    live_ports.cache_clear()
    assert live_ports() is live_ports()
    assert live_ports().rules.ceiling is Mode.REPORT
    live_ports.cache_clear()
