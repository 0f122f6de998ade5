"""The one place where botocore's errors become ours."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from pathmend.errors import (
    AccessDeniedError,
    ConflictError,
    NotFoundError,
    PathmendError,
    PermanentError,
    TemporaryError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_MESSAGE = 400
_SERVER_ERROR = 500

# First match wins: "TransactionCanceledException" must be judged by its reasons before anything else looks at it.
_CODES: tuple[tuple[str, type[PathmendError]], ...] = (
    (r"access.?denied|^UnauthorizedOperation$|^AuthorizationError", AccessDeniedError),
    (
        (
            r"ConditionalCheckFailed|TransactionConflict|AlreadyExists|AlreadyAssociated|ReplicatedWriteConflict"
            r"|\.Duplicate$|^InvalidTokenException$|^Concurrent(Modification|Mutation|TagAccess)|^ConflictException$"
            r"|^IncorrectState$"
        ),
        ConflictError,
    ),
    (r"NotFound|DoesNotExist|NoSuch|NonExistent", NotFoundError),
    (
        (
            r"throttl|RequestLimitExceeded|TooManyRequests|ThroughputExceeded|SlowDown|ServiceUnavailable|^Unavailable"
            r"|^Internal|ServiceError|RequestTimeout|PriorRequestNotComplete|TransactionInProgress|^LimitExceeded"
        ),
        TemporaryError,
    ),
)
"""Codes of all services that are called, by what can be done about them.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and the error sections of the API
references of Elastic Load Balancing, DynamoDB, Step Functions, SNS, SQS, Config and CloudWatch.
"""

_DENIED_ACTION = re.compile(r"perform:? ([a-z0-9-]+:[A-Za-z]+)")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise our errors for botocore's; `doing` completes "cannot ...", such as "read the network ACLs".

    Raises:
        PathmendError: the class says what to do next, the message what was tried and what AWS said.
    """
    try:
        yield
    except ClientError as exc:
        raise _of_answer(doing, exc) from exc
    except (HTTPClientError, NoConnectionError) as exc:
        raise TemporaryError(f"cannot {doing}: {exc}") from exc
    except BotoCoreError as exc:
        raise PermanentError(f"cannot {doing}: {exc}") from exc


def code_of(exc: BaseException | None) -> str:
    """Return AWS's error code of a (translated) error, or an empty text."""
    while exc is not None and not isinstance(exc, ClientError):
        exc = exc.__cause__
    return _code(exc) if exc else ""


def cancellation_reasons(exc: BaseException | None) -> tuple[str, ...]:
    """Return why each action of a cancelled DynamoDB transaction failed ("None" where it did not)."""
    cause = exc.__cause__ if exc else None
    if not isinstance(cause, ClientError):
        return ()
    reasons = cause.response.get("CancellationReasons", [])
    return tuple(str(reason.get("Code", "None")) for reason in reasons)


def _code(exc: ClientError) -> str:
    return str(exc.response.get("Error", {}).get("Code", "Unknown"))


def _of_answer(doing: str, exc: ClientError) -> PathmendError:
    code = _code(exc)
    message = str(exc.response.get("Error", {}).get("Message", ""))[:_LONGEST_MESSAGE]
    kind = _kind(exc, code)
    if kind is AccessDeniedError:
        return AccessDeniedError(f"cannot {doing}: the role lacks {_action(exc, message)} ({code}: {message})")
    return kind(f"cannot {doing}: {code}: {message}")


def _kind(exc: ClientError, code: str) -> type[PathmendError]:
    if code == "TransactionCanceledException":
        code = " ".join(str(reason.get("Code")) for reason in exc.response.get("CancellationReasons", []))
    for pattern, kind in _CODES:
        if re.search(pattern, code, re.IGNORECASE):
            return kind
    status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return TemporaryError if status >= _SERVER_ERROR else PermanentError


def _action(exc: ClientError, message: str) -> str:
    found = _DENIED_ACTION.search(message)
    return found.group(1) if found else f"the permission for {exc.operation_name}"
