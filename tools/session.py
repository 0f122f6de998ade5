"""The lab that a local call talks to: the running one, or one that is started for the call."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lab import emulators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lab.emulators import Endpoints

_ANSWER_SECONDS = 5


class NoLabError(RuntimeError):
    """The lab did not start; the message ends with what it said."""


@contextmanager
def lab(fault: str, *, say: Callable[[str], None]) -> Iterator[Endpoints]:
    """Give the running lab as it is, or start one, break it with `fault`, and stop it afterwards.

    Raises:
        NoLabError: No lab runs and none could be started.
    """
    if (running := _running(emulators.HOME)) is not None:
        yield running
        return
    say("no lab runs (make lab starts one that stays); starting one for this call")
    try:
        _lab("up")
        say(f"breaking its world with fault {fault} (FAULT=1, 2 or 3)")
        _lab("break", fault)
        started = _running(emulators.HOME)
        if started is None:
            raise NoLabError(f"the lab does not answer; read the logs in {emulators.HOME.name}/")
        yield started
    finally:
        _lab("down")


def _running(home: Path) -> Endpoints | None:
    found = emulators.load(home)
    if found is None:
        return None
    try:
        urllib.request.urlopen(f"{found.network}/_lab/status", timeout=_ANSWER_SECONDS).close()  # noqa: S310 - loopback
    except (urllib.error.URLError, OSError):
        return None
    return found


def _lab(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "lab", *arguments],
        cwd=emulators.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoLabError(f"python -m lab {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
