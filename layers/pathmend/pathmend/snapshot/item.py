"""One JSON object of a describe answer, read field by field, that knows where it stands when a field is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple, cast

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.protocols import number_of

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Address, Network, Tags

LAST_PORT = 65535


def wrong(path: str, value: object, wanted: str) -> InvalidSnapshotError:
    """Return the error that names the place, the value and what it should have been."""
    return InvalidSnapshotError(f"{path}: {value} is not {wanted}")


def items_of(path: str, value: object) -> tuple[Item, ...]:
    """Return the objects of a JSON list.

    Raises:
        InvalidSnapshotError: it is not a list of objects.
    """
    return _elements(Item(path, {}), value)


def _elements(holder: Item, value: object) -> tuple[Item, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise wrong(holder.path, value, "a list")
    return tuple(_item(index, element, holder) for index, element in enumerate(value))


def _item(name: str | int, value: object, above: Item) -> Item:
    # The first test is the fast one: what JSON gives are dicts.
    if type(value) is not dict and not isinstance(value, Mapping):
        raise wrong(Item(name, {}, above).path, value, "an object")
    return Item(name, cast("Mapping[str, object]", value), above)


@lru_cache(maxsize=65536)
def _network_of(text: str) -> Network:
    return ip_network(text, strict=False)


class Item(NamedTuple):
    """A JSON object and its place in the answer. Every reader raises InvalidSnapshotError on a value of another kind.

    Absent, null and empty text are the same: AWS leaves fields out, the emulators send them empty. `name` is a key, or
    the index in the list `above`; the path is put together only when something is wrong, for most of it never is.
    """

    name: str | int
    values: Mapping[str, object]
    above: Item | None = None

    @property
    def path(self) -> str:
        """Return where the object stands, as "NetworkAcls[3].Entries[2]"."""
        if self.above is None:
            return str(self.name)
        return f"{self.above.path}[{self.name}]" if isinstance(self.name, int) else f"{self.above.path}.{self.name}"

    def at(self, key: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{key}"

    def maybe(self, key: str) -> str | None:
        """Return a text, or None when there is none."""
        value = self.values.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise wrong(self.at(key), value, "a text")
        return value

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.maybe(key)
        if value is None:
            raise InvalidSnapshotError(f"{self.at(key)}: is missing")
        return value

    def number(self, key: str) -> int | None:
        """Return a whole number, or None when there is none."""
        value = self.values.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, str | int) and not isinstance(value, bool):
            try:
                return int(value)
            except ValueError:
                pass
        raise wrong(self.at(key), value, "a whole number")

    def port(self, key: str) -> int | None:
        """Return a port, or None when there is none."""
        number = self.number(key)
        if number is not None and not 0 <= number <= LAST_PORT:
            raise wrong(self.at(key), number, "a port")
        return number

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a truth value, or `default` when there is none."""
        value = self.values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong(self.at(key), value, "true or false")
        return value

    def item(self, key: str) -> Item:
        """Return an object within this one; an empty one when there is none."""
        value = self.values.get(key)
        return _item(key, {} if value is None else value, self)

    def items(self, key: str) -> tuple[Item, ...]:
        """Return a list of objects; an empty one when there is none."""
        value = self.values.get(key)
        return () if value is None else _elements(Item(key, {}, self), value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, sorted and without repetition."""
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise wrong(self.at(key), value, "a list of texts")
        return tuple(sorted(set(value)))

    def network(self, key: str) -> Network | None:
        """Return an IP network, or None when there is none. Host bits are cleared, as EC2 does."""
        value = self.maybe(key)
        if value is None:
            return None
        try:
            return _network_of(value)
        except ValueError as error:
            raise wrong(self.at(key), value, "a network") from error

    def address(self, key: str) -> Address | None:
        """Return an IP address, or None when there is none."""
        value = self.maybe(key)
        if value is None:
            return None
        try:
            return ip_address(value)
        except ValueError as error:
            raise wrong(self.at(key), value, "an address") from error

    def protocol(self, key: str) -> str:
        """Return a protocol's number as text, "-1" for all."""
        value = str(self.number(key)) if isinstance(self.values.get(key), int) else self.text(key)
        number = number_of(value)
        if number is None:
            raise wrong(self.at(key), value, "a protocol")
        return number

    def tags(self, key: str = "Tags") -> Tags:
        """Return the tags, sorted by key."""
        return tuple(sorted((tag.text("Key"), tag.maybe("Value") or "") for tag in self.items(key)))


def sorted_networks(networks: set[Network]) -> tuple[Network, ...]:
    """Return networks in one order, IPv4 first."""
    return tuple(sorted(networks, key=lambda net: (net.version, int(net.network_address), net.prefixlen)))


def sorted_addresses(addresses: set[Address]) -> tuple[Address, ...]:
    """Return addresses in one order, IPv4 first."""
    return tuple(sorted(addresses, key=lambda ip: (ip.version, int(ip))))
