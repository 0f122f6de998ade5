"""Talk to the control routes of the network plane."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.emulators import Endpoints


def status(endpoints: Endpoints) -> dict[str, Any]:
    """Return what the lab sees now: health of the targets, outcomes of the last second's requests, compliance."""
    found: dict[str, Any] = _ask(endpoints, "status")
    return found


def calls_since(endpoints: Endpoints, moment: float) -> list[dict[str, Any]]:
    """Return the AWS calls of everybody but the lab since `moment` (seconds since the epoch)."""
    found: list[dict[str, Any]] = _ask(endpoints, f"calls?since={moment}")
    return found


def set_application(endpoints: Endpoints, **changes: object) -> None:
    """Change what the application answers; see `lab.application.Application`."""
    _ask(endpoints, "application", changes)


def open_front_door(endpoints: Endpoints, function_url: str) -> None:
    """Let the front door lead to a function URL."""
    _ask(endpoints, "front-door", {"function_url": function_url})


def _ask(endpoints: Endpoints, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(f"{endpoints.network}/_lab/{path}", data=body)  # noqa: S310 - own loopback
    with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - own loopback
        return json.load(response)
