"""The shape of a user's rules as JSON: strict, so that a careless edit is refused and never misread."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, NewType, TypeAlias, get_origin
from zoneinfo import ZoneInfo

import cattrs
from attrs import Factory, field, frozen, has
from cattrs.cols import homogenous_tuple_structure_factory, mapping_structure_factory
from cattrs.gen import make_dict_structure_fn

from pathmend.aws.catalogue import KINDS
from pathmend.guardrails.decision import Mode
from pathmend.guardrails.rules import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrs import Attribute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Account = NewType("Account", str)
Day = NewType("Day", str)
Kind = NewType("Kind", str)
Key = NewType("Key", str)
Name = NewType("Name", str)
Region = NewType("Region", str)
State = NewType("State", str)
Value = NewType("Value", str)
Zone = NewType("Zone", str)
Schema = NewType("Schema", int)
Count = NewType("Count", int)
Minutes = NewType("Minutes", int)
Values = NewType("Values", tuple[str, ...])
Opened = NewType("Opened", int)
Tags: TypeAlias = dict[Key, Values]
_Hook: TypeAlias = "Callable[[Any, Any], Any]"

_OUT_OF_THE_BOX = Limits()
_WEEK_MINUTES = 10_080


def _once(_: object, attribute: Attribute[Any], values: tuple[object, ...]) -> None:
    twice = [index for index, one in enumerate(values) if one in values[:index]]
    if twice:
        raise ValueError(f"{attribute.name}[{twice[0]}] is there twice: leave one")


@frozen
class RuleJson:
    """One rule: {"mode": "act", "kinds": ["ModifyMatcher"], "environments": ["dev"], "hours": "office"}."""

    mode: Mode
    kinds: tuple[Kind, ...] = field(default=(), validator=_once)
    accounts: tuple[Account, ...] = field(default=(), validator=_once)
    regions: tuple[Region, ...] = field(default=(), validator=_once)
    environments: tuple[Key, ...] = field(default=(), validator=_once)
    tags: dict[Key, Value] = Factory(dict)
    hours: str = ""


@frozen
class HoursJson:
    """Weekly hours: {"days": ["mon", "fri"], "start": "08:00", "end": "18:00", "time_zone": "Europe/Berlin"}."""

    days: tuple[Day, ...] = field(validator=_once)
    start: time
    end: time
    time_zone: Zone = Zone("UTC")

    def __attrs_post_init__(self) -> None:
        if not self.days:
            raise ValueError(f"days is empty: name some of {', '.join(DAYS)}")


@frozen
class FreezeJson:
    """A freeze: {"begins": "2026-12-20T00:00:00+01:00", "ends": "2027-01-03T00:00:00+01:00", "reason": "holidays"}."""

    begins: datetime
    ends: datetime
    reason: Name

    def __attrs_post_init__(self) -> None:
        if self.ends <= self.begins:
            raise ValueError("ends is not after begins: a freeze lasts from begins until before ends")


@frozen
class LimitsJson:
    """Changes in an hour: {"per_resource": 5, "per_vpc": 40, "per_account": 100}."""

    per_resource: Count = Count(_OUT_OF_THE_BOX.per_resource)
    per_vpc: Count = Count(_OUT_OF_THE_BOX.per_vpc)
    per_account: Count = Count(_OUT_OF_THE_BOX.per_account)


@frozen
class RulesJson:
    """All that can be said; see docs/rules.md. Every key may be left out."""

    schema: Schema = Schema(1)
    ceiling: Mode = Mode.ACT
    kill_switch: bool = False
    by_kind: dict[Kind, Mode] = Factory(dict)
    rules: tuple[RuleJson, ...] = field(default=(), validator=_once)
    allowed: Tags = Factory(dict)
    excluded: Tags = Factory(dict)
    environment_tag: Key = Key("environment")
    hours: dict[Name, HoursJson] = Factory(dict)
    freezes: tuple[FreezeJson, ...] = field(default=(), validator=_once)
    limits: LimitsJson = LimitsJson()
    most_opened: Opened = Opened(65_536)
    owned_by_code: Mode = Mode.ASK
    terraform_tags: Tags = Factory(dict)
    terraform_states: tuple[State, ...] = field(default=(), validator=_once)
    breaker_minutes: Minutes = Minutes(60)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text: put it in quotes")  # noqa: TRY004 - cattrs reports both alike
    return value


def _like(pattern: str, cure: str) -> Callable[[object, object], str]:
    def structure(value: object, _: object) -> str:
        if not re.fullmatch(pattern, _text(value)):
            raise ValueError(f"{value!r} {cure}")
        return _text(value)

    return structure


_named = _like(r"(?s).*\S.*", "is empty")


def _one_of(known: tuple[str, ...], what: str) -> Callable[[object, object], str]:
    def structure(value: object, _: object) -> str:
        if _text(value) not in known:
            raise ValueError(f"{value!r} is no {what} (known: {', '.join(known)})")
        return _text(value)

    return structure


def _number(first: int, last: int | None = None) -> Callable[[object, object], int]:
    words = f"is not a whole number of at least {first}" + ("" if last is None else f" and at most {last}")

    def structure(value: object, _: object) -> int:
        # True and 1.0 are equal to 1, and somebody who writes them means something else.
        if type(value) is not int or value < first or (last is not None and value > last):
            raise ValueError(f"{value!r} {words}")
        return value

    return structure


def _version(value: object, _: object) -> int:
    if type(value) is not int or value != 1:
        raise ValueError(f"{value!r} is no version that is known here: this Pathmend reads version 1")
    return value


def _flag(value: object, _: object) -> bool:
    # bool("false") is True: cattrs' own hook would read the kill switch of a careless edit wrongly.
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")  # noqa: TRY004 - cattrs reports both alike
    return value


def _moment(value: object, _: object) -> datetime:
    example = "2026-12-20T00:00:00+01:00"
    try:
        moment = datetime.fromisoformat(_text(value))
        aware = moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"{value!r} is no time: write it as {example}") from exc
    if aware is None:
        raise ValueError(f"{value!r} has no time zone: write it as {example}, or with Z for UTC")
    return aware


def _clock(value: object, _: object) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", _text(value)):
        raise ValueError(f"{value!r} is no time of day: write 00:00 to 23:59")
    return time.fromisoformat(_text(value))


def _zone(value: object, _: object) -> str:
    try:
        ZoneInfo(_text(value))
    except (KeyError, ValueError, OSError) as exc:
        raise ValueError(f"{value!r} is no known time zone: use an IANA name such as Europe/Berlin, or UTC") from exc
    return _text(value)


def _key(value: object, _: object) -> str:
    """Nobody who writes a pattern or white space at an end means a tag of just that, and a rule about it never held."""
    text = _named(value, _)
    if text != text.strip():
        raise ValueError(f"{value!r} has white space at an end: take it away")
    if "*" in text:
        raise ValueError(f"{value!r} holds a *: only a tag's whole value can be *, and means any")
    return text


def _value(value: object, _: object) -> str:
    """A tag's value may be empty, too."""
    return _text(value) if value in ("", "*") else _key(value, _)


def _values(value: object, _: object) -> tuple[str, ...]:
    """One value stands for a list of one."""
    values = tuple(_value(one, _) for one in (value if isinstance(value, list) else [value]))
    if not values or len(set(values)) < len(values):
        raise ValueError(f"{value!r} is empty or names one twice: name each value once, or * for any")
    return values


def _only_lists(kind: Any, converter: cattrs.BaseConverter) -> _Hook:  # noqa: ANN401 - cattrs
    # A text is iterable, too: without this, "dev" would be the environments d, e and v.
    return _checked(list, "a list: [...]", homogenous_tuple_structure_factory(kind, converter))


def _only_objects(kind: Any, converter: cattrs.BaseConverter) -> _Hook:  # noqa: ANN401 - cattrs
    return _checked(dict, "an object: {...}", mapping_structure_factory(kind, converter))


def _only_shapes(kind: Any, converter: cattrs.BaseConverter) -> _Hook:  # noqa: ANN401 - cattrs
    structure = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)
    return _checked(dict, "an object: {...}", _without_empty(structure) if kind is RuleJson else structure)


def _without_empty(structure: _Hook) -> _Hook:
    def structured(value: Any, kind: Any) -> Any:  # noqa: ANN401 - JSON
        # A list that somebody emptied would hold everywhere, and its author means nowhere.
        empty = next((name for name, given in value.items() if given in ("", [], {})), None)
        if empty is not None:
            raise ValueError(f"{empty} is empty, which holds everywhere: leave it out, or name some")
        return structure(value, kind)

    return structured


def _checked(wanted: type, words: str, structure: _Hook) -> _Hook:
    def checked(value: Any, kind: Any) -> Any:  # noqa: ANN401 - JSON
        if not isinstance(value, wanted):
            raise ValueError(f"{value!r} is not {words}")  # noqa: TRY004 - cattrs reports both alike
        return structure(value, kind)

    return checked


def _is_a(origin: type) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    factories: tuple[tuple[Any, Any], ...] = (
        (_is_a(tuple), _only_lists),
        (_is_a(dict), _only_objects),
        (has, _only_shapes),
    )
    for holds, factory in factories:
        converter.register_structure_hook_factory(holds, factory)
    hooks: tuple[tuple[Any, _Hook], ...] = (
        (bool, _flag),
        (str, lambda value, _: _text(value)),
        (datetime, _moment),
        (time, _clock),
        (Account, _like(r"[0-9]{12}", "is no account: write its twelve digits in quotes")),
        (Day, _one_of(DAYS, "day")),
        (Kind, _one_of(tuple(sorted(KINDS)), "kind of change")),
        (Key, _key),
        (Name, _named),
        (Region, _like(r"[a-z]{2}(-[a-z]+)+-[0-9]+", "is no Region: write it as eu-central-1")),
        (State, _like(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S(.*\S)?", "is no s3://BUCKET/KEY")),
        (Value, _value),
        (Zone, _zone),
        (Schema, _version),
        (Count, _number(0, 10_000)),
        (Opened, _number(0)),
        (Minutes, _number(1, _WEEK_MINUTES)),
        (Values, _values),
    )
    for kind, hook in hooks:
        converter.register_structure_hook(kind, hook)
    return converter


CONVERTER = _converter()
"""Structures JSON as RulesJson; every error has its path."""
