"""Find the container engine as the SAM CLI would, or start the one that LAMBDA_ENGINE names."""

from __future__ import annotations

import ipaddress
import os
import platform
import re
import subprocess
from contextlib import closing

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]

RUNTIME_IMAGE = "public.ecr.aws/lambda/python:3.13"
MISSING = """\
No container engine answers, and `sam local invoke` runs the function in a container.
Install Docker (https://docs.docker.com/get-started/get-docker/), start it, and call again; another engine with
Docker's API is found by DOCKER_HOST. To see the functions work without a container: make demo"""


class NoEngineError(RuntimeError):
    """There is no container engine; the message says how to get one."""


def find() -> dict[str, str]:
    """Return the environment in which an engine answers: empty if it already does.

    The program in LAMBDA_ENGINE is run as `PROGRAM start` if none does; it prints `export DOCKER_HOST=...`.

    Raises:
        NoEngineError: None answers and none could be started.
    """
    if _answers(None):
        return {}
    host = _started(os.environ.get("LAMBDA_ENGINE", ""))
    if host and _answers(host):
        return {"DOCKER_HOST": host}
    raise NoEngineError(MISSING)


def _started(program: str) -> str | None:
    if not program:
        return None
    done = subprocess.run([program, "start"], capture_output=True, text=True, check=False)  # noqa: S603 - the user's
    exported = re.search(r"^export DOCKER_HOST=(\S+)$", done.stdout, re.MULTILINE)
    return exported[1] if exported else None


def _client(host: str | None) -> docker.DockerClient:
    return docker.DockerClient(base_url=host) if host else docker.from_env()


def _answers(host: str | None) -> bool:
    try:
        with closing(_client(host)) as client:
            return bool(client.ping())
    except DockerException:
        return False


def architecture() -> str:
    """Return Lambda's name of this machine's processor, so that no container is emulated."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def has_runtime_image(host: str | None) -> bool:
    """Say whether Lambda's base image is here already."""
    with closing(_client(host)) as client:
        for name in (f"{RUNTIME_IMAGE}-{architecture()}", RUNTIME_IMAGE):
            try:
                client.images.get(name)
            except ImageNotFound:
                continue
            return True
    return False


def bridge_address(host: str | None) -> str:
    """Return this machine's address on the engine's bridge, which containers know as `host-gateway`."""
    with closing(_client(host)) as client:
        config = client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    network = ipaddress.ip_network(config["Subnet"])
    return str(config.get("Gateway") or network[1])
