"""Sample files are JSON objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import documents

if TYPE_CHECKING:
    from pathlib import Path


def test_only_files_that_hold_no_object_are_named(tmp_path: Path) -> None:
    """The line names the file and the place of the fault."""
    (tmp_path / "good.json").write_text('{"a": 1}')
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "broken.json").write_text('{"a": }')

    broken, listed = documents.faults(tmp_path)

    assert "broken.json: Expecting value: line 1 column 7" in broken
    assert "list.json: holds no JSON object" in listed
    assert documents.main([str(tmp_path)]) == 1
