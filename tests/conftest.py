"""Test-wide set-up. Its place in a package is what makes `tests.builders` importable from every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

LONG = ("tests/trouble", "tests/integration/lab")
"""Folders whose tests take long, or share what is dear to make: begun last, one of them would be waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones, folder by folder; within them, and after them, the order stays as drawn."""
    items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in LONG])
