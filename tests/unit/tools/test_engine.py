"""A machine without a container engine is told how to get one."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

from tools import engine

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "unix:///nowhere/docker.sock"


@pytest.mark.enable_socket
def test_without_an_engine_the_message_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker, DOCKER_HOST, or the demo that needs none."""
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.delenv("LAMBDA_ENGINE", raising=False)

    with pytest.raises(engine.NoEngineError, match=r"(?s)Install Docker .*make demo"):
        engine.find()


@pytest.mark.enable_socket
def test_a_starter_whose_engine_does_not_answer_is_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its word alone is not believed."""
    starter = tmp_path / "starter"
    starter.write_text(f"#!/bin/sh\necho export DOCKER_HOST={NOWHERE}\n")
    starter.chmod(0o755)
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.setenv("LAMBDA_ENGINE", str(starter))

    with pytest.raises(engine.NoEngineError):
        engine.find()


@pytest.mark.parametrize(("machine", "expected"), [("aarch64", "arm64"), ("ARM64", "arm64"), ("x86_64", "x86_64")])
def test_containers_run_on_the_machines_own_processor(
    monkeypatch: pytest.MonkeyPatch, machine: str, expected: str
) -> None:
    """Lambda's names for what the kernel says."""
    monkeypatch.setattr(platform, "machine", lambda: machine)

    assert engine.architecture() == expected
