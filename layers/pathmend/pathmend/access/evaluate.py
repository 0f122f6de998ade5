"""AWS's decision: whether a request is allowed by all the policies that bear on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.access.answer import Answer, Deciding, Miss, Verdict

if TYPE_CHECKING:
    from pathmend.access.policies import Policies
    from pathmend.access.request import Request

__all__ = ["Answer", "Deciding", "Miss", "Verdict", "evaluate"]


def evaluate(request: Request, policies: Policies) -> Answer:
    """Decide as AWS does, and say what decided."""
    raise NotImplementedError
