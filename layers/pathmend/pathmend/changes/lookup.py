"""Look up what a change touches, and say its name where it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

_Found = TypeVar("_Found")


def existing(resources: Mapping[str, _Found], resource_id: str, *, what: str) -> _Found:
    """Return the resource; `what` is what people call its kind.

    Raises:
        NotFoundError: it is not in the snapshot.
    """
    try:
        return resources[resource_id]
    except KeyError:
        raise NotFoundError(f"{what} {resource_id} does not exist (any more)") from None
