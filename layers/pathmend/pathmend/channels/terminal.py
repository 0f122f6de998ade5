"""The terminal's view of an incident: the same sections as mail and page, laid out with rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pathmend.channels.sections import headline, proposal_sections
from pathmend.channels.words import answer_words, clock_time, moment, name_of, plain, sentence, state_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from pathmend.channels.sections import Section
    from pathmend.incidents.incident import Incident, JournalEntry


# Text objects throughout: rich reads markup in plain strings, and names of resources are written by others.
def print_incidents(console: Console, incidents: Sequence[Incident]) -> None:
    """Print one row per incident."""
    if not incidents:
        console.print(Text("No incidents."))
        return
    table = Table(box=None, pad_edge=False)
    # An id that is cut cannot be copied into a command.
    table.add_column("incident", no_wrap=True, min_width=max(len(incident.id) for incident in incidents))
    for name in ("opened", "state", "load balancer", "what is broken"):
        table.add_column(name)
    for incident in incidents:
        cells = (
            incident.id,
            moment(incident.opened_at),
            incident.state.value.replace("_", " "),
            name_of(incident),
            headline(incident),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def print_incident(console: Console, incident: Incident, journal: Iterable[JournalEntry]) -> None:
    """Print everything about one incident."""
    console.print(Text(f"{name_of(incident)}: {state_words(incident)}", style="bold"))
    if incident.reason:
        console.print(Text(sentence(incident.reason)))
    if incident.answer:
        console.print(Text(answer_words(incident.answer)))
    print_sections(console, proposal_sections(incident))
    console.print(Text("\nJournal", style="bold cyan"))
    for entry in journal:
        print_entry(console, entry)
    _print_ids(console, incident)


def print_sections(console: Console, sections: Iterable[Section]) -> None:
    """Print sections with every line they have."""
    for section in sections:
        console.print(Text(f"\n{section.title}", style="bold cyan"))
        for line in section.lines:
            console.print(Text(f"  {line.text}"))
            if line.detail:
                console.print(Text(f"    {line.detail}", style="dim"))
        for patch in section.code if section.owners_code else ():
            console.print(Text(f"\n  {patch.title}", style="bold"))
            console.print(Text(patch.text.rstrip("\n"), no_wrap=True, overflow="ignore"), soft_wrap=True)


def print_entry(console: Console, entry: JournalEntry) -> None:
    """Print one line of a journal."""
    console.print(Text(f"  {clock_time(entry.at)}  {plain(entry.stage)}: {plain(entry.text)}"))


def _print_ids(console: Console, incident: Incident) -> None:
    lines = [f"\nincident {incident.id}, round {incident.round}", f"load balancer {plain(incident.subject)}"]
    if incident.plan:
        lines.append(f"plan {incident.plan.fingerprint}")
    console.print(Text("\n".join(lines), style="dim"))
