"""Match an event against an EventBridge pattern, as far as our rules go.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html and, for arrays of objects,
https://github.com/aws/event-ruler#json-array-matching: what a pattern asks below one array must hold in one element.
An operator that is not here is an error rather than a guess.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


def matches(pattern: Mapping[str, Json], event: Json) -> bool:
    """Say whether the event has every field of the pattern with one of the values asked for."""
    if isinstance(event, Sequence) and not isinstance(event, str):
        return any(matches(pattern, element) for element in event)
    if not isinstance(event, Mapping):
        return False
    return all(_field_matches(wanted, event, name) for name, wanted in pattern.items())


def _field_matches(wanted: Json, event: Mapping[str, Json], name: str) -> bool:
    if isinstance(wanted, Mapping):
        return name in event and matches(wanted, event[name])
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        raise TypeError(f"{name}: a pattern's leaf is a list of values, not {wanted!r}")
    return any(_value_matches(one, event, name) for one in wanted)


def _value_matches(wanted: Json, event: Mapping[str, Json], name: str) -> bool:
    if isinstance(wanted, Mapping):
        if set(wanted) != {"exists"}:
            raise NotImplementedError(f"{name}: operator {sorted(wanted)} is not modelled here")
        return (name in event) is wanted["exists"]
    return any(_same(wanted, value) for value in _flat(event.get(name, ())))


def _flat(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def _same(wanted: Json, value: Json) -> bool:
    """Compare as JSON does: true is not 1."""
    return type(wanted) is type(value) and wanted == value
