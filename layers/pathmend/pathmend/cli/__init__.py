"""The command line: look at incidents, answer them, diagnose a load balancer, and trace where a packet goes."""

from __future__ import annotations

from pathmend.cli import incidents, snapshot, trace  # noqa: F401 - the import registers their commands
from pathmend.cli.application import app
from pathmend.cli.desk import Desk, Options, connect

__all__ = ["Desk", "Options", "app", "connect", "main"]


def main() -> None:
    """Run the command line."""
    app()
