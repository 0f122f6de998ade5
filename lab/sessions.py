"""Whose credentials sign a call: the sessions of the deployed functions' roles, told by one plane to the other.

The serverless plane makes a session when it starts a worker; the worker signs its calls of both planes with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE = "sessions.jsonl"


@dataclass(frozen=True, slots=True)
class Session:
    """A role in use; `arn` is the session's, as errors and policies name it."""

    key: str
    arn: str
    token: str

    @property
    def role(self) -> str:
        """Return the role's name."""
        return self.arn.split("/")[1]


class Sessions:
    """The sessions of one lab, kept in a file because two processes share them."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._known: dict[str, Session] = {}

    def add(self, session: Session) -> None:
        """Remember a session, before anybody can use it."""
        self._known[session.key] = session
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(session)) + "\n")

    def find(self, key: str) -> Session | None:
        """Return the session of an access key; None where no role has it."""
        if key not in self._known and self._path.exists():
            told = [Session(**json.loads(line)) for line in self._path.read_text().splitlines()]
            self._known = {one.key: one for one in told}
        return self._known.get(key)
