"""A world of few states, each read as the same object, and a model that is asked about each of them once.

The model is made of pure functions, so what it said of a world it would say again; thousands of lives in one world
would otherwise spend their time on one diagnosis.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from pathmend.diagnosis.diagnose import diagnose
from pathmend.plans.fingerprint import fingerprint
from pathmend.plans.make import make_plan
from tests.fakes import FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pathmend.snapshot.world import Snapshot

_EDITED = ("network_acls", "route_tables", "target_groups", "load_balancers")
_KNOWN: dict[object, Snapshot] = {}
_SEEN: dict[int, tuple[Snapshot, Snapshot]] = {}


@dataclass
class FewWorlds(FakeWorld):
    """A world whose equal states are one object."""

    def read(self, load_balancer_arn: str) -> Snapshot:
        """Return the snapshot that was the first of its kind."""
        self.snapshot = the_same(self.snapshot)
        return super().read(load_balancer_arn)


def the_same(world: Snapshot) -> Snapshot:
    """Return the first world that was equal; only what tests edit is compared, so all must be of one beginning."""
    seen = _SEEN.get(id(world))
    if seen is None:
        rest = tuple(getattr(world, name) for name in ("subnets", "security_groups", "interfaces", "vpcs", "unread"))
        key = (
            tuple(tuple(sorted(getattr(world, name).items(), key=_first)) for name in _EDITED),
            tuple(tuple(sorted(kind)) for kind in rest),
        )
        seen = _SEEN[id(world)] = (world, _KNOWN.setdefault(key, world))
    return seen[1]


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def remember(patch: pytest.MonkeyPatch) -> None:
    """Let every use case ask the model once about the same world."""
    for function in (diagnose, make_plan, fingerprint):
        remembering = _remembering(function)
        for module in [one for name, one in sys.modules.items() if name.startswith("pathmend.")]:
            for name, value in list(vars(module).items()):
                if value is function:
                    patch.setattr(module, name, remembering)


def _remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[object, tuple[object, object]] = {}

    @wraps(function)
    def asked(*args: Any, **given: Any) -> Any:
        key = (tuple(map(_key, args)), tuple((name, _key(one)) for name, one in sorted(given.items())))
        if key not in known:
            # The arguments are kept, lest another object takes the place, and the identity, of one of them.
            known[key] = ((args, given), function(*args, **given))
        return known[key][1]

    return asked


def _key(value: object) -> object:
    """Return the identity of what is large, the value of what is small."""
    return value if isinstance(value, str | frozenset) else id(value) if not isinstance(value, tuple) else value
