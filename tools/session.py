"""The lab that a local call talks to: the running one, or one that is started for the call."""

from __future__ import annotations

import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import deploy, faults, workshop
from lab.emulators import HOME, Emulators, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lab.emulators import Endpoints

_ANSWER_SECONDS = 5
# Apart from the lab that stays, so that starting one here never stops one that somebody starts meanwhile.
_OWN_HOME = HOME / "invoke" / "lab"


@dataclass(frozen=True, slots=True)
class Lab:
    """Where a lab answers, and the ids of its world."""

    endpoints: Endpoints
    world: Mapping[str, Any]


@contextmanager
def lab(fault: str, *, say: Callable[[str], None]) -> Iterator[Lab]:
    """Give the running lab as it is, or start one, break it with `fault`, and stop it afterwards.

    Raises:
        LabError: No lab runs and none could be started.
    """
    if (running := _running()) is not None:
        yield Lab(running, workshop.load(HOME))
        return
    say("no lab runs (make lab starts one that stays); starting one for this call")
    emulators = Emulators(_OWN_HOME)
    try:
        endpoints = emulators.start()
        application = deploy.Application(build=_OWN_HOME / "build")
        say("sam build, sam deploy")
        deploy.build(application, endpoints)
        deploy.deploy(application, endpoints)
        world = workshop.build(endpoints, _OWN_HOME)
        say(f"its world is built; breaking it with fault {fault} (FAULT=1, 2 or 3)")
        faults.break_(fault, endpoints, world)
        yield Lab(endpoints, world)
    finally:
        emulators.stop()


def _running() -> Endpoints | None:
    found = load(HOME)
    if found is None:
        return None
    try:
        urllib.request.urlopen(f"{found.network}/_lab/status", timeout=_ANSWER_SECONDS).close()  # noqa: S310 - loopback
    except (urllib.error.URLError, OSError):
        return None
    return found
