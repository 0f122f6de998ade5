"""Policy documents as AWS hands them out: JSON text, the same URL-encoded, or the object itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pathmend.snapshot.item import wrong

if TYPE_CHECKING:
    from pathmend.snapshot.item import Item

_SHOWN = 60
"""How much of a wrong document is shown: enough to recognise it."""


def document(item: Item, key: str) -> str | None:
    """Return a policy document as JSON text, as it was written where that is known; None when there is none.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html (IAM's are URL-encoded; the CLI
    and SDKs decode them)

    Raises:
        InvalidSnapshotError: it is not a JSON object.
    """
    value = item.values.get(key)
    if isinstance(value, Mapping):
        # Sorted, so that a document is the same text however often it was saved and read again.
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = item.maybe(key)
    if text is None:
        return None
    # A JSON object may hold any "%", so only what does not begin as one is decoded.
    plain = text if text.lstrip().startswith("{") else unquote(text)
    if not _is_object(plain):
        raise wrong(item.at(key), text[:_SHOWN], "a policy document")
    return plain


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
