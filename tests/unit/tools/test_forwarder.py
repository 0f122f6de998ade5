"""A container reaches a loopback port through the bridge, for as long as the call lasts."""

from __future__ import annotations

import socket
import threading

import pytest

from tools.forwarder import Forwarder

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def shouting_port() -> int:
    """Return a loopback port that answers whatever it was sent, in capitals, when the sender is done."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with server, server.accept()[0] as connection:
            said = b"".join(iter(lambda: connection.recv(4096), b""))
            connection.sendall(said.upper())

    threading.Thread(target=serve, daemon=True).start()
    return int(server.getsockname()[1])


def test_bytes_go_both_ways_until_the_block_ends(shouting_port: int) -> None:
    """Half-closed connections keep their other half; after the block nobody listens."""
    with Forwarder("127.0.0.1", [shouting_port]) as forwarder:
        listening = forwarder.ports_for[shouting_port]
        assert listening != shouting_port
        with socket.create_connection(("127.0.0.1", listening), timeout=5) as connection:
            connection.sendall(b"hello")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(4096) == b"HELLO"

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", listening), timeout=5)


def test_where_the_bridge_is_elsewhere_the_port_itself_is_asked_for() -> None:
    """192.0.2.1 is nobody's address, as the bridge of an engine in a virtual machine is not this machine's."""
    with Forwarder("192.0.2.1", [4242]) as forwarder:
        assert forwarder.ports_for == {4242: 4242}
