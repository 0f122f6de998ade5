"""Trouble at the n-th call of a port: an error before or after its effect, a killed process, somebody else's turn."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from pathmend.errors import AccessDeniedError, ConflictError, TemporaryError
from tests.fakes import FakePorts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.incidents.ports import Ports

CALLED = frozenset(
    {
        *("store", "locks", "ledger", "service_events", "ownership", "world", "figures", "alarms", "compliance"),
        *("executor", "workflow", "notifier", "announcer", "audit_requests", "dead_letters"),
    }
)
"""The ports behind which AWS is; clock, ids and meter never fail."""


class Killed(BaseException):
    """The process is gone: no `except` of ours may see this, and no `finally` of ours may need to run."""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong at a call; without an error, `meanwhile` is what somebody else does just before it."""

    name: str
    error: BaseException | None = None
    after_effect: bool = False
    meanwhile: Callable[[], object] | None = None


TROUBLES = (
    Trouble("throttled", TemporaryError("Throttling: rate exceeded")),
    Trouble("conflict", ConflictError("somebody else wrote it")),
    Trouble("time-out before effect", TemporaryError("connect timeout")),
    Trouble("time-out after effect", TemporaryError("read timeout"), after_effect=True),
    Trouble("killed before effect", Killed("before")),
    Trouble("killed after effect", Killed("after"), after_effect=True),
    Trouble("denied", AccessDeniedError("the role lacks ec2:ReplaceNetworkAclEntry")),
)
"""Every way in which one call fails. What is denied was not done, and would be denied again."""


@dataclass
class Injected:
    """Ports that count their calls, by name, and meet trouble at number `at` (from 1); 0 is never."""

    ports: FakePorts
    at: int = 0
    trouble: Trouble | None = None
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if name == "rules":
            return self.met("rules", lambda: self.ports.rules)
        port = getattr(self.ports, name)
        return _Watched(port, name, self) if name in CALLED else port

    @property
    def as_ports(self) -> Ports:
        """Return itself as what a use case receives."""
        return cast("Ports", self)

    def met(self, name: str, call: Callable[[], Any]) -> Any:
        """Make the call, with the trouble if this is its turn."""
        self.calls.append(name)
        if self.trouble is None or len(self.calls) != self.at:
            return call()
        if self.trouble.meanwhile:
            self.trouble.meanwhile()
            return call()
        if self.trouble.after_effect:
            call()
        raise cast("BaseException", self.trouble.error)


@dataclass
class _Watched:
    port: Any
    name: str
    injected: Injected

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self.port, operation)

        @wraps(method)
        def watched(*args: Any, **given: Any) -> Any:
            return self.injected.met(f"{self.name}.{operation}", lambda: method(*args, **given))

        return watched


def forked(ports: FakePorts) -> FakePorts:
    """Return a twin that shares nothing with the ports that either changes."""
    given = {one.name: _copied(getattr(ports, one.name)) for one in fields(ports) if one.init}
    twin = FakePorts(**given)
    twin.executor.requests = list(ports.executor.requests)
    twin.locks.leases = dict(ports.locks.leases)
    return twin


def _copied(port: Any) -> Any:
    """Return a copy of a fake one level deep, and of the lists in its dictionaries: what lies in them is frozen."""
    if not hasattr(port, "__dict__") or not hasattr(type(port), "__dataclass_fields__"):
        return port
    settings = {one.name: _thawed(getattr(port, one.name)) for one in fields(port) if one.init}
    return replace(port, **settings)


def _thawed(value: Any) -> Any:
    match value:
        case dict():
            return {key: list(one) if isinstance(one, list) else one for key, one in value.items()}
        case list() | set():
            return type(value)(value)
        case _:
            return value
