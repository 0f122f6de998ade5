"""What a firewall rule's options ask of a connection, and which of them are not understood.

Source: https://docs.suricata.io/en/suricata-7.0.8/rules/flow-keywords.html,
https://docs.suricata.io/en/suricata-7.0.8/rules/http-keywords.html and
https://docs.suricata.io/en/suricata-7.0.8/rules/tls-keywords.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pathmend.network.firewall_hosts import HTTP, TLS, Content, HostTest, Sizes, content_of, sizes_of
from pathmend.network.flow import Leg
from pathmend.snapshot.protocols import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pathmend.network.firewall_text import Option

DEFAULT_PRIORITY = 3
_NAMING = frozenset(
    ("sid", "rev", "gid", "msg", "classtype", "reference", "metadata", "noalert", "alert", "target", "fast_pattern")
)
_BUFFERS = {
    "http.host": HostTest(HTTP),
    "tls.sni": HostTest(TLS),
    "tls_sni": HostTest(TLS),
}
_OLDER = "http_host"
_HEADER_NAMES = "http.header_names"
_ANY_REQUEST = Content("\r\n", starts=True)
_PART_OF = {"http": HTTP, "tls": TLS, "ssl": TLS, "ja3": TLS, "ja4": TLS, "dns": "dns", "ssh": "ssh", "quic": "quic"}
_SAME = {"ssl": TLS, "http1": HTTP}
_LEGS = {
    "to_server": Leg.FORWARD,
    "from_client": Leg.FORWARD,
    "to_client": Leg.RETURN,
    "from_server": Leg.RETURN,
}
_STATES = {"established": True, "not_established": False}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a rule asks for beside its header. `plain` is nothing at all: such rules judge whole connections.

    `applications` are protocols that the data must be, or must not be (False). `request` is whether only what the
    client sends is looked at, `data` whether there must be data at all. `doubts` are options that are not understood.
    """

    sid: str = ""
    priority: int = DEFAULT_PRIORITY
    leg: Leg | None = None
    established: bool | None = None
    applications: tuple[tuple[str, bool], ...] = ()
    hosts: tuple[HostTest, ...] = ()
    ip_protocols: tuple[tuple[str, bool], ...] = ()
    request: bool = False
    data: bool = False
    plain: bool = True
    doubts: tuple[str, ...] = ()


def conditions_of(options: Iterable[Option]) -> Conditions:
    """Return what the options come to."""
    reader = _Reader()
    for option in options:
        reader.read(option.keyword.lower(), option.value)
    return reader.conditions()


@dataclass(slots=True)
class _Reader:
    """Reads options in their order: a buffer's name stands ahead of what is asked of it."""

    found: Conditions = field(default_factory=Conditions)
    buffer: HostTest | str | None = None
    contents: list[Content] = field(default_factory=list)
    sizes: list[Sizes] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def read(self, keyword: str, value: str) -> None:
        """Take one option in."""
        if keyword == "sid":
            self.found = replace(self.found, sid=value)
        elif keyword == "priority":
            self.found = replace(self.found, priority=int(value) if value.isdecimal() else DEFAULT_PRIORITY)
        elif keyword not in _NAMING:
            self.found = replace(self.found, plain=False)
            self._condition(keyword, value)

    def _condition(self, keyword: str, value: str) -> None:
        reads = {
            "flow": self._flow,
            "ip_proto": self._ip_protocol,
            "app-layer-protocol": self._application,
            "ssl_state": self._tls_state,
            "content": self._content,
            "bsize": self._size,
            "depth": self._place,
            "offset": self._place,
        }
        if keyword in reads:
            reads[keyword](keyword, value)
        elif keyword in ("nocase", "startswith", "endswith", "dotprefix"):
            self._modify(keyword)
        elif keyword == _OLDER:
            self._name_older(keyword)
        elif "." in keyword or keyword in _BUFFERS:
            self._open(keyword)
        else:
            self._doubt(keyword, value)

    def _doubt(self, keyword: str, value: str = "") -> None:
        self._part_of(keyword)
        self.doubts.append(f"{keyword}:{value}" if value else keyword)

    def _part_of(self, keyword: str) -> None:
        """Note which application the keyword speaks of, be it understood or not."""
        application = _PART_OF.get(keyword.replace("_", ".").partition(".")[0])
        if application:
            self._wants(application)

    def _wants(self, application: str, *, wanted: bool = True) -> None:
        known = self.found.applications
        self.found = replace(self.found, applications=(*known, (application, wanted)), data=True)

    def _flow(self, _: str, value: str) -> None:
        for word in (part.strip().lower() for part in value.split(",")):
            if word in _LEGS:
                self.found = replace(self.found, leg=_LEGS[word])
            elif word in _STATES:
                self.found = replace(self.found, established=_STATES[word])
            elif word != "stateless":
                self.doubts.append(f"flow:{word}")

    def _ip_protocol(self, keyword: str, value: str) -> None:
        number = number_of(value.removeprefix("!").strip())
        if number is None:
            self._doubt(keyword, value)
        else:
            protocols = (*self.found.ip_protocols, (number, not value.startswith("!")))
            self.found = replace(self.found, ip_protocols=protocols)

    def _application(self, keyword: str, value: str) -> None:
        name = value.removeprefix("!").strip().lower()
        if name in ("failed", "unknown") or "," in name:
            self._doubt(keyword, value)
        self._wants(application_named(name), wanted=not value.startswith("!"))

    def _tls_state(self, keyword: str, value: str) -> None:
        self._wants(TLS)
        if value == "client_hello":
            self.found = replace(self.found, request=True)
        else:
            self.doubts.append(f"{keyword}:{value}")

    def _open(self, keyword: str) -> None:
        self._close()
        self._part_of(keyword)
        self.found = replace(self.found, data=True)
        self.buffer = _BUFFERS.get(keyword, keyword)

    def _content(self, _: str, value: str) -> None:
        self.found = replace(self.found, data=True)
        self.contents.append(content_of(value))

    def _size(self, keyword: str, value: str) -> None:
        sizes = sizes_of(value)
        if sizes is None:
            self._doubt(keyword, value)
        else:
            self.sizes.append(sizes)

    def _place(self, keyword: str, value: str) -> None:
        last = self.contents[-1] if self.contents else None
        if last is None or not value.isdecimal():
            self._doubt(keyword, value)
        elif keyword == "offset":
            self.contents[-1] = replace(last, offset=int(value))
        else:
            self.contents[-1] = replace(last, depth=int(value))

    def _modify(self, keyword: str) -> None:
        if keyword == "dotprefix":
            if isinstance(self.buffer, HostTest):
                self.buffer = replace(self.buffer, dotted=True)
        elif self.contents:
            last = self.contents[-1]
            self.contents[-1] = replace(
                last,
                nocase=last.nocase or keyword == "nocase",
                starts=last.starts or keyword == "startswith",
                ends=last.ends or keyword == "endswith",
            )
        else:
            self._doubt(keyword)

    def _name_older(self, keyword: str) -> None:
        """Take the content before as one of the host: older rules name the buffer after it."""
        if self.contents and self.buffer is None:
            test = HostTest(HTTP, contents=(self.contents.pop(),))
            self.found = replace(self.found, hosts=(*self.found.hosts, test), request=True)
            self._wants(HTTP)
        else:
            self._doubt(keyword)

    def _close(self) -> None:
        """Note what was asked of the buffer so far."""
        contents, sizes = tuple(self.contents), tuple(self.sizes)
        self.contents, self.sizes = [], []
        if isinstance(self.buffer, HostTest):
            test = replace(self.buffer, contents=contents, sizes=sizes)
            self.found = replace(self.found, hosts=(*self.found.hosts, test), request=True)
        elif self.buffer == _HEADER_NAMES and contents == (_ANY_REQUEST,):
            # Every request has header names: this is how Network Firewall writes "any HTTP at all".
            self.found = replace(self.found, request=True)
        elif self.buffer is not None:
            self.doubts.append(self.buffer)
        elif contents or sizes:
            self.doubts.append("content")

    def conditions(self) -> Conditions:
        """Return what was read."""
        self._close()
        return replace(self.found, doubts=tuple(dict.fromkeys(self.doubts)))


def application_named(word: str) -> str:
    """Return the one name for an application's protocol: "tls" for "ssl"."""
    return _SAME.get(word, word)
