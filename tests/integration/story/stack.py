"""The template's values with its functions worked out: environments and policies as they would be deployed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.integration.story.named import ACCOUNT, REGION
from tests.template.application import functions, logical_id, policy_statements, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.story.recorder import Call

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "pathmend",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True, slots=True)
class Stack:
    """The template deployed; `made` holds what Ref ("Id") and GetAtt ("Id.Attribute") give.

    Parameters have their defaults, but for those that are `given`.
    """

    made: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)

    def environment(self, function: str) -> dict[str, str]:
        """Return the variables that Lambda would set for a function: the global ones and its own."""
        common = template()["Globals"]["Function"]["Environment"]["Variables"]
        own = functions()[function].get("Environment", {}).get("Variables", {})
        return {name: str(self.value(node)) for name, node in {**common, **own}.items()}

    def statements(self, function: str) -> list[dict[str, Any]]:
        """Return the statements of a function's role, with their resources as ARNs."""
        return [self.value(one) for one in policy_statements(f"{logical_id(function)}Role")]

    def allows(self, call: Call) -> bool:
        """Say whether one of the role's statements allows the action for every resource.

        A deny of ours has a condition, on tags that the stories' world does not bear.
        """
        allowing = [
            _listed(one["Resource"])
            for one in self.statements(call.function)
            if one["Effect"] == "Allow" and call.action in one["Action"]
        ]
        return all(
            any(resource == pattern or fnmatchcase(resource, pattern) for patterns in allowing for pattern in patterns)
            for resource in call.resources
        )

    def value(self, node: Any) -> Any:
        """Return a node of the template with every function in it worked out.

        Raises:
            KeyError: the stories do not make what it refers to.
        """
        if isinstance(node, list):
            return [self.value(one) for one in node if one != _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name in {"Ref", "Condition"} or name.startswith("Fn::"):
                return self._worked_out(name, argument)
        return {key: self.value(one) for key, one in node.items() if one != _NO_VALUE}

    def _worked_out(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                return self.made[".".join(argument)]
            case "Fn::Sub":
                return re.sub(r"\$\{([^}]+)}", lambda found: self._ref(found.group(1)), argument)
            case "Fn::FindInMap":
                names = [self.value(one) for one in argument]
                return template()["Mappings"][names[0]][names[1]][names[2]]
            case "Fn::If":
                return self.value(argument[1 if self._holds({"Condition": argument[0]}) else 2])
            case _:
                return self._holds({name: argument})

    def _ref(self, name: str) -> str:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.given:
            return self.given[name]
        parameters = template()["Parameters"]
        return str(parameters[name]["Default"]) if name in parameters else self.made[name]

    def _holds(self, condition: Mapping[str, Any]) -> bool:
        ((name, argument),) = condition.items()
        match name:
            case "Condition":
                return self._holds(template()["Conditions"][argument])
            case "Fn::Equals":
                return bool(self.value(argument[0]) == self.value(argument[1]))
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(self._holds(one) for one in argument)
            case _:
                raise NotImplementedError(f"{name} is not modelled here")


def _listed(resource: str | list[str]) -> list[str]:
    return [resource] if isinstance(resource, str) else resource
