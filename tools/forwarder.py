"""Let containers reach loopback ports for a while: listen on the engine's bridge, pass bytes on to 127.0.0.1."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHUNK_BYTES = 65536


@dataclass(slots=True)
class Forwarder:
    """Forwards to `ports` of 127.0.0.1 from as many free ports of `address` while the `with` block lasts.

    `ports_for` maps each port to the one that a container asks on `host-gateway`. Where the bridge is not on this
    machine but in the engine's own (Docker Desktop), nothing listens: there `host-gateway` leads to loopback itself.
    """

    address: str
    ports: Sequence[int]
    ports_for: Mapping[int, int] = field(default_factory=dict)
    _listeners: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.ports_for = {port: self._listen(port) for port in self.ports}
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            # Closing alone does not wake a thread that waits in accept().
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _listen(self, port: int) -> int:
        try:
            listener = socket.create_server((self.address, 0))
        except OSError as exc:
            if exc.errno == errno.EADDRNOTAVAIL:
                return port
            raise
        self._listeners.append(listener)
        threading.Thread(target=_serve, args=(listener, port), daemon=True).start()
        return int(listener.getsockname()[1])


def _serve(listener: socket.socket, port: int) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, _ = listener.accept()
            threading.Thread(target=_join, args=(near, port), daemon=True).start()


def _join(near: socket.socket, port: int) -> None:
    with near, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as far:
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK_BYTES):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
