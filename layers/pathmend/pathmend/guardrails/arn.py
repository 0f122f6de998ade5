"""Where a subject lies, as its ARN says."""

from __future__ import annotations

from dataclasses import dataclass

_PARTS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a Region; empty where unknown."""

    account: str = ""
    region: str = ""


def place_of(arn: str) -> Place:
    """Return the account and Region in an ARN.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    parts = arn.split(":", _PARTS - 1)
    if len(parts) < _PARTS or parts[0] != "arn":
        return Place()
    return Place(account=parts[4], region=parts[3])
