"""A loopback front door: it forwards a browser's requests to the deployed function URL."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from lab import ministack

_OWN_HEADERS = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding", "date", "server"})


class FrontDoor(ThreadingHTTPServer):
    """Serves on loopback; `function_url` says whither, and is empty until something is deployed."""

    daemon_threads = True

    def __init__(self, port: int, serverless: str) -> None:
        super().__init__(("127.0.0.1", port), _Door)
        self.serverless = serverless
        self.function_url = ""

    def run(self) -> None:
        """Serve in a thread of its own."""
        Thread(target=self.serve_forever, name="front-door", daemon=True).start()


class _Door(BaseHTTPRequestHandler):
    server: FrontDoor
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.server.function_url:
            self._answer(503, {}, b"nothing is deployed behind this door yet\n")
            return
        target = urlsplit(self.server.serverless)
        connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=60)
        try:
            path = ministack.function_path(self.server.function_url, self.path)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}
            connection.request(self.command, path, body=body, headers=headers)
            response = connection.getresponse()
            self._answer(response.status, dict(response.getheaders()), response.read())
        except (OSError, http.client.HTTPException) as error:
            self._answer(502, {}, f"the function URL did not answer: {error}\n".encode())
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _OWN_HEADERS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent: a request line would put the approval token into a log."""
