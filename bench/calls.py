"""Count the AWS calls that reading the workshop's world takes, and time the reading, on moto in this process."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

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
    from collections.abc import Callable, Iterator

    from pathmend.snapshot.world import Snapshot

T = TypeVar("T")
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
        whole, snapshot = _counted(seen, lambda: world.read(arn))
        queries = wanted_figures(snapshot, arn)
        figures, _ = _counted(seen, lambda: CloudWatchFigures(clients.cloudwatch, SystemClock()).read(queries))
        timing = timed(lambda: world.read(arn), runs=RUNS, warm_up=1, clock=time.perf_counter)
        _forget_needs(session, snapshot)
        plain, _ = _counted(seen, lambda: world.read(arn))
    told = f"{len(whole)} operations; ways out of the VPC, roles, policies of endpoints and resources"
    yield Row("AWS calls", "reading the world, with what the targets need", whole.total(), "calls", told)
    yield Row("AWS calls", "reading it where targets have no role and declare nothing", plain.total(), "calls")
    yield Row("AWS calls", "reading its figures", figures.total(), "calls", f"{len(queries)} metrics")
    yield Row("reading", "the world, from moto in this process", timing.median_ms, "ms", timing.spread)


def _counted(seen: Counter[str], action: Callable[[], T]) -> tuple[Counter[str], T]:
    """Return how often each operation was called, and what the action returned."""
    before = Counter(seen)
    found = action()
    return seen - before, found


def _forget_needs(session: boto3.Session, snapshot: Snapshot) -> None:
    """Take from the targets their profiles and tags: the VPC that triage read before it knew of dependencies."""
    ec2 = session.client("ec2")
    ties = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    for tie in ties:
        ec2.disassociate_iam_instance_profile(AssociationId=tie["AssociationId"])
    keys = {key for one in snapshot.instances.values() for key, _ in one.tags}
    ec2.delete_tags(Resources=sorted(snapshot.instances), Tags=[{"Key": key} for key in sorted(keys)])


def _workshop() -> str:
    def make(service: str) -> Any:  # noqa: ANN401 - boto3's clients are made at run time
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    network = world_network.build(make("ec2"))
    return str(world_service.build(make, network)["load_balancer_arn"])
