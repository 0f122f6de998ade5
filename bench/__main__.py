"""Measure everything, print the table, write bench/results/latest.json: `python -m bench`."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench import access, calls, deployment, model, needs, network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.measure import Row

RESULTS = Path(__file__).resolve().parent / "results"
WIDTH = 120
# What the template gives triage; the values only have to be well formed, nothing is called.
VARIABLES = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "INCIDENTS_TABLE": "incidents",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:incidents",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:123456789012:stateMachine:remediation",
    "MODE": "ask",
    "RULES_PARAMETER": "/pathmend/rules",
    "APPROVAL_TIMEOUT_SECONDS": "3600",
    "INCIDENT_RETENTION_DAYS": "365",
    "POWERTOOLS_SERVICE_NAME": "pathmend",
    "POWERTOOLS_METRICS_NAMESPACE": "Pathmend",
    "POWERTOOLS_TRACE_DISABLED": "true",
}


def measured(console: Console) -> Iterator[Row]:
    """Yield the rows, saying what is being measured."""
    with console.status("triage on the model") as status:
        yield from model.rows()
        status.update("flows in large worlds")
        yield from network.rows()
        status.update("who may do what")
        yield from access.rows()
        status.update("what targets need")
        yield from needs.rows()
        status.update("calls on moto")
        yield from calls.rows()
        status.update("sam build")
        deployment.build()
        yield from deployment.size_rows()
        status.update("cold starts")
        yield from deployment.start_rows(VARIABLES)


def table(rows: Sequence[Row]) -> Table:
    """Return the rows as a table, a line between groups."""
    shown = Table("", "what", "value", "", "in proportion", title="What Pathmend costs", title_justify="left")
    shown.columns[2].justify = "right"
    ends = {index for index, (one, following) in enumerate(pairwise(rows)) if one.group != following.group}
    group = ""
    for index, row in enumerate(rows):
        first = row.group if row.group != group else ""
        group = row.group
        value = f"{row.value:,.0f}" if float(row.value).is_integer() else f"{row.value:,.2f}"
        shown.add_row(first, row.what, value, row.unit, row.proportion, end_section=index in ends)
    return shown


def main() -> int:
    """Print the table and write it as JSON."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    try:
        rows = list(measured(Console(stderr=True)))
    except deployment.BuildError as exc:
        sys.stderr.write(f"sam build failed, so nothing could be measured:\n{exc}\n")
        return 1
    console.print(table(rows))
    RESULTS.mkdir(exist_ok=True)
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "rows": [asdict(row) for row in rows],
    }
    target = RESULTS / "latest.json"
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    console.print(f"written to {target.relative_to(RESULTS.parent.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
