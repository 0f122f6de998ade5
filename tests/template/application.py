"""Read the template, the state machine and the sample events for the tests beside this file."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
Properties = Mapping[str, Any]


class _CloudFormationLoader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, read as their long forms."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(f"a kind of node that YAML does not have: {node!r}")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_CloudFormationLoader.add_multi_constructor("!", _long_form)


@cache
def template(path: str = "template.yaml") -> Properties:
    """Return the parsed template, short functions in their long forms."""
    return yaml.load((ROOT / path).read_text(), Loader=_CloudFormationLoader)  # type: ignore[no-any-return] # noqa: S506 - a SafeLoader


def resources(kind: str) -> dict[str, Properties]:
    """Return the properties of every resource of a type, by logical id."""
    return {name: one.get("Properties", {}) for name, one in template()["Resources"].items() if one["Type"] == kind}


def functions() -> dict[str, Properties]:
    """Return the properties of every function, by the name of its folder."""
    return {one["CodeUri"].split("/")[1]: one for one in resources("AWS::Serverless::Function").values()}


def logical_id(function: str) -> str:
    """Return the PascalCase stem that the resources of a function share."""
    return "".join(part.capitalize() for part in function.split("_"))


def rules() -> dict[str, Properties]:
    """Return the event rules of triage: name to properties."""
    return {name: one["Properties"] for name, one in functions()["triage"]["Events"].items()}


def policy_statements(role: str) -> Iterator[Properties]:
    """Yield the statements of a role: its own and those of the managed policies of this stack."""
    found = resources("AWS::IAM::Role")[role]
    for policy in found["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]
    for reference in found.get("ManagedPolicyArns", ()):
        yield from resources("AWS::IAM::ManagedPolicy")[reference["Ref"]]["PolicyDocument"]["Statement"]


def approval_seconds() -> str:
    """Return the seconds of the default approval time-out."""
    minutes = template()["Parameters"]["ApprovalTimeoutMinutes"]["Default"]
    return str(template()["Mappings"]["ApprovalTimeout"][minutes]["Seconds"])


@cache
def machine() -> Properties:
    """Return the state machine's definition with the default approval time-out in its place.

    That placeholder stands for a number and so without quotes: CloudFormation puts values in before it reads the JSON.
    """
    text = (ROOT / "statemachine" / "remediation.asl.json").read_text()
    return json.loads(text.replace("${ApprovalTimeoutSeconds}", approval_seconds()))  # type: ignore[no-any-return]


def sample(path: str) -> Any:
    """Return a sample event."""
    return json.loads((EVENTS / path).read_text())
