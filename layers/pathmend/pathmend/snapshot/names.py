"""What people call a resource: its Name tag, with the id behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

LONGEST_NAME = 64


def named(snapshot: Snapshot, resource_id: str) -> str:
    """Return "NAME (ID)" where the resource has a Name tag, and the bare id where it has none."""
    resource = snapshot.find(resource_id)
    name = dict(resource.tags).get("Name", "").strip() if resource is not None else ""
    return f"{name[:LONGEST_NAME]} ({resource_id})" if name and name != resource_id else resource_id
