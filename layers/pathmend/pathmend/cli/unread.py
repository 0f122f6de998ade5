"""Why something may be missing from what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot


def unread_words(snapshot: Snapshot, *kinds: str) -> str:
    """Return, in brackets, which of these kinds were not read and why; empty where all were."""
    missing = [f"{kind} {snapshot.unread[kind]}" for kind in kinds if kind in snapshot.unread]
    return f" ({'; '.join(missing)})" if missing else ""
