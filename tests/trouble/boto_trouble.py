"""Trouble at the n-th call to AWS: between boto3's clients and the wire, after botocore's own retries."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.trouble.injected import Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

_READS = ("Describe", "List", "Get")
_WITHOUT_MOTO: dict[str, dict[str, Any]] = {"StartConfigRulesEvaluation": {}}
"""What moto cannot be asked, with AWS's answer."""

ENDPOINT = "https://ec2.us-east-1.amazonaws.com"


def _refused(code: str, status: int) -> Callable[[str], BaseException]:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return lambda operation: ClientError(answer, operation)


@dataclass(frozen=True)
class CallTrouble:
    """How a call fails: with this error, before AWS did anything, or after, when the answer is lost."""

    name: str
    error: Callable[[str], BaseException]
    after_effect: bool = False


CALL_TROUBLES = (
    CallTrouble("throttled", _refused("RequestLimitExceeded", 503)),
    CallTrouble("time-out after effect", lambda _: ReadTimeoutError(endpoint_url=ENDPOINT), after_effect=True),
    CallTrouble("killed after effect", Killed, after_effect=True),
    CallTrouble("server error", _refused("InternalError", 500)),
    CallTrouble("killed before effect", Killed),
    CallTrouble("time-out before effect", lambda _: ConnectTimeoutError(endpoint_url=ENDPOINT)),
)


@dataclass
class Wire:
    """Every call of every client, counted; call number `at` (from 1) meets trouble. Reads are remembered until a write.

    Remembered answers are those that moto would give again; they make a life a hundred times as fast.
    """

    at: int = 0
    trouble: CallTrouble | None = None
    calls: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    listening: bool = True

    def tap(self, patch: pytest.MonkeyPatch) -> None:
        """Put itself between the clients and moto."""
        real = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - the one door of all calls

        def called(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            return self._met(operation, lambda: self._answered(real, client, operation, parameters))

        patch.setattr(BaseClient, "_make_api_call", called)

    def next_life(self, at: int, trouble: CallTrouble | None) -> None:
        """Count from the beginning."""
        self.at, self.trouble, self.calls = at, trouble, []

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let a test's own calls pass, neither counted nor failed."""
        self.listening = False
        try:
            yield
        finally:
            self.listening = True

    def _met(self, operation: str, call: Callable[[], Any]) -> Any:
        if not self.listening:
            return call()
        # World reads in threads; which of a wave is the n-th does not matter.
        with self.lock:
            self.calls.append(operation)
            meets = len(self.calls) == self.at
        if self.trouble is None or not meets:
            return call()
        if self.trouble.after_effect:
            call()
        raise self.trouble.error(operation)

    def _answered(self, real: Any, client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation in _WITHOUT_MOTO:
            return _WITHOUT_MOTO[operation]
        service = client.meta.service_model.service_name
        if service == "dynamodb":
            return real(client, operation, parameters)
        if not operation.startswith(_READS):
            self.answers.clear()
            return real(client, operation, parameters)
        key = f"{service} {operation} {sorted(parameters.items())}"
        if key not in self.answers:
            self.answers[key] = real(client, operation, parameters)
        return self.answers[key]
