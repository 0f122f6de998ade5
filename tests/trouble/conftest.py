"""What all troubles share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.trouble.memory import remember

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def remembered() -> Iterator[None]:
    """Let the model be asked once about each world."""
    with pytest.MonkeyPatch.context() as patch:
        remember(patch)
        yield
