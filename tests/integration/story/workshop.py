"""The workshop's world in this process's moto: built, broken and judged by the lab's own code.

The lab's packets, health checks and Config rule say how the world is; nothing here knows the product's model.
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lab import alarm_events, atlas, control, faults, faults_of_dependencies, moto_gaps, surroundings, world_alarms
from lab import workshop as lab_workshop
from lab.application import Application
from lab.config_rules import RULE_NAME, ConfigRules
from lab.emulators import Endpoints
from lab.health import HealthChecks
from lab.journeys import World
from lab.packets import Packet, client_reaches
from lab.page import Page
from tests.integration.story.named import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pytest

    Event = dict[str, Any]

_NOWHERE = Endpoints("", "", "")
_CLIENT = "203.0.113.77"
# More than the thresholds of the target group's health check: every streak has its say.
_ROUNDS = 8


class _HighPorts(Random):
    """Fault 3 shuts half of the ports; whether health checks meet it is chance, and in these stories they never do."""

    def randint(self, _: int, b: int) -> int:
        """Return the highest port."""
        return b


class Workshop:
    """The world, and the events that AWS would send about it."""

    def __init__(self, client: Callable[[str], Any], now: Callable[[], datetime]) -> None:
        self.client, self._now = client, now
        self.application = Application()
        self.health = HealthChecks(_HighPorts())
        self.compliance_events: list[Event] = []
        self.rules = ConfigRules(client("config"), lambda entry: self.compliance_events.append(self._on_bus(entry)))
        self.ids: dict[str, Any] = {}

    def build(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Build the world; the lab's fillings of moto's gaps and its way to AWS last as long as the patch."""
        monkeypatch.setattr(moto_gaps, "_add", lambda owner, **methods: _patch_all(monkeypatch, owner, methods))
        for module in (faults, faults_of_dependencies):
            monkeypatch.setattr(module, "for_lab", lambda _, service: self.client(service))
        monkeypatch.setattr(control, "set_application", lambda _, **changes: self.application.change(changes))
        moto_gaps.fill(self.health, self.rules)
        self.ids = lab_workshop.construct(self.client, period_seconds=60)

    def break_(self, fault: str) -> None:
        """Inject a fault of the lab, and let the world feel it."""
        faults.break_(fault, _NOWHERE, self.ids)
        self.settle()

    def mend(self) -> None:
        """Undo every fault, and forget what was said about them."""
        faults.mend(_NOWHERE, self.ids)
        group = self.ids["target_group_arn"]
        sick = any(not self.health.healthy(group, one) for one in self.ids["instances"])
        # To look takes moto a while; where nobody has noticed a fault, there is nothing to unlearn.
        if sick or "NON_COMPLIANT" in self.rules.compliance().values():
            self.settle()
        self.compliance_events.clear()

    def settle(self, *, alarms: bool = True) -> None:
        """Let time do its work: health checks, the Config rule and, where wanted, the alarms see the world as it is."""
        asks, seen = self.rules.asks, atlas.read(self.client("ec2"), self.client("elbv2"))
        for _ in range(_ROUNDS):
            self.health.tick(seen, self.application)
        self.rules.tick(seen, asks)
        if alarms:
            group = self.ids["target_group_arn"]
            sick = [one for one in self.ids["instances"] if not self.health.healthy(group, one)]
            unreached = [node for node in seen.nodes(self.ids["load_balancer_arn"]) if not _answers(seen, node)]
            self.set_alarm(world_alarms.UNHEALTHY, alarming=bool(sick))
            self.set_alarm(world_alarms.QUIET_ZONE, alarming=bool(unreached))
            for name in (world_alarms.ELB_5XX, world_alarms.TARGET_5XX):
                self.set_alarm(name, alarming=False)

    def evaluate_rule(self) -> None:
        """Have the Config rule look, as its schedule would."""
        self.rules.evaluate([RULE_NAME])
        self.settle()

    def failing_tests(self) -> set[str]:
        """Open the page of each instance; return the names of the tests that fail."""
        seen = atlas.read(self.client("ec2"), self.client("elbv2"))
        shown = Page(self.client).look(World(seen, surroundings.read(self.client)))
        return {one.test for tests in shown.values() for one in tests if one.failure}

    def set_alarm(self, name: str, *, alarming: bool) -> None:
        """Put an alarm in a state."""
        value = "ALARM" if alarming else "OK"
        self.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="in the story")

    def alarm_event(self, name: str) -> Event:
        """Return the event of the alarm's last change, in the shape that the lab takes from AWS."""
        alarm = self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        other = "OK" if alarm["StateValue"] == "ALARM" else "ALARM"
        before, after = (
            alarm_events.State(value, "in the story", "{}", self._now()) for value in (other, alarm["StateValue"])
        )
        return self._on_bus(alarm_events.change_event(alarm, before, after))

    def _on_bus(self, entry: Event) -> Event:
        """Return a PutEvents entry as EventBridge delivers it."""
        return {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": ACCOUNT,
            "time": f"{self._now():%Y-%m-%dT%H:%M:%SZ}",
            "region": REGION,
            "resources": entry["Resources"],
            "detail": json.loads(entry["Detail"]),
        }


def _patch_all(monkeypatch: pytest.MonkeyPatch, owner: type, methods: dict[str, Any]) -> None:
    for name, method in methods.items():
        monkeypatch.setattr(owner, name, method, raising=False)


def _answers(seen: atlas.Atlas, node: dict[str, Any]) -> bool:
    return client_reaches(seen, node, Packet(_CLIENT, 40_000, node["PrivateIpAddress"], 80))
