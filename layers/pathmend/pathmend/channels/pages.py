"""Pages as HTML: server-rendered, escaped, without script or foreign asset, under strict headers."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pathmend.channels.sections import Line, proposal_sections
from pathmend.channels.words import answer_words, clock_time, name_of, plain, sentence, state_words, superseded_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from http import HTTPStatus

    from pathmend.incidents.incident import Incident, JournalEntry


@dataclass(frozen=True, slots=True)
class Page:
    """An answer over HTTP."""

    status: int
    body: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """What the decision's form posts and where: the link's token, and the guard that only a shown page holds."""

    action: str
    token: str
    guard: str


def incident_page(incident: Incident, journal: Sequence[JournalEntry], *, form: Form | None, follow: str) -> Page:
    """Return the page of an incident: with the form while a decision is asked for, else with a link to look again."""
    values = {
        "title": name_of(incident),
        "incident": incident,
        "state": state_words(incident),
        "news": _news(incident),
        "sections": proposal_sections(incident),
        "journal": [Line(plain(e.text), f"{clock_time(e.at)} {plain(e.stage)}") for e in journal],
        "form": form,
        "follow": None if incident.state.closed else follow,
    }
    return _page(200, "incident.html", values)


def message_page(
    status: HTTPStatus, title: str, *, sentences: Sequence[str], command: str = "", follow: tuple[str, str] = ("", "")
) -> Page:
    """Return a page of a few sentences with a way on: a command, or a link (address and text)."""
    address, text = follow
    values = {"title": title, "sentences": sentences, "command": command, "follow": address, "follow_text": text}
    return _page(status, "message.html", values)


def _news(incident: Incident) -> tuple[str, ...]:
    answered = (answer_words(incident.answer),) if incident.answer else ()
    ended = (sentence(incident.reason),) if incident.reason else ()
    return (*superseded_words(incident), *answered, *ended)


def _page(status: int, template: str, values: Mapping[str, object]) -> Page:
    style, headers = _style()
    body = _environment().get_template(template).render({**values, "style": style})
    return Page(int(status), body, dict(headers))


@cache
def _environment() -> Environment:
    loader = PackageLoader("pathmend.channels")
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined)


@cache
def _style() -> tuple[Markup, dict[str, str]]:
    """Return the style sheet, which is ours and so goes in unescaped, and the headers that admit it and nothing else.

    Source: https://www.w3.org/TR/CSP3/
    """
    style = _environment().get_template("style.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
    }
    return Markup(style), headers  # noqa: S704 - our own file, no foreign text in it
