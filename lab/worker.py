"""The lab's own services on the network plane: health checks, clients, metrics, alarms, Config, once a second."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import atlas as atlas_reader
from lab import metrics, ministack, moto_gaps
from lab.alarms import AlarmEvaluator
from lab.application import Application
from lab.clients import client
from lab.config_rules import ConfigRules
from lab.health import HealthChecks
from lab.traffic import Clients, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.atlas import Atlas

REQUESTS_PER_SECOND = 60
INSTANCE_METRICS_EVERY = 5
METRICS_KEPT = timedelta(minutes=30)
_LOG = logging.getLogger("lab")
_FAILURES = (BotoCoreError, ClientError, OSError, RuntimeError, KeyError, ValueError)


class Worker:
    """Owns the lab's services and drives them; a failing tick is logged, and the next one is tried."""

    def __init__(self, network: str, put_event: Callable[[dict[str, Any]], None]) -> None:
        self.application = Application()
        self.health = HealthChecks()
        self.rules = ConfigRules(client(network, "config"), put_event)
        self.ticks = 0
        self.last: dict[str, dict[str, int]] = {}
        self._network = network
        self._clients = Clients()
        self._alarms = AlarmEvaluator(client(network, "cloudwatch"), put_event)
        self._atlas: Atlas | None = None
        self._generation = -1

    def run(self, generation: Callable[[], int]) -> None:
        """Tick once a second in two threads: what happens in the world, and what CloudWatch makes of it."""
        for name, work in (("world", lambda: self.tick(generation)), ("alarms", self._evaluate)):
            threading.Thread(target=_every_second, args=(work,), name=name, daemon=True).start()

    def tick(self, generation: Callable[[], int]) -> None:
        """Let one second pass in the world; the plane is read again only when `generation` has moved."""
        # In this order: an evaluation that was asked for sees at least the world in which it was asked for.
        asks, now = self.rules.asks, generation()
        if now != self._generation:
            self._atlas = atlas_reader.read(client(self._network, "ec2"), client(self._network, "elbv2"))
            self._generation = now
        if self._atlas and self._atlas.balancers:
            self._live(self._atlas)
            self.rules.tick(self._atlas, asks)
        self.ticks += 1

    def _live(self, world: Atlas) -> None:
        now = time.time()
        self.health.tick(world, self.application)
        data = metrics.of_health(world, self.health, now)
        serving = (self.health, self.application)
        for arn in world.balancers:
            tally = self._clients.send(world, arn, count=REQUESTS_PER_SECOND, serving=serving)
            data += metrics.of_traffic(arn, tally, self.application, now)
            data += metrics.of_load(world, arn, tally, now)
            self.last[arn] = _readable(tally)
        self._publish("AWS/ApplicationELB", data)
        if self.ticks % INSTANCE_METRICS_EVERY == 0:
            for namespace, figures in metrics.of_instances(world, self.application, now).items():
                self._publish(namespace, figures)
            moto_gaps.forget_metrics_before(datetime.now(UTC).replace(tzinfo=None) - METRICS_KEPT)

    def _publish(self, namespace: str, data: list[dict[str, Any]]) -> None:
        if data:
            client(self._network, "cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)

    def _evaluate(self) -> None:
        self._alarms.tick(time.time())


def event_sink(serverless: str, secret: str) -> Callable[[dict[str, Any]], None]:
    """Return what puts one event of an AWS service on the bus."""
    return lambda entry: ministack.put_service_events(serverless, secret, [entry])


def _every_second(work: Callable[[], None]) -> None:
    while True:
        began = time.monotonic()
        try:
            work()
        except _FAILURES:
            _LOG.exception("a tick of %s failed", threading.current_thread().name)
        time.sleep(max(0.05, 1.0 - (time.monotonic() - began)))


def _readable(tally: Tally) -> dict[str, int]:
    shown: dict[str, int] = {}
    for (zone, _, outcome), count in tally.outcomes.items():
        shown[f"{zone} {outcome}"] = count
    return shown
