"""Start and stop the two planes: ministack (serverless) and the network plane (moto with the lab's services)."""

from __future__ import annotations

import json
import os
import secrets
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from lab import ministack, permissions, processes, sessions

REPOSITORY = Path(__file__).resolve().parent.parent
HOME = REPOSITORY / ".lab"
START_SECONDS = 60
NETWORK_SERVICES = (
    "EC2",
    "ELASTIC_LOAD_BALANCING_V2",
    "CLOUDWATCH",
    "CONFIG_SERVICE",
    "IAM",
    "NETWORK_FIREWALL",
    "XRAY",
)


class LabError(RuntimeError):
    """The lab cannot go on; the message says why and where to look."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the planes listen, and the process groups that serve them."""

    serverless: str
    network: str
    front_door: str
    groups: tuple[int, ...] = ()

    def variables(self) -> dict[str, str]:
        """Return what botocore reads, so that an AWS client finds the lab instead of AWS."""
        shown = {f"AWS_ENDPOINT_URL_{service}": self.network for service in NETWORK_SERVICES}
        return shown | {
            "AWS_ENDPOINT_URL": self.serverless,
            "AWS_ACCESS_KEY_ID": ministack.ADMINISTRATOR,
            "AWS_SECRET_ACCESS_KEY": ministack.ADMINISTRATOR,
            "AWS_REGION": ministack.REGION,
            "AWS_DEFAULT_REGION": ministack.REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Whatever a user has for real accounts must not reach the lab, nor the lab's calls a real account.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }


class Emulators:
    """The planes of one home folder; as a context manager they end with the block, whatever happens in it."""

    def __init__(self, home: Path = HOME, *, detached: bool = False) -> None:
        self._home = home
        self._detached = detached
        self._iam = os.environ.get("LAB_IAM", "on") != "off"
        self.endpoints: Endpoints | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> Endpoints:
        """Return where the started planes listen."""
        if self.endpoints is None:
            raise LabError("the planes were not started")
        return self.endpoints

    def start(self) -> Endpoints:
        """Start both planes and wait until they answer.

        Raises:
            LabError: A plane ended or did not answer in time.
        """
        if stale := load(self._home):
            end(self._home, stale)
        (self._home / "tmp").mkdir(parents=True, exist_ok=True)
        for name in (permissions.FILE, sessions.FILE):
            (self._home / name).unlink(missing_ok=True)
        ports = _ports()
        serverless, network, front_door = (f"http://127.0.0.1:{port}" for port in ports)
        found = Endpoints(serverless, network, front_door)
        variables = self._variables(found, ports)
        self.endpoints = found
        groups: list[int] = []
        try:
            for module in ("lab.ministack", "lab.plane"):
                log = self._home / f"{module.rpartition('.')[2]}.log"
                log.write_bytes(b"")
                groups.append(processes.start(module, cwd=REPOSITORY, log=log, env=variables).pid)
                self.endpoints = Endpoints(found.serverless, found.network, found.front_door, tuple(groups))
                save(self._home, self.endpoints)
            await_answer(found.network + "/_lab/status", groups[1], self._home)
            await_answer(found.serverless + ministack.HEALTH_PATH, groups[0], self._home)
        except BaseException:
            self.stop()
            raise
        return self.endpoints

    def _variables(self, found: Endpoints, ports: list[int]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        lab = {"LAB_HOME": str(self._home), "LAB_FRONT_DOOR": found.front_door, "TMPDIR": str(self._home / "tmp")}
        if self._detached:
            lab[processes.DETACHED_VARIABLE] = "1"
        return kept | found.variables() | ministack.environment(ports[0], secrets.token_hex(16), iam=self._iam) | lab

    def stop(self) -> None:
        """End both planes and everything they started."""
        if self.endpoints:
            end(self._home, self.endpoints)
            self.endpoints = None


def _ports() -> list[int]:
    wanted: set[int] = set()
    while len(wanted) < 3:  # noqa: PLR2004 - serverless, network, front door
        wanted.add(processes.free_port())
    return sorted(wanted)


def await_answer(url: str, group: int, home: Path) -> None:
    """Poll `url` until it answers.

    Raises:
        LabError: The process group ended, or time ran out.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not processes.group_alive(group):
            raise LabError(f"a plane of the lab ended while starting; read the logs in {home}")
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - own loopback
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise LabError(f"{url} did not answer in {START_SECONDS} s; read the logs in {home}")


def save(home: Path, endpoints: Endpoints) -> None:
    """Write `endpoints.json`: the addresses, the variables to export, the process groups."""
    content = {
        "serverless": endpoints.serverless,
        "network": endpoints.network,
        "front_door": endpoints.front_door,
        "groups": list(endpoints.groups),
        "environment": endpoints.variables(),
    }
    (home / "endpoints.json").write_text(json.dumps(content, indent=2) + "\n")


def load(home: Path = HOME) -> Endpoints | None:
    """Return the endpoints of a lab that was left running, or None."""
    path = home / "endpoints.json"
    if not path.exists():
        return None
    content: dict[str, Any] = json.loads(path.read_text())
    return Endpoints(content["serverless"], content["network"], content["front_door"], tuple(content["groups"]))


def end(home: Path, endpoints: Endpoints) -> None:
    """End the process groups of `endpoints`, if they are still the lab's, and forget them."""
    for group in endpoints.groups:
        if _is_ours(group):
            processes.end_group(group)
    (home / "endpoints.json").unlink(missing_ok=True)


def _is_ours(group: int) -> bool:
    """Guard against process ids that were given away again since the file was written."""
    command = Path(f"/proc/{group}/cmdline")
    if not command.parent.parent.joinpath("self").exists():
        return processes.group_alive(group)
    return not command.exists() or b"lab." in command.read_bytes()
