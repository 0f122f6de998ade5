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

    `unknown` maps a key to why its value is not known: it may be there or not. One that ends in "*" ("s3:*") speaks of
    all keys that begin so and have no value here. A key in neither, or with no values, is absent from the request.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {key.lower(): values for key, values in self.values.items()})
        object.__setattr__(self, "unknown", {key.lower(): why for key, why in self.unknown.items()})

    def found(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key, None where the request does not have it."""
        return self.values.get(key.lower()) or None

    def why_unknown(self, key: str) -> str | None:
        """Return why a key's value is not known, None where it is known or known to be absent."""
        name = key.lower()
        if name in self.unknown:
            return self.unknown[name]
        if name in self.values:
            return None
        wider = (one for one in self.unknown if one.endswith("*") and name.startswith(one[:-1]))
        return next((self.unknown[one] for one in sorted(wider, key=len, reverse=True)), None)


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `principal` is the ARN of a role, a user or an account's root user.

    `session` names the session of a role (for an instance: its id), None where it is not known. `action` is written
    "dynamodb:GetItem". The account of a resource whose ARN names none (S3) is read from the key aws:ResourceAccount.
    """

    principal: str
    action: str
    resource: str
    context: Context = field(default_factory=Context)
    session: str | None = None

    @property
    def service(self) -> str:
        """Return the prefix of the action: "dynamodb"."""
        return self.action.partition(":")[0].lower()
