"""One running lab for all tests of this folder: both planes and the workshop's world; no application."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from lab import control, faults, workshop
from lab.clients import for_lab
from lab.emulators import Emulators, Endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest import TempPathFactory  # noqa: PT013 - a type only

T = TypeVar("T")
WAIT_SECONDS = 60
# Shorter than CloudWatch allows: only the tests may be in such a hurry.
PERIOD_SECONDS = 3


def eventually(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look until what is seen is good, or time is up; return what was seen last."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen


@dataclass(frozen=True, slots=True)
class Lab:
    home: Path
    endpoints: Endpoints
    world: dict[str, Any]
    events_url: str
    seen: list[dict[str, Any]] = field(default_factory=list)

    def aws(self, service: str) -> Any:
        """Return a client of the plane that serves `service`."""
        return for_lab(self.endpoints, service)

    def health(self) -> list[str]:
        """Return the state of each target."""
        return list(control.status(self.endpoints)["health"].get(self.world["target_group_arn"], {}).values())

    def requests(self) -> dict[str, int]:
        """Return the last second's requests by zone and outcome."""
        found: dict[str, int] = control.status(self.endpoints)["requests"].get(self.world["load_balancer_arn"], {})
        return found

    def outcomes(self) -> set[str]:
        """Return what happened to the last second's requests."""
        return {name.partition(" ")[2] for name in self.requests()}

    def events(self) -> list[dict[str, Any]]:
        """Return what came on the bus since `forget_events`."""
        sqs = self.aws("sqs")
        found = sqs.receive_message(QueueUrl=self.events_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for one in found.get("Messages", []):
            sqs.delete_message(QueueUrl=self.events_url, ReceiptHandle=one["ReceiptHandle"])
            self.seen.append(json.loads(one["Body"]))
        return self.seen

    def forget_events(self) -> None:
        """Drop what came on the bus so far."""
        self.events()
        self.seen.clear()

    def await_event(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read events until the wanted one comes."""
        found = eventually(lambda: [one for one in self.events() if wanted(one)], bool)
        assert found, f"the event did not come; these did: {[one['detail-type'] for one in self.seen]}"
        return found[0]


@pytest.fixture(scope="package")
def running_lab(tmp_path_factory: TempPathFactory) -> Iterator[Lab]:
    """Start the planes and build the world; stop them after the last test here: a living world keeps a core busy."""
    home = tmp_path_factory.mktemp("lab")
    with Emulators(home) as emulators:
        endpoints = emulators.running
        url = _listen(endpoints)
        world = workshop.build(endpoints, home, period_seconds=PERIOD_SECONDS)
        lab = Lab(home, endpoints, world, url)
        assert set(eventually(lab.health, lambda seen: set(seen) == {"healthy"})) == {"healthy"}
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Iterator[Lab]:
    """The running lab with a healthy world; mended afterwards."""
    yield running_lab
    faults.mend(running_lab.endpoints, running_lab.world)
    eventually(running_lab.outcomes, lambda seen: seen == {"target 200"})
    eventually(running_lab.health, lambda seen: set(seen) == {"healthy"})


def _listen(endpoints: Endpoints) -> str:
    """Let a queue collect every event of AWS services."""
    sqs, events = for_lab(endpoints, "sqs"), for_lab(endpoints, "events")
    url = str(sqs.create_queue(QueueName="events")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["aws.cloudwatch", "aws.config"]})
    events.put_rule(Name="all", EventPattern=pattern)
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
    return url
