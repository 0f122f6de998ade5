"""The lab's own services on the network plane: health checks, clients, metrics, alarms, Config, once a second."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import atlas as atlas_reader
from lab import journeys, metrics, ministack, moto_gaps, surroundings
from lab.alarms import AlarmEvaluator
from lab.application import Application
from lab.clients import for_lab
from lab.config_rules import ConfigRules
from lab.health import HealthChecks
from lab.page import Page, Result, seconds
from lab.traffic import Clients, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.atlas import Atlas
    from lab.emulators import Endpoints
    from lab.journeys import World

REQUESTS_PER_SECOND = 60
INSTANCE_METRICS_EVERY = 5
METRICS_KEPT = timedelta(minutes=30)
_LOG = logging.getLogger("lab")
_FAILURES = (BotoCoreError, ClientError, OSError, RuntimeError, KeyError, ValueError)


class Worker:
    """Owns the lab's services and drives them; a failing tick is logged, and the next one is tried."""

    def __init__(self, endpoints: Endpoints, put_event: Callable[[dict[str, Any]], None]) -> None:
        self._make = partial(for_lab, endpoints)
        self.application = Application()
        self.health = HealthChecks()
        self.rules = ConfigRules(self._make("config"), put_event)
        self.ticks = 0
        self.last: dict[str, dict[str, int]] = {}
        self.page: dict[str, list[Result]] = {}
        self._page = Page(self._make)
        self._clients = Clients()
        self._alarms = AlarmEvaluator(self._make("cloudwatch"), put_event)
        self._world: World | None = None
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
            self._world = self._read()
            self._generation = now
        if self._world and self._world.atlas.balancers:
            self.page = self._page.look(self._world)
            self.application.queues.page_seconds = {name: seconds(tests) for name, tests in self.page.items()}
            self._live(self._world.atlas)
            self.rules.tick(self._world.atlas, asks)
        self.ticks += 1

    def _read(self) -> World:
        return journeys.World(atlas_reader.read(self._make("ec2"), self._make("elbv2")), surroundings.read(self._make))

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
            self._make("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)

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
