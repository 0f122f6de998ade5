"""Which permissions the roles asked for, on either plane, and what they were told."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE = "permissions.jsonl"


@dataclass(frozen=True, slots=True)
class Asked:
    """One permission that a call needed; `at` is in seconds since the epoch, `resource` an ARN or `*`."""

    at: float
    role: str
    action: str
    resource: str
    allowed: bool


class Register:
    """Writes down what is asked; both planes append to one file, a line at a time."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._lock = Lock()

    def note(self, role: str, action: str, resource: str, *, allowed: bool) -> None:
        """Write down one answer."""
        line = json.dumps(asdict(Asked(time.time(), role, action, resource, allowed)))
        with self._lock, self._path.open("a") as file:
            file.write(line + "\n")


def asked(home: Path, since: float = 0.0) -> list[Asked]:
    """Return what was asked from `since` on, oldest first."""
    path = home / FILE
    lines = path.read_text().splitlines() if path.exists() else []
    found = [Asked(**json.loads(line)) for line in lines]
    return sorted((one for one in found if one.at >= since), key=lambda one: one.at)


def denied(home: Path, since: float = 0.0) -> list[str]:
    """Return what roles asked for from `since` on and were not allowed, each once, in words."""
    found = [f"{one.role} may not {one.action} on {one.resource}" for one in asked(home, since) if not one.allowed]
    return list(dict.fromkeys(found))


def used(home: Path) -> dict[str, list[str]]:
    """Return the actions that each role was allowed and used."""
    found: dict[str, set[str]] = {}
    for one in asked(home):
        if one.allowed:
            found.setdefault(one.role, set()).add(one.action)
    return {role: sorted(actions) for role, actions in sorted(found.items())}
