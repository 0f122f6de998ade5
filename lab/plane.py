"""The process of the network plane: moto in server mode, its gaps filled, the lab's services and control routes."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lab import moto_gaps
from lab.calls import CallRecorder
from lab.emulators import Endpoints
from lab.front_door import FrontDoor
from lab.gate import Gate, Roles
from lab.ministack import ACCOUNT_ID, SECRET_VARIABLE
from lab.permissions import Register
from lab.processes import die_with_parent
from lab.sessions import Sessions
from lab.worker import Worker, event_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CONTROL_PREFIX = "/_lab/"


class Plane:
    """The WSGI application: control routes under `/_lab/`, everything else is AWS."""

    def __init__(self, aws: CallRecorder, worker: Worker, door: FrontDoor) -> None:
        self._aws = aws
        self._worker = worker
        self._door = door

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a control request, or pass the request on to moto."""
        if not str(environ.get("PATH_INFO", "")).startswith(CONTROL_PREFIX):
            return self._aws(environ, start_response)
        request = Request(environ)
        answer = self._control(request)
        status = 404 if answer is None else 200
        return Response(json.dumps(answer), status, mimetype="application/json")(environ, start_response)

    def _control(self, request: Request) -> object:
        match request.method, request.path.removeprefix(CONTROL_PREFIX):
            case "GET", "status":
                return self._status()
            case "GET", "calls":
                since = parse_qs(request.query_string.decode()).get("since", ["0"])[0]
                return self._aws.since(float(since))
            case "POST", "application":
                self._worker.application.change(json.loads(request.get_data()))
                return self._status()
            case "POST", "front-door":
                self._door.function_url = str(json.loads(request.get_data())["function_url"])
                return self._status()
        return None

    def _status(self) -> dict[str, object]:
        worker = self._worker
        return {
            "ticks": worker.ticks,
            "application": {"page": worker.application.page_status, "health": worker.application.health_status},
            "requests": worker.last,
            "health": worker.health.table(),
            "page": {name: {one.test: one.shown() for one in tests} for name, tests in worker.page.items()},
            "compliance": worker.rules.compliance(),
            "function_url": self._door.function_url,
        }


def main() -> None:
    """Serve the plane until the process is ended."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT_ID
    serverless, network = os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_ENDPOINT_URL_EC2"]
    endpoints = Endpoints(serverless, network, os.environ["LAB_FRONT_DOOR"])
    worker = Worker(endpoints, event_sink(serverless, os.environ.pop(SECRET_VARIABLE)))
    moto_gaps.fill(worker.health, worker.rules)
    door = FrontDoor(_port(endpoints.front_door), serverless)
    home = Path(os.environ["LAB_HOME"])
    gate = Gate(
        DomainDispatcherApplication(create_backend_app), Sessions(home), Roles(serverless).documents, Register(home)
    )
    recorder = CallRecorder(gate)
    plane = Plane(recorder, worker, door)
    server = make_server("127.0.0.1", _port(network), plane, threaded=True, request_handler=MotoRequestHandler)
    door.run()
    worker.run(lambda: recorder.generation)
    server.serve_forever()


def _port(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"{url} names no port")
    return port


if __name__ == "__main__":
    main()
