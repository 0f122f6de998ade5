"""What is asked of AWS: who wants to do what to which resource, and what the request carries with it.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Context:
    """The condition keys of a request, by lower-case name.

    `unknown` maps a key to why its value is not known: it may be there or not. A key in neither is absent from the
    request.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {key.lower(): values for key, values in self.values.items()})
        object.__setattr__(self, "unknown", {key.lower(): why for key, why in self.unknown.items()})


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `principal` is the ARN of a role, a user, an account's root user or a role's session.

    `session` names the session of a role (for an instance: its id), None where it is not known. `action` is written
    "dynamodb:GetItem". The account of a resource whose ARN names none (S3) is read from the key aws:ResourceAccount.
    """

    principal: str
    action: str
    resource: str
    context: Context = field(default_factory=Context)
    session: str | None = None
