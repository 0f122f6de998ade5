"""The health check that somebody declared, by the tag pathmend:health-check of a target group.

Its value is words with spaces between them, each at most once: `port=traffic-port` or `port=8080`, `path=/healthz`,
`protocol=HTTP` or `protocol=HTTPS`. What it leaves out may be as it is.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions (characters of values)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathmend.snapshot.balancing import TargetGroup

HEALTH_CHECK_TAG = "pathmend:health-check"
TRAFFIC_PORT = "traffic-port"
HTTP_PROTOCOLS = frozenset({"HTTP", "HTTPS"})

_LAST_PORT = 65_535
_LONGEST_PATH = 1024
"""Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html"""


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """What a tag says of a health check; None where it says nothing. `words` is its value."""

    words: str
    protocol: str | None = None
    port: str | None = None
    path: str | None = None


def declared_check(group: TargetGroup) -> DeclaredCheck | str | None:
    """Return what the group's tag declares, in a sentence why nobody can follow it, or None without a tag."""
    value = dict(group.tags).get(HEALTH_CHECK_TAG)
    return None if value is None else _declared(value)


def _declared(value: str) -> DeclaredCheck | str:
    found: dict[str, str] = {}
    for word in value.split():
        key, _, said = word.partition("=")
        if key not in _VALID or key in found:
            return f"{word} is none of port=, path= and protocol=, or is said twice"
        if not _VALID[key](said):
            return f"{word} is no {key} of a health check"
        found[key] = said
    return DeclaredCheck(value, **found) if found else "it is empty"


def _is_port(said: str) -> bool:
    return said == TRAFFIC_PORT or (said.isascii() and said.isdecimal() and _is_plain(int(said), said))


def _is_plain(port: int, said: str) -> bool:
    return 1 <= port <= _LAST_PORT and str(port) == said


_VALID: dict[str, Callable[[str], bool]] = {
    "protocol": HTTP_PROTOCOLS.__contains__,
    "port": _is_port,
    "path": lambda said: said.startswith("/") and len(said) <= _LONGEST_PATH,
}
