"""IP protocols: one spelling for all rules, the number as text, with "-1" for all."""

from __future__ import annotations

ALL = "-1"
ICMP = "1"
TCP = "6"
UDP = "17"
ICMP_V6 = "58"

_NUMBERS = {"any": ALL, "all": ALL, "icmp": ICMP, "tcp": TCP, "udp": UDP, "icmpv6": ICMP_V6}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_LARGEST = 255


def number_of(protocol: str) -> str | None:
    """Return the number as text ("6") of a protocol's name or number, "-1" for all, None when it is neither."""
    word = protocol.strip().lower()
    if word in _NUMBERS:
        return _NUMBERS[word]
    if word == ALL or (word.isascii() and word.isdigit() and int(word) <= _LARGEST):
        return str(int(word))
    return None


def name_of(protocol: str) -> str:
    """Return the name that people read ("tcp"), or the number where it has no usual name."""
    return _NAMES.get(protocol, protocol)
