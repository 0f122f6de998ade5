"""What the lab adds to ministack's IAM: it is told and written down who asks for what, and its false denials go.

Ministack's judge (`AUTH=true`) stays the judge of its plane.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from lab.permissions import Register
from lab.sessions import Session, Sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Handler = Callable[..., Any]


def fill(home: Path) -> None:
    """Fill the gaps in this process's ministack; sessions and permissions are written to `home`."""
    _tell_sessions(home)
    _register_permissions(home)
    _name_tables_of_policies()
    _name_resources_as_aws_does()
    _take_loopback_for_tls()


def _tell_sessions(home: Path) -> None:
    """Tell the network plane of each session of a role before anybody can use it."""
    sts: Any = importlib.import_module("ministack.services.sts")
    original, sessions = sts.register_session, Sessions(home)

    def register_session(access_key: str, session: dict[str, Any]) -> None:
        original(access_key, session)
        sessions.add(Session(access_key, session["Arn"], session["SessionToken"]))

    sts.register_session = register_session


def _register_permissions(home: Path) -> None:
    """Write down what roles ask of this plane, and what they are told; None from ministack's judge is a yes."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    original, sessions, register = evaluator.enforce, Sessions(home), Register(home)

    def enforce(key: str, action: str, *named: Any, resource_arn: str = "*", **more: Any) -> Any:  # noqa: ANN401 - ministack's own
        answer = original(key, action, *named, resource_arn=resource_arn, **more)
        if session := sessions.find(key):
            register.note(session.role, action, resource_arn, allowed=answer is None)
        return answer

    evaluator.enforce = enforce


def _name_tables_of_policies() -> None:
    """Name the table whose own policy is asked for: ministack takes it for all tables."""
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    original = actions.extract_resource_arn

    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> Any:  # noqa: ANN401 - ministack's own
        found = original(service, method, path, headers, body, *more)
        named = service == "dynamodb" and found == "*" and b'"ResourceArn"' in body
        return json.loads(body)["ResourceArn"] if named else found

    actions.extract_resource_arn = extract


def _name_resources_as_aws_does() -> None:
    """Let Ref and generated names be those that policies are written for.

    Ref of a secret is its ARN, ministack's its name; a parameter's generated name has no slash before. Sources:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html,
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
    """
    provisioners: Any = importlib.import_module("ministack.services.cloudformation.provisioners")
    parameters = provisioners._RESOURCE_HANDLERS["AWS::SSM::Parameter"]  # noqa: SLF001 - the one hook there is
    secrets = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]  # noqa: SLF001 - the one hook there is
    parameters["create"] = _with_generated_name(parameters["create"])
    secrets.update({name: _by_arn(secrets[name]) for name in ("create", "update")})
    delete = secrets["delete"]
    secrets["delete"] = lambda arn, properties: delete(_name_of_secret(arn), properties)


def _with_generated_name(create: Handler) -> Handler:
    def created(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:  # noqa: ANN401 - ministack's own
        return create(logical_id, {"Name": f"CFN-{logical_id}-{stack_name}", **properties}, stack_name)

    return created


def _by_arn(handle: Handler) -> Handler:
    def handled(first: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - ministack's own
        _, attributes = handle(_name_of_secret(first), *more, **named)
        return attributes["Arn"], attributes

    return handled


def _name_of_secret(identifier: str) -> str:
    """Return the name within an ARN; a logical id is returned as it is."""
    named = identifier.partition(":secret:")[2]
    return named.rpartition("-")[0] if named else identifier


def _take_loopback_for_tls() -> None:
    """Let the lab's plain HTTP count as secure: policies of topics and queues refuse what is not."""
    application: Any = importlib.import_module("ministack.app")
    original = application.pin_request_origin
    application.pin_request_origin = lambda address, _secure: original(address, secure_transport=True)
