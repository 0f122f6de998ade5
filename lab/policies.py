"""A naive judge of policies: Allow and Deny, wildcards, and the condition operators that occur in the lab.

Unrelated to the product's evaluation. Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Document = Mapping[str, Any]

_IF_EXISTS = "IfExists"


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for what; `context` has lower-case keys."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


def allowed(ask: Ask, documents: Iterable[Document]) -> bool:
    """Say whether policies of one kind allow it: one statement does, and none denies."""
    return effects(ask, documents) == {"Allow"}


def effects(ask: Ask, documents: Iterable[Document]) -> set[str]:
    """Return the effects of the statements that apply; none where nothing is said."""
    return {
        statement["Effect"]
        for document in documents
        for statement in _listed(document.get("Statement", []))
        if _applies(statement, ask)
    }


def _applies(statement: Mapping[str, Any], ask: Ask) -> bool:
    return (
        _names(statement, "Action", ask.action.lower(), fold=True)
        and _names(statement, "Resource", ask.resource, fold=False)
        and _is_principal(statement, ask.principal)
        and all(
            _holds(operator, key, _listed(values), ask.context)
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        )
    )


def _names(statement: Mapping[str, Any], element: str, value: str, *, fold: bool) -> bool:
    negated = f"Not{element}"
    patterns = _listed(statement.get(element, statement.get(negated, [])))
    found = any(_like(value, pattern.lower() if fold else pattern) for pattern in patterns)
    return found is not (negated in statement)


def _is_principal(statement: Mapping[str, Any], principal: str) -> bool:
    """Policies of identities name no principal."""
    named = statement.get("Principal", "*")
    wanted = _listed(named if isinstance(named, str) else named.get("AWS", []))
    account = principal.split(":")[4]
    return any(one in {"*", principal, account, f"arn:aws:iam::{account}:root"} for one in wanted)


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    optional = operator.endswith(_IF_EXISTS)
    name = operator.removesuffix(_IF_EXISTS)
    found = context.get(key.lower())
    if name == "Null":
        return (found is None) is (str(wanted[0]).lower() == "true")
    negated = "Not" in name
    if found is None:
        return optional or negated
    test = _OPERATORS[name.replace("Not", "")]
    return any(test(found, str(one)) for one in wanted) is not negated


def _like(value: str, pattern: str) -> bool:
    return bool(_pattern(pattern).fullmatch(value))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


# By the operator's name without `Not`; what is not here does not occur in the lab, and is an error.
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringEqualsIgnoreCase": lambda found, wanted: found.lower() == wanted.lower(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda found, wanted: found.lower() == wanted.lower(),
    "IpAddress": lambda found, wanted: ip_address(found) in ip_network(wanted, strict=False),
}


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - policies hold one or many
    return value if isinstance(value, list) else [value]
