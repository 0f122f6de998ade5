"""Describe calls made: all pages, many at once, a denial kept apart from what was read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.parsers import ResponseParserError

from pathmend.aws.errors import translated
from pathmend.errors import AccessDeniedError, NotFoundError, PermanentError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe import Describe

    Items = Sequence[object]
    Read = Callable[[], Items]

Reads: TypeAlias = "dict[str, list[Read]]"
"""What is to be read, by the snapshot's keys; a key without a call is known to be empty."""
Answers: TypeAlias = "dict[str, Items]"
Reasons: TypeAlias = "dict[str, str]"


def gather(
    pool: ThreadPoolExecutor,
    reads: Mapping[str, Sequence[Read]],
    tolerated: type[PermanentError] = AccessDeniedError,
) -> tuple[Answers, Reasons]:
    """Run all reads at once; return the answers, and why a kind has none: its error was of the tolerated class.

    What does not exist (any more) is never tolerated: that a thing is gone says nothing about its kind.
    """
    running = [(key, pool.submit(read)) for key, several in reads.items() for read in several]
    answers: dict[str, list[object]] = {key: [] for key in reads}
    refused: Reasons = {}
    for key, future in running:
        try:
            answers[key].extend(future.result())
        except NotFoundError:
            raise
        except tolerated as exc:
            refused[key] = str(exc)
    return {key: items for key, items in answers.items() if key not in refused}, refused


def described(clients: Clients, describe: Describe, values: Collection[str]) -> Read:
    """Return the call of a describe for what its filter asks for."""

    def read() -> Items:
        key = describe.answer_key or describe.key
        found = called(clients.named("ec2"), describe.operation, key, **describe.parameters(values))
        keep = describe.keep
        return [item for item in dicts(found) if keep(item, values)] if keep else found

    return read


def called(client: Any, operation: str, key: str, **parameters: Any) -> Items:  # noqa: ANN401 - any client, any call
    """Call an operation and return what its answer holds under the key, of all its pages; one object as a list of one.

    Raises:
        PathmendError: the message names the key and the operation.
    """
    with reading(f"{key} ({operation})"):
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**parameters)
        else:
            pages = [getattr(client, operation)(**parameters)]
        return [item for page in pages for item in _listed(page.get(key, ()))]


def whole(client: Any, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - any client, any call
    """Call an operation that answers about one resource, which its first parameter names; return the whole answer.

    Raises:
        PathmendError: the message names the resource and the operation.
    """
    with reading(f"{next(iter(parameters.values()))} ({operation})"):
        answer: dict[str, Any] = getattr(client, operation)(**parameters)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Raise our errors for what goes wrong while `what` is read.

    Raises:
        PathmendError: see `translated`; temporary where the answer is none of AWS's, such as a proxy's page.
    """
    try:
        with translated(f"read {what}"):
            yield
    except ResponseParserError as exc:
        raise TemporaryError(f"cannot read {what}: the answer is not one of AWS's: {str(exc)[:80]}") from exc


def _listed(value: object) -> Any:  # noqa: ANN401 - a list of whatever AWS answers
    return [value] if isinstance(value, dict) else value


def dicts(items: Iterable[object]) -> Iterable[dict[str, Any]]:
    """Return the objects among the items."""
    return (item for item in items if isinstance(item, dict))
