"""Addresses and ports as firewall rules write them: "any", "!$HOME_NET", "[80,1024:2048]", "@PREFIX_LIST".

Source: https://docs.suricata.io/en/suricata-7.0.8/rules/intro.html#source-and-destination and
https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-limitations-caveats.html (variables)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from pathmend.network.ports import ALL_PORTS, LAST_PORT, NO_PORTS, PortSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathmend.snapshot.resources import Address

Definitions: TypeAlias = "Mapping[str, tuple[str, ...]]"
_ANY, _NOT, _VARIABLE, _REFERENCE = "any", "!", "$", "@"
_DEEPEST = 8


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """What the variables in a group's rules stand for; references have their "@". One that is missing is unknown.

    Known by identity: a group has one, and what was found out by it is kept.
    """

    addresses: Definitions = field(default_factory=dict)
    ports: Definitions = field(default_factory=dict)


def holds(term: str, address: Address, names: Names, depth: int = 0) -> bool | None:
    """Return whether the term means the address; None where the term, or a name in it, is not understood."""
    term = term.strip()
    if depth > _DEEPEST:
        return None
    if term.startswith(_NOT):
        return _negated(holds(term[1:], address, names, depth + 1))
    if term.startswith("["):
        return _any_but(parts(term), address, names, depth + 1)
    if term.startswith((_VARIABLE, _REFERENCE)):
        defined = names.addresses.get(term.removeprefix(_VARIABLE))
        return None if defined is None else _any_but(defined, address, names, depth + 1)
    return term.lower() == _ANY or _within(term, address)


def _negated(value: bool | None) -> bool | None:  # noqa: FBT001 - a truth value with a third state
    return None if value is None else not value


def _any_but(terms: tuple[str, ...], address: Address, names: Names, depth: int) -> bool | None:
    """Return whether the address is meant by any of the terms and by none of those that are negated."""
    wanted = [holds(one, address, names, depth) for one in terms if not one.startswith(_NOT)]
    unwanted = [holds(one[1:], address, names, depth) for one in terms if one.startswith(_NOT)]
    # A list of nothing but exceptions means all the rest.
    within = _either(wanted) if wanted or not unwanted else True
    beyond = _either(unwanted)
    if within is False or beyond is True:
        return False
    return None if within is None or beyond is None else True


def _either(values: list[bool | None]) -> bool | None:
    if any(values):
        return True
    return None if None in values else False


def _within(term: str, address: Address) -> bool | None:
    first, dash, last = term.partition("-")
    try:
        if dash:
            low, high = ip_address(first.strip()), ip_address(last.strip())
            return address.version == low.version == high.version and int(low) <= int(address) <= int(high)
        return address in ip_network(term, strict=False)
    except ValueError:
        return None


def ports_of(term: str, names: Names, depth: int = 0) -> PortSet | None:
    """Return the ports that the term means; None where the term, or a name in it, is not understood."""
    term = term.strip()
    if depth > _DEEPEST:
        return None
    if term.startswith(_NOT):
        found = ports_of(term[1:], names, depth + 1)
        return None if found is None else found.complement()
    if term.startswith("["):
        return _ports_but(parts(term), names, depth + 1)
    if term.startswith(_VARIABLE):
        defined = names.ports.get(term[1:])
        return None if defined is None else _ports_but(defined, names, depth + 1)
    return ALL_PORTS if term.lower() == _ANY else _range(term)


def _ports_but(terms: tuple[str, ...], names: Names, depth: int) -> PortSet | None:
    wanted = [ports_of(one, names, depth) for one in terms if not one.startswith(_NOT)]
    unwanted = [ports_of(one[1:], names, depth) for one in terms if one.startswith(_NOT)]
    found = NO_PORTS if wanted or not unwanted else ALL_PORTS
    for one in wanted:
        if one is None:
            return None
        found |= one
    for one in unwanted:
        if one is None:
            return None
        found -= one
    return found


def _range(term: str) -> PortSet | None:
    first, colon, last = (part.strip() for part in term.partition(":"))
    try:
        low = int(first or 0)
        return PortSet.of(low, int(last or LAST_PORT) if colon else low)
    except ValueError:
        return None


def parts(term: str) -> tuple[str, ...]:
    """Return what stands in a list's brackets, lists within it as they are."""
    return tuple(part.strip() for part in _split(term.strip().removeprefix("[").removesuffix("]")) if part.strip())


def _split(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for index, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def is_any(term: str) -> bool:
    """Return whether the term leaves nothing out."""
    return term.strip().lower() == _ANY


def negates(term: str, names: Names, depth: int = 0) -> bool:
    """Return whether the term, or a variable in it, leaves addresses out: engines treat such rules otherwise."""
    if _NOT in term:
        return True
    if depth > _DEEPEST:
        return False
    own = (part.removeprefix(_VARIABLE) for part in parts(term))
    return any(negates(one, names, depth + 1) for name in own for one in names.addresses.get(name, ()))
