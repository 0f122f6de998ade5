"""The smallest edit of an endpoint policy that lets something through, and exactly what it grants."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def allowing(document: str, *, actions: Sequence[str], resources: Sequence[str]) -> str | None:
    """Return the document with the smallest edit that allows these; None where a Deny or its size stands against it."""
    raise NotImplementedError


def grants(before: str, after: str) -> tuple[str, ...]:
    """Say in sentences what `after` allows that `before` did not."""
    raise NotImplementedError
