"""How the demonstration looks in a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.stage import Row


_WIDTH = 150


class Screen:
    """Prints progress; `asks` when a person at the terminal decides."""

    def __init__(self, *, asks: bool = False) -> None:
        self.asks = asks
        console = Console(highlight=False)
        # A file or a pipe has no width of its own; the table needs some.
        self._console = console if console.is_terminal else Console(highlight=False, width=_WIDTH)

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print()
        self._console.rule(Text(text, style="bold"), align="left")

    def stage(self, text: str, began: float) -> None:
        """Print what happened, and when, counted from `began`."""
        self._console.print(Text(f"{time.time() - began:6.1f} s  ", style="dim") + Text(text))

    def proposal(self, text: str) -> None:
        """Show a message as its reader sees it."""
        self._console.print(Panel(Text(text.strip()), title="the message", border_style="cyan"))

    def invite(self, link: str, incident_id: str) -> None:
        """Leave the decision to the person at the terminal."""
        self._console.print(Text("Your decision. Open this link in a browser on this machine:", style="bold"))
        # Unwrapped, so that the terminal makes it one link.
        self._console.print(Text(link), soft_wrap=True)
        self._console.print(
            Text(
                f"or, in another terminal: eval $(.venv/bin/python -m lab env); "
                f".venv/bin/pathmend approve {incident_id}"
            ),
            soft_wrap=True,
        )

    def journal(self, entries: Sequence[dict[str, Any]]) -> None:
        """Show the incident's journal."""
        lines = [f"{str(one['at'])[11:19]}  {one['stage']}: {one['text']}" for one in entries]
        self._console.print(Panel(Text("\n".join(lines)), title="its journal", border_style="dim"))

    def verdict(self, row: Row) -> None:
        """Show the lab's own judgement."""
        words = "the lab's own packets and health checks find nothing wrong" if row.passed else "; ".join(row.notes)
        style = "green" if row.passed else "bold red"
        self._console.print(Text(f"{'passed' if row.passed else 'FAILED'}: {words or row.outcome}", style=style))

    def table(self, rows: Sequence[Row], seconds: float) -> None:
        """Print the table at the end."""
        table = Table(title=f"The demonstration, {seconds:.0f} s", show_lines=True)
        table.add_column("fault")
        for name, ratio in (("cause found", 3), ("evidence", 3), ("change", 2)):
            table.add_column(name, overflow="fold", ratio=ratio)
        for name in ("to proposal", "to recovery", "AWS calls"):
            table.add_column(name, justify="right")
        table.add_column("outcome", min_width=8)
        for row in rows:
            outcome = Text(row.outcome or "no outcome", style="green" if row.passed else "bold red")
            times = [_seconds(row.proposed_after), _seconds(row.recovered_after), str(row.calls)]
            texts = [Text(text) for text in (row.fault, row.cause, row.evidence, row.change, *times)]
            table.add_row(*texts, outcome)
        self._console.print()
        self._console.print(table)

    def permissions(self, used: Mapping[str, Sequence[str]], denied: Sequence[str]) -> None:
        """Say what the roles used of what they are allowed, and what they lacked."""
        text = f"IAM held {len(used)} roles to their policies; they used {sum(map(len, used.values()))} permissions"
        self._console.print(Text(f"{text} and were denied {len(denied) or 'none'}"))
        for one in denied:
            self.failure(one)

    def failure(self, text: str) -> None:
        """Print why the lab cannot go on."""
        self._console.print(Text(text, style="bold red"))


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} s"
