"""Sample events, parsed and unparsed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pathmend.signals.parse import parse
from pathmend.signals.signal import (
    AlarmChanged,
)

EVENTS = Path(__file__).parents[3] / "events"


def sample(name: str) -> Any:
    """Return a sample event."""
    return json.loads((EVENTS / name).read_text())


def alarm(name: str) -> AlarmChanged:
    """Return the alarm that a sample event carries."""
    signal = parse(sample(f"cloudwatch/{name}.json"))
    assert isinstance(signal, AlarmChanged)
    return signal


def changed(name: str, **fields: object) -> Any:
    """Return a sample event with other fields in its envelope."""
    return sample(name) | fields
