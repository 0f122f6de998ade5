"""The network plane's IAM: a layer before moto that knows whose credentials signed a call, and judges it.

Moto's own way is no use here: it looks at no resource and at no condition of a policy, see lab/README.md.
Only roles are judged. Who has the lab's own key is its administrator: the lab's services, its person, the SAM CLI.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from lab import policies, protected, refusals, wire
from lab.clients import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.wrappers import Response

    from lab.permissions import Register
    from lab.policies import Document
    from lab.sessions import Session, Sessions

_TEMPORARY = "ASIA"
_KEPT_SECONDS = 2.0


class Roles:
    """What the roles' policies say: read from the plane where the application is deployed, and kept for a moment."""

    def __init__(self, serverless: str) -> None:
        self._iam = client(serverless, "iam")
        self._kept: dict[str, tuple[float, list[Document]]] = {}
        # A function calls from several threads at once; one of them reads for all.
        self._lock = Lock()

    def documents(self, role: str) -> list[Document]:
        """Return a role's inline policies and those attached to it."""
        with self._lock:
            until, found = self._kept.get(role, (0.0, []))
            if time.monotonic() >= until:
                found = self._read(role)
                self._kept[role] = (time.monotonic() + _KEPT_SECONDS, found)
            return found

    def _read(self, role: str) -> list[Document]:
        names = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        inline = [self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        attached = self._iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return [*inline, *(self._managed(one["PolicyArn"]) for one in attached)]

    def _managed(self, arn: str) -> Document:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found: Document = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return found


class Gate:
    """Wraps a WSGI application; lets a role's call through when its policies allow all that the call needs."""

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        sessions: Sessions,
        documents: Callable[[str], list[Document]],
        register: Register,
    ) -> None:
        self._application = application
        self._sessions = sessions
        self._documents = documents
        self._register = register

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Judge a call that a role signed; pass on every other."""
        if f"Credential={_TEMPORARY}" not in environ.get("HTTP_AUTHORIZATION", ""):
            return self._application(environ, start_response)
        asking = wire.read(environ)
        session = self._sessions.find(asking.key)
        if session is None or session.token != asking.token:
            return refusals.unknown_session(asking)(environ, start_response)
        refused = self._refused(asking, session)
        return refused(environ, start_response) if refused else self._application(environ, start_response)

    def _refused(self, asking: wire.Asking, session: Session) -> Response | None:
        """Return the answer to a call that a permission is missing for; stop at the first, as AWS does."""
        documents = self._documents(session.role)
        for need in protected.needs(asking):
            ask = policies.Ask(session.arn, need.action, need.resource, need.context)
            effects = policies.effects(ask, documents)
            allowed = effects == {"Allow"}
            self._register.note(session.role, need.action, need.resource, allowed=allowed)
            if not allowed:
                explicitly = "Deny" in effects
                return refusals.denied(asking, session.arn, need.action, need.resource, explicitly=explicitly)
        return None
