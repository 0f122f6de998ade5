"""A folder of describe answers: opened as a world, or filled with what was read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from pathmend.errors import InvalidSnapshotError, PermanentError
from pathmend.snapshot.load import load
from pathmend.snapshot.parse import KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from pathmend.aws.snapshots_reading import Reading
    from pathmend.snapshot.world import Snapshot

UNREAD = "unread.json"
"""The file of what could not be read, and why: {"Unread": {"NetworkAcls": "the role lacks ..."}}."""


def opened(folder: Path) -> Snapshot:
    """Return the world in the folder; a kind that could not be read when it was saved keeps its reason.

    Raises:
        InvalidSnapshotError: names the file, and what is wrong in it.
    """
    try:
        snapshot = load(folder)
        reasons = [reason for path in sorted(folder.rglob(UNREAD)) for reason in _reasons(path)]
    except OSError as exc:
        raise InvalidSnapshotError(f"{folder}: cannot be read: {exc.strerror or exc}") from exc
    return replace(snapshot, unread={**snapshot.unread, **dict(reasons)})


def _reasons(path: Path) -> list[tuple[str, str]]:
    found = json.loads(path.read_text(encoding="utf-8")).get("Unread", {})
    if not isinstance(found, dict):
        raise InvalidSnapshotError(f"{path}: Unread is not an object")
    return [(kind, str(why)) for kind, why in found.items() if kind in KEYS]


def fill(folder: Path, reading: Reading, *, force: bool) -> tuple[str, ...]:
    """Write one file per kind, and what was unread, and return the files' names.

    Raises:
        BadParameter: the folder holds something, and `force` is not given.
        PermanentError: it cannot be written to.
    """
    contents: dict[str, object] = {f"{key}.json": {key: items} for key, items in reading.answers.items()}
    if reading.unread:
        contents[UNREAD] = {"Unread": reading.unread}
    check_free(folder, force=force)
    try:
        _clear(folder)
        for name, content in contents.items():
            (folder / name).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as exc:
        raise PermanentError(f"cannot write to {folder}: {exc.strerror or exc}") from exc
    return tuple(sorted(contents))


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse a folder that holds something, unless forced: known before AWS is asked for anything.

    Raises:
        BadParameter: it is no folder, or it is not empty.
    """
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is not a folder: choose another")
    if folder.exists() and not force and any(folder.iterdir()):
        raise typer.BadParameter(
            f"{folder} is not empty: choose another folder, or give --force to replace its snapshot"
        )


def _clear(folder: Path) -> None:
    """Make the folder, and take away what an earlier snapshot left there: its files would be part of this one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*(f"{key}.json" for key in KEYS), UNREAD):
        (folder / name).unlink(missing_ok=True)
