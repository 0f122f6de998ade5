"""How one value of a request is compared with one value of a policy, by kind of condition operator.

A value of a policy that these cannot read is refused when the document is parsed; a value of a request that cannot be
read matches nothing.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, TypeVar

from pathmend.access.wildcards import matches, matches_arn, plain

if TYPE_CHECKING:
    from collections.abc import Callable

_Read = TypeVar("_Read")
_REMEMBERED = 1024
_YEAR, _MONTH = len("2024"), len("2024-05")


def equal(pattern: str, value: str) -> bool:
    """Compare texts, case counting."""
    return plain(pattern) == value


def equal_ignoring_case(pattern: str, value: str) -> bool:
    """Compare texts whatever their case."""
    return plain(pattern).lower() == value.lower()


def like(pattern: str, value: str) -> bool:
    """Compare with wildcards, case counting."""
    return matches(pattern, value)


def like_arn(pattern: str, value: str) -> bool:
    """Compare ARNs part by part; ArnEquals and ArnLike are the same."""
    return matches_arn(pattern, value)


def inside(pattern: str, value: str) -> bool:
    """Say whether an address or block lies in a block of the same version."""
    wanted, found = network(pattern), network(value)
    if isinstance(wanted, IPv4Network) and isinstance(found, IPv4Network):
        return found.subnet_of(wanted)
    return isinstance(wanted, IPv6Network) and isinstance(found, IPv6Network) and found.subnet_of(wanted)


def same_bytes(pattern: str, value: str) -> bool:
    """Compare what two base-64 texts stand for."""
    return _ordered(binary, eq)(pattern, value)


def same_boolean(pattern: str, value: str) -> bool:
    """Compare true and false, whatever their case."""
    return _ordered(boolean, eq)(pattern, value)


def _ordered(
    read: Callable[[str], _Read | None], compare: Callable[[_Read, _Read], bool]
) -> Callable[[str, str], bool]:
    def test(pattern: str, value: str) -> bool:
        wanted, found = read(plain(pattern)), read(value)
        return wanted is not None and found is not None and compare(found, wanted)

    return test


@lru_cache(_REMEMBERED)
def network(text: str) -> IPv4Network | IPv6Network | None:
    """Return an address or block; one without a prefix length is a single address."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def number(text: str) -> Decimal | None:
    """Return an integer or decimal value."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def moment(text: str) -> datetime | None:
    """Return a date of ISO 8601 in W3C's forms (a year, a month, a day, a time) or of seconds since 1970."""
    try:
        if text.isdecimal() and len(text) != _YEAR:
            return datetime.fromtimestamp(int(text), UTC)
        whole = text + {_YEAR: "-01-01", _MONTH: "-01"}.get(len(text), "")
        read = datetime.fromisoformat(whole)
    except (ValueError, OverflowError, OSError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def boolean(text: str) -> bool | None:
    """Return true or false."""
    return {"true": True, "false": False}.get(text.lower())


def binary(text: str) -> bytes | None:
    """Return what a base-64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def anything(text: str) -> str:
    """Return a text as it is."""
    return text


NUMBERS = {
    "equals": _ordered(number, eq),
    "lessthan": _ordered(number, lt),
    "lessthanequals": _ordered(number, le),
    "greaterthan": _ordered(number, gt),
    "greaterthanequals": _ordered(number, ge),
}
MOMENTS = {
    "equals": _ordered(moment, eq),
    "lessthan": _ordered(moment, lt),
    "lessthanequals": _ordered(moment, le),
    "greaterthan": _ordered(moment, gt),
    "greaterthanequals": _ordered(moment, ge),
}
