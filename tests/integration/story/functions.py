"""The functions as Lambda runs them: each its own process with the environment of the template, and nothing else."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pathmend import bootstrap
from tests.integration.story.named import REGION, arn
from tests.template.application import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from tests.integration.story.recorder import Recorder
    from tests.integration.story.stack import Stack

# What the Lambda runtime itself sets, as far as anything here reads it.
RUNTIME = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What Powertools reads of the context object."""

    function_name: str
    aws_request_id: str = "5c1b7f8e-0000-4000-8000-000000000001"
    memory_limit_in_mb: int = 1024

    @property
    def invoked_function_arn(self) -> str:
        """Return the function's ARN."""
        return arn("lambda", f"function:{self.function_name}")

    def get_remaining_time_in_millis(self) -> int:
        """Return plenty."""
        return 60_000


@dataclass
class Functions:
    """Starts a function on its first event and keeps it warm."""

    stack: Stack
    recorder: Recorder
    _started: dict[str, ModuleType] = field(default_factory=dict)

    def invoke(self, name: str, event: object) -> Any:
        """Return what the real handler makes of the event."""
        with self._running(name):
            if name not in self._started:
                self._started[name] = _start(name)
            return self._started[name].handler(event, Context(name))

    def forget_parameters(self) -> None:
        """Let every function read its parameters anew."""
        for module in self._started.values():
            module.live_ports()._parameters._held.clear()  # noqa: SLF001 - a minute is long in a story

    @contextmanager
    def _running(self, name: str) -> Iterator[None]:
        with patch.dict(os.environ, {**RUNTIME, **self.stack.environment(name)}, clear=True):
            self.recorder.function = name
            try:
                yield
            finally:
                self.recorder.function = ""


def _start(name: str) -> ModuleType:
    """Import the handler by its path and wire its ports; a process of its own would keep them to itself."""
    bootstrap.live_ports.cache_clear()
    spec = spec_from_file_location(f"story_{name}", ROOT / "functions" / name / "handler.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no function {name}")
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    ports = module.live_ports()
    module.live_ports = lambda: ports
    bootstrap.live_ports.cache_clear()
    return module  # type: ignore[no-any-return]
