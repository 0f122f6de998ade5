"""Names and tags of the world's resources."""

from __future__ import annotations

Tag = dict[str, str]


def named(kind: str, name: str, **more: str) -> list[dict[str, object]]:
    """Return the TagSpecifications that give a new resource of `kind` its name and more tags."""
    return [{"ResourceType": kind, "Tags": tags(name, **more)}]


def tags(name: str, **more: str) -> list[Tag]:
    """Return a tag list with a Name."""
    return [{"Key": key, "Value": value} for key, value in {"Name": name, "Project": "WebApp", **more}.items()]
