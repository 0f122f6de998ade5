"""Test-wide set-up. Its place in a package is what makes `tests.builders` importable from every test."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = ("tests/integration/lab", "tests/integration/story", "tests/trouble")
"""Folders whose tests share what is dear to make, or take long: begun last, one of them would be waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Keep a file's tests, and all of a lab, on one worker, and begin with the long ones; the rest stays as drawn."""
    groups = {item: _group(item.path.relative_to(config.rootpath)) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not groups[item].startswith(LONG))


def _group(path: Path) -> str:
    lab = Path(LONG[0])
    return str(lab if lab in path.parents else path)
