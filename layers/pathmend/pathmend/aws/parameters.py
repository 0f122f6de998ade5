"""Values kept elsewhere, read at most so often: the rules (a parameter) and the signing secret."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pathmend.aws.errors import translated

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    from pathmend.aws.clients import Clients

RULES_SECONDS = 60
"""An edit of the rules, above all of the kill switch, must count soon."""

SECRET_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter's text, and which of its versions that is."""

    text: str
    version: int


class Parameters:
    """Parameters of Systems Manager and secrets of Secrets Manager."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._held: dict[str, tuple[float, Parameter]] = {}

    def parameter(self, name: str) -> Parameter:
        """Return a parameter, at most a minute old.

        Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
        """
        # Powertools' cache knows a parameter's text, and not its version.
        now = time.monotonic()
        if name in self._held and now < self._held[name][0]:
            return self._held[name][1]
        with translated(f"read {name}"):
            found = self._clients.ssm.get_parameter(Name=name)["Parameter"]
        held = Parameter(found["Value"], found["Version"])
        self._held[name] = (now + RULES_SECONDS, held)
        return held

    def secret(self, arn: str) -> str:
        """Return a secret's text, at most five minutes old."""
        # Powertools' parameters are imported where they are needed: most functions start without them.
        from aws_lambda_powertools.utilities.parameters import GetParameterError  # noqa: PLC0415 - see above

        with translated(f"read {arn}"):
            try:
                return str(self._secrets.get(arn, max_age=SECRET_SECONDS))
            except GetParameterError as exc:
                # Powertools puts its own error before AWS's, which says what to do.
                raise exc.__context__ or exc from None

    @cached_property
    def _secrets(self) -> SecretsProvider:
        from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 - see above

        return SecretsProvider(boto3_client=self._clients.secretsmanager)
