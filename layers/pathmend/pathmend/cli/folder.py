"""A folder of describe answers: opened as a world, or filled with what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.load import load

if TYPE_CHECKING:
    from pathlib import Path

    from pathmend.snapshot.world import Snapshot


def opened(folder: Path) -> Snapshot:
    """Return the world in the folder.

    Raises:
        InvalidSnapshotError: names the file, and what is wrong in it.
    """
    try:
        return load(folder)
    except OSError as exc:
        raise InvalidSnapshotError(f"{folder}: cannot be read: {exc.strerror or exc}") from exc
