"""Values kept elsewhere, read through Powertools' cache: the rules (a parameter) and the signing secret."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pathmend.aws.errors import translated

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider

    from pathmend.aws.clients import Clients

RULES_SECONDS = 60
"""An edit of the rules, above all of the kill switch, must count soon."""

SECRET_SECONDS = 300


class Parameters:
    """Parameters of Systems Manager and secrets of Secrets Manager."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def plain(self, name: str) -> str:
        """Return a parameter's text, at most a minute old."""
        return _read(self._ssm, name, RULES_SECONDS)

    def secret(self, arn: str) -> str:
        """Return a secret's text, at most five minutes old."""
        return _read(self._secrets, arn, SECRET_SECONDS)

    # Powertools' parameters are imported where they are needed: most functions start without them.
    @cached_property
    def _ssm(self) -> SSMProvider:
        from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415 - see above

        return SSMProvider(boto3_client=self._clients.ssm)

    @cached_property
    def _secrets(self) -> SecretsProvider:
        from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 - see above

        return SecretsProvider(boto3_client=self._clients.secretsmanager)


def _read(provider: SSMProvider | SecretsProvider, name: str, max_age_seconds: int) -> str:
    from aws_lambda_powertools.utilities.parameters import GetParameterError  # noqa: PLC0415 - see above

    with translated(f"read {name}"):
        try:
            return str(provider.get(name, max_age=max_age_seconds))
        except GetParameterError as exc:
            # Powertools puts its own error before AWS's, which says what to do.
            raise exc.__context__ or exc from None
