"""The command line: incidents and their answers, the diagnosis of a load balancer, traces, and who may do what."""

from __future__ import annotations

from pathmend.cli import (  # noqa: F401 - the import registers their commands
    access,
    breaker,
    diagnose,
    incidents,
    rollback,
    rules,
    snapshot,
    trace,
)
from pathmend.cli.application import app
from pathmend.cli.desk import Desk, Options, connect

__all__ = ["Desk", "Options", "app", "connect", "main"]


def main() -> None:
    """Run the command line."""
    app()
