"""Count the AWS calls that reading the workshop's world takes, and time the reading, on moto in this process."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from bench.measure import Row, timed
from lab import world_network, world_service
from pathmend.aws.clients import Clients
from pathmend.aws.figures import CloudWatchFigures
from pathmend.aws.world import AwsWorld
from pathmend.bootstrap import SystemClock
from pathmend.diagnosis.diagnose import wanted_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
RUNS = 10


def rows() -> Iterator[Row]:
    """Build the workshop's world on moto, read it with our adapters."""
    with mock_aws():
        arn = _workshop()
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)  # noqa: S106 - moto's
        seen: Counter[str] = Counter()
        session.events.register("before-call", lambda model, **_: seen.update([model.name]))
        clients = Clients(session)
        world = AwsWorld(clients)
        snapshot = world.read(arn)
        first = Counter(seen)
        queries = wanted_figures(snapshot, arn)
        CloudWatchFigures(clients.cloudwatch, SystemClock()).read(queries)
        for_figures = seen.total() - first.total()
        timing = timed(lambda: world.read(arn), runs=RUNS, warm_up=1, clock=time.perf_counter)
    kinds = f"{len(first)} operations, each once" if first.total() == len(first) else f"{len(first)} operations"
    yield Row("AWS calls", "reading the world", first.total(), "calls", f"{kinds}; two waves in parallel")
    yield Row("AWS calls", "reading its figures", for_figures, "calls", f"{len(queries)} metrics")
    yield Row("reading", "the world, from moto in this process", timing.median_ms, "ms", timing.spread)


def _workshop() -> str:
    def make(service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    network = world_network.build(make("ec2"))
    return str(world_service.build(make, network)["load_balancer_arn"])
