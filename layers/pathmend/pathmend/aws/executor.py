"""The one hand that changes something on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore import xform_name

from pathmend.aws.catalogue import ALLOWED_ACTIONS
from pathmend.aws.errors import translated
from pathmend.errors import NotFoundError, PermanentError

if TYPE_CHECKING:
    from pathmend.aws.clients import Clients
    from pathmend.changes.change import ApiRequest

_REMOVALS = ("Delete", "Disassociate", "Revoke")


class AwsExecutor:
    """Implements Executor: makes the calls that the catalogue of changes lists, and no other."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def call(self, request: ApiRequest) -> None:
        """Make the call. A resource that is gone, on a removal, is success."""
        if request.iam_action not in ALLOWED_ACTIONS:
            raise PermanentError(
                f"{request.iam_action} is not a call that any kind of change makes: nothing was called"
            )
        operation = getattr(self._clients.named(request.service), xform_name(request.operation))
        try:
            with translated(f"call {request.iam_action} on {_subject(request)}"):
                operation(**request.parameters)
        except NotFoundError:
            if not request.operation.startswith(_REMOVALS):
                raise


def _subject(request: ApiRequest) -> str:
    """Return the first resource that the parameters name."""
    names = (value for key, value in request.parameters.items() if key.endswith(("Id", "Arn")))
    return str(next(names, "an unnamed resource"))
