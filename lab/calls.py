"""A middleware that records which AWS operations reach the network plane, and from whom."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
_READING = ("Describe", "Get", "List", "BatchGet", "Select", "PutMetricData", "SetAlarmState", "Start")
LAB_AGENT = "pathmend-lab"


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call as the plane received it; `at` is in seconds since the epoch."""

    at: float
    service: str
    operation: str
    agent: str

    @property
    def writes(self) -> bool:
        """Whether the call may change the world."""
        return not self.operation.startswith(_READING)


class CallRecorder:
    """Wraps a WSGI application; remembers calls of others than the lab, and counts changes by anybody."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, keep: int = 20_000) -> None:
        self._application = application
        self._calls: deque[Call] = deque(maxlen=keep)
        self._lock = threading.Lock()
        self.generation = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass the request on and remember it once it is answered."""
        call = _call(environ)
        try:
            return self._application(environ, start_response)
        finally:
            self._remember(call)

    def _remember(self, call: Call) -> None:
        with self._lock:
            self.generation += call.writes
            if LAB_AGENT not in call.agent:
                self._calls.append(call)

    def since(self, moment: float) -> list[dict[str, Any]]:
        """Return the calls from `moment` on, oldest first."""
        with self._lock:
            return [asdict(call) for call in self._calls if call.at >= moment]


def _call(environ: dict[str, Any]) -> Call:
    scope = re.search(r"Credential=[^/]+/\d+/[\w-]+/([\w-]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    service = scope[1] if scope else "unknown"
    return Call(time.time(), service, _operation(environ), environ.get("HTTP_USER_AGENT", ""))


def _operation(environ: dict[str, Any]) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    path = str(environ.get("PATH_INFO", ""))
    if "/operation/" in path:
        return path.rpartition("/")[2]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    found = _ACTION.search(body)
    return found[1].decode() if found else "unknown"
