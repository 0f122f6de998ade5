"""What firewall rules ask of the host that a connection names: the HTTP Host header, or the TLS server name.

Source: https://docs.suricata.io/en/suricata-7.0.8/rules/payload-keywords.html,
https://docs.suricata.io/en/suricata-7.0.8/rules/http-keywords.html (http.host is in lower case and without a port) and
https://docs.suricata.io/en/suricata-7.0.8/rules/transforms.html (dotprefix)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

HTTP, TLS = "http", "tls"
LONGEST_HOST = 65535
Sizes: TypeAlias = tuple[int, int]
"""The smallest and the largest length, both included."""

_HEX = re.compile(r"\|((?:\s*[0-9a-fA-F]{2})*\s*)\|")
_ESCAPED = re.compile(r"\\(.)")
_SIZE = re.compile(r"(<|>)?(\d+)(?:<>(\d+))?")


@dataclass(frozen=True, slots=True)
class Content:
    """A text that must, or must not, stand in the host; `offset` and `depth` say in which part of it."""

    text: str
    negated: bool = False
    nocase: bool = False
    starts: bool = False
    ends: bool = False
    offset: int = 0
    depth: int | None = None

    def holds(self, host: str) -> bool:
        """Return whether it is as the content wants it."""
        text, within = self.text, host
        if self.nocase:
            text, within = text.lower(), within.lower()
        if self.starts or self.ends:
            found = (within.startswith(text) or not self.starts) and (within.endswith(text) or not self.ends)
            # Both ends of one text: it is the whole of the host.
            found = found and (len(within) == len(text) or not (self.starts and self.ends))
        else:
            found = text in within[self.offset : None if self.depth is None else self.offset + self.depth]
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class HostTest:
    """All that one buffer of a rule must fulfil; `dotted` puts a dot in front."""

    application: str
    contents: tuple[Content, ...] = ()
    sizes: tuple[Sizes, ...] = ()
    dotted: bool = False

    def buffer(self, host: str) -> str:
        """Return the host as the engine looks at it."""
        seen = host.lower() if self.application == HTTP else host
        return f".{seen}" if self.dotted else seen

    def matches(self, host: str) -> bool:
        """Return whether the host fulfils everything."""
        seen = self.buffer(host)
        return all(least <= len(seen) <= most for least, most in self.sizes) and all(
            one.holds(seen) for one in self.contents
        )

    def means_only(self, host: str) -> bool:
        """Return whether the host fulfils everything, and no other does."""
        seen = self.buffer(host)
        return self.matches(host) and any(
            len(one.text) == len(seen) and not one.negated and (self._fixed(len(seen)) or (one.starts and one.ends))
            for one in self.contents
        )

    def _fixed(self, size: int) -> bool:
        return any(least == most == size for least, most in self.sizes)


def content_of(value: str) -> Content:
    """Return what a "content" option asks for: quoted, with "!" in front where it must not be there."""
    negated = value.startswith("!")
    text = value.removeprefix("!").strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
    # Bytes in hexadecimal between bars; a backslash makes the next sign an ordinary one.
    pieces = _HEX.split(text)
    texts = (
        bytes.fromhex(piece).decode("latin-1") if index % 2 else _ESCAPED.sub(r"\1", piece)
        for index, piece in enumerate(pieces)
    )
    return Content("".join(texts), negated)


def sizes_of(value: str) -> Sizes | None:
    """Return the lengths that a "bsize" option lets through; None where it is not understood."""
    found = _SIZE.fullmatch(value.replace(" ", ""))
    if found is None:
        return None
    sign, first, last = found[1], int(found[2]), found[3]
    if last is not None:
        return None if sign else (first + 1, int(last) - 1)
    return {"<": (0, first - 1), ">": (first + 1, LONGEST_HOST)}.get(sign or "", (first, first))
