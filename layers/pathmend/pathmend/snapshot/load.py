"""A snapshot from a folder of saved describe answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pathmend.errors import InvalidSnapshotError
from pathmend.snapshot.parse import KEYS, listed, parse

if TYPE_CHECKING:
    from pathlib import Path

    from pathmend.snapshot.world import Snapshot

_WHOLE = {"Firewall": "Firewalls", "FirewallPolicyResponse": "FirewallPolicies", "RuleGroupResponse": "RuleGroups"}
"""Answers about one resource that have no list of their own: a key that gives them away, and ours."""


def load(folder: Path) -> Snapshot:
    """Return the world in the folder's *.json files, read recursively and merged; file names mean nothing.

    Raises:
        InvalidSnapshotError: names the file, and what is wrong in it.
    """
    if not folder.is_dir():
        raise InvalidSnapshotError(f"{folder}: is not a folder")
    files = {path: _read(path) for path in sorted(folder.rglob("*.json"))}
    if not files:
        raise InvalidSnapshotError(f"{folder}: holds no *.json file")
    merged: dict[str, list[object]] = {}
    for path, answers in files.items():
        # Parsed alone first, so that an error names the file, and an index in it that a reader can find.
        _checked(path, answers)
        for key, items in answers.items():
            merged.setdefault(key, []).extend(items)
    return parse(merged)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidSnapshotError(f"{path}: is not JSON: {error}") from error
    except RecursionError as error:
        raise InvalidSnapshotError(f"{path}: is not a describe answer: it is nested too deep") from error
    if not isinstance(content, Mapping):
        raise InvalidSnapshotError(f"{path}: is not a describe answer: no object at its top")
    answers = {key: listed(content[key]) for key in KEYS if key in content}
    return {**answers, **{key: [content] for sign, key in _WHOLE.items() if sign in content}}


def _checked(path: Path, answers: Mapping[str, Any]) -> None:
    try:
        parse(answers)
    except InvalidSnapshotError as error:
        raise InvalidSnapshotError(f"{path}: {error}") from error
