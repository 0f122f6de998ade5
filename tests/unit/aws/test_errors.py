"""Botocore's errors become ours, each by what can be done about it."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoRegionError, ReadTimeoutError

from pathmend.aws.errors import cancellation_reasons, code_of, translated
from pathmend.errors import (
    AccessDeniedError,
    ConflictError,
    NotFoundError,
    PathmendError,
    PermanentError,
    TemporaryError,
)


def an_answer(code: str, message: str = "", *, status: int = 400, reasons: tuple[str, ...] = ()) -> ClientError:
    """Return botocore's error for an answer of AWS."""
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, "DescribeNetworkAcls")  # type: ignore[arg-type]


def raised(error: Exception) -> PathmendError:
    """Return what becomes of the error."""
    with pytest.raises(PathmendError) as caught, translated("read the network ACLs"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", AccessDeniedError),
        ("AccessDeniedException", AccessDeniedError),
        ("UnauthorizedOperation", AccessDeniedError),
        ("AuthorizationError", AccessDeniedError),
        ("KMSAccessDeniedException", AccessDeniedError),
        ("InvalidRouteTableID.NotFound", NotFoundError),
        ("InvalidAssociationID.NotFound", NotFoundError),
        ("InvalidNetworkAclEntry.NotFound", NotFoundError),
        ("LoadBalancerNotFound", NotFoundError),
        ("TargetGroupNotFound", NotFoundError),
        ("ResourceNotFoundException", NotFoundError),
        ("ParameterNotFound", NotFoundError),
        ("NoSuchConfigRuleException", NotFoundError),
        ("TaskDoesNotExist", NotFoundError),
        ("StateMachineDoesNotExist", NotFoundError),
        ("AWS.SimpleQueueService.NonExistentQueue", NotFoundError),
        ("Throttling", TemporaryError),
        ("ThrottlingException", TemporaryError),
        ("ThrottledException", TemporaryError),
        ("RequestLimitExceeded", TemporaryError),
        ("RequestThrottled", TemporaryError),
        ("TooManyRequestsException", TemporaryError),
        ("ProvisionedThroughputExceededException", TemporaryError),
        ("ServiceUnavailable", TemporaryError),
        ("Unavailable", TemporaryError),
        ("InternalError", TemporaryError),
        ("InternalServerError", TemporaryError),
        ("LimitExceededException", TemporaryError),
        ("ConditionalCheckFailedException", ConflictError),
        ("TransactionConflictException", ConflictError),
        ("NetworkAclEntryAlreadyExists", ConflictError),
        ("ExecutionAlreadyExists", ConflictError),
        ("Resource.AlreadyAssociated", ConflictError),
        ("RouteAlreadyExists", ConflictError),
        ("InvalidPermission.Duplicate", ConflictError),
        ("InvalidTokenException", ConflictError),
        # Somebody, or AWS itself, is changing the same thing just now.
        ("ConcurrentModificationException", ConflictError),
        ("ConflictException", ConflictError),
        ("IncorrectState", ConflictError),
        ("InvalidToken", PermanentError),
        ("InvalidPermission.NotFound", NotFoundError),
        ("ValidationError", PermanentError),
        ("NetworkAclEntryLimitExceeded", PermanentError),
        ("InvalidParameterValue", PermanentError),
    ],
)
def test_a_code_decides_the_class(code: str, kind: type[PathmendError]) -> None:
    """The class says whether the same call may succeed later."""
    assert type(raised(an_answer(code, "no"))) is kind


def test_an_unknown_server_error_may_pass() -> None:
    """Where the code says nothing, the status does."""
    assert type(raised(an_answer("Strange", status=503))) is TemporaryError
    assert type(raised(an_answer("Strange", status=418))) is PermanentError


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (("None", "ConditionalCheckFailed"), ConflictError),
        (("TransactionConflict",), ConflictError),
        (("ThrottlingError", "None"), TemporaryError),
        (("ValidationError",), PermanentError),
    ],
)
def test_a_cancelled_transaction_is_judged_by_its_reasons(reasons: tuple[str, ...], kind: type[PathmendError]) -> None:
    """A lost race is a conflict, a malformed item is not."""
    error = raised(an_answer("TransactionCanceledException", reasons=reasons))
    assert type(error) is kind
    assert cancellation_reasons(error) == reasons


def test_a_denial_names_the_missing_action() -> None:
    """The action comes from AWS's text, else from the operation."""
    text = "User: arn:aws:sts::1:role/x is not authorized to perform: ec2:DescribeNetworkAcls because no identity-based"
    named = raised(an_answer("UnauthorizedOperation", text))
    assert "cannot read the network ACLs: the role lacks ec2:DescribeNetworkAcls" in str(named)
    unnamed = raised(an_answer("AccessDenied", "Access Denied"))
    assert "the role lacks the permission for DescribeNetworkAcls" in str(unnamed)


def test_what_never_reached_aws_may_pass_unless_it_is_our_own_fault() -> None:
    """A time-out is temporary; a missing Region is not."""
    assert type(raised(EndpointConnectionError(endpoint_url="https://ec2"))) is TemporaryError
    assert type(raised(ReadTimeoutError(endpoint_url="https://ec2"))) is TemporaryError
    assert type(raised(NoRegionError())) is PermanentError


def test_messages_name_the_code_and_stay_short() -> None:
    """A wall of text from AWS is cut."""
    error = raised(an_answer("ValidationError", "x" * 5000))
    assert "ValidationError: xxx" in str(error)
    assert len(str(error)) < 600


def test_the_code_of_an_error_is_found_behind_its_translation() -> None:
    """Adapters that know an expected no ask for the code."""
    assert code_of(raised(an_answer("TaskTimedOut"))) == "TaskTimedOut"
    assert code_of(TemporaryError("ours")) == ""
    assert code_of(None) == ""
    assert cancellation_reasons(None) == ()
    assert cancellation_reasons(TemporaryError("ours")) == ()
    assert cancellation_reasons(raised(an_answer("X"))) == ()


def test_what_is_not_botocores_passes() -> None:
    """Our own bugs are not dressed up as AWS's."""
    with pytest.raises(KeyError), translated("read"):
        raise KeyError("bug")
