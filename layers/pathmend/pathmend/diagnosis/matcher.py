"""Health check success codes: values and ranges as Elastic Load Balancing writes them ("200,202", "200-299").

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
"""

from __future__ import annotations


def accepts(matcher: str, code: int) -> bool:
    """Say whether the matcher lists the code, by itself or inside a range."""
    return any(low <= code <= high for low, high in map(_bounds, matcher.split(",")))


def _bounds(part: str) -> tuple[int, int]:
    low, _, high = part.strip().partition("-")
    return int(low), int(high or low)
