"""Requests and policies in one line: a role of one account that reads a table."""

from __future__ import annotations

import json
from typing import Any

from pathmend.access.evaluate import Answer, Verdict, evaluate
from pathmend.access.policies import Policies
from pathmend.access.request import Context, Request
from pathmend.snapshot.identity import Policy, ResourcePolicy

ACCOUNT = "123456789012"
OTHER = "999999999999"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-1"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t"
THEIR_TABLE = f"arn:aws:dynamodb:us-east-1:{OTHER}:table/t"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
GET = "dynamodb:GetItem"
ALLOWED, DENIED, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN


def a_statement(effect: str = "Allow", **overrides: Any) -> dict[str, Any]:
    """Return a statement about everything; an override of None leaves an element out."""
    whole = {"Effect": effect, "Action": "*", "Resource": "*"} | overrides
    return {key: value for key, value in whole.items() if value is not None}


def a_text(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    """Return a document of these statements."""
    return json.dumps({"Version": version, "Statement": list(statements)})


def a_policy(*statements: dict[str, Any], id: str = "P", version: str = "2012-10-17") -> Policy:  # noqa: A002
    """Return a policy of these statements; without any it allows everything."""
    return Policy(id, a_text(*(statements or (a_statement(),)), version=version))


def everybody(effect: str = "Allow", **overrides: Any) -> dict[str, Any]:
    """Return a statement about everything and everybody."""
    return a_statement(effect, **({"Principal": "*"} | overrides))


def of_resource(*statements: dict[str, Any], arn: str = TABLE) -> ResourcePolicy:
    """Return a resource's policy; without statements it has none."""
    return ResourcePolicy(arn, a_text(*statements) if statements else None)


def a_request(
    action: str = GET, resource: str = TABLE, *, by: str = ROLE, session: str | None = "i-1", **keys: Any
) -> Request:
    """Return a request; `values` and `unknown` are its context's."""
    return Request(by, action, resource, Context(**keys), session)


def ask(request: Request | None = None, **policies: Any) -> Answer:
    """Evaluate; the role may do everything unless `identity` says otherwise."""
    return evaluate(request or a_request(), Policies(**({"identity": (a_policy(),)} | policies)))


def verdict(request: Request | None = None, **policies: Any) -> Verdict:
    """Return the verdict alone."""
    return ask(request, **policies).verdict
