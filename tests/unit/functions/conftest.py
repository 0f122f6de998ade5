"""Handlers over the ports in memory, called as Lambda calls them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pathmend.channels.tokens import TokenSigner
from tests.builders import a_workshop
from tests.fakes import FakePorts, FakeWorld

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class HandlerPorts(FakePorts):
    """The ports in memory with what only handlers use."""

    signer: TokenSigner = TokenSigner(["s" * 64])  # noqa: RUF009 - holds no state

    def once(self, function: Callable[[object], Any]) -> Callable[[object, object], Any]:
        """Run the function every time: tests/contract proves that Powertools does not."""
        return lambda event, _context: function(event)


@pytest.fixture
def ports() -> HandlerPorts:
    """The workshop's healthy world."""
    return HandlerPorts(FakeWorld(a_workshop()))


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, ports: HandlerPorts) -> Callable[[str, Any], Any]:
    """Call a function's handler by the function's name."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "pathmend")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Pathmend")
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
    context = SimpleNamespace(
        function_name="test",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:test",
        aws_request_id="request-1",
        get_remaining_time_in_millis=lambda: 30_000,
    )

    def run(name: str, event: Any) -> Any:
        module = import_module(f"functions.{name}.handler")
        monkeypatch.setattr(module, "live_ports", lambda: ports)
        if name == "triage":
            module.once.cache_clear()
        return module.handler(event, context)

    return run
