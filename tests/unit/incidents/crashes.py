"""Ports whose n-th call never comes back: the process dies before it took effect, or after."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fakes import FakePorts

_PORTS = frozenset(
    {"store", "locks", "ledger", "world", "figures", "alarms", "compliance", "executor", "workflow", "notifier"}
)
_FAR_BEYOND = 500


class KilledError(BaseException):
    """The process is gone: no code of ours may catch it."""


@dataclass
class Dying:
    """The ports of a process that dies at its call number `at` (from 1)."""

    ports: FakePorts
    at: int
    after_effect: bool
    calls: int = 0

    def __getattr__(self, name: str) -> Any:
        """Return the port, watched; what is no port is as it is."""
        port = getattr(self.ports, name)
        return _Watched(self, port) if name in _PORTS else port


@dataclass
class _Watched:
    process: Dying
    port: Any

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.port, name)

        def call(*given: Any, **named: Any) -> Any:
            self.process.calls += 1
            dies = self.process.calls == self.process.at
            if dies and not self.process.after_effect:
                raise KilledError
            answer = method(*given, **named)
            if dies:
                raise KilledError
            return answer

        return call


def _another(ports: FakePorts) -> FakePorts:
    """Return a copy that can be changed apart; what nobody can change (worlds, incidents) is shared."""
    shared = (ports.world.snapshot, *ports.store.incidents.values())
    return deepcopy(ports, {id(one): one for one in shared})


def every_death(do: Callable[[Any], object], fresh: Callable[[], FakePorts]) -> Iterator[FakePorts]:
    """Yield, for each call that `do` makes and both moments, fresh ports on which a process died there."""
    first = fresh()
    for after_effect in (False, True):
        for at in range(1, _FAR_BEYOND):
            ports = _another(first)
            try:
                do(Dying(ports, at, after_effect))
            except KilledError:
                yield ports
            else:
                break
