"""Names with wildcards: how actions, ARNs and values match the patterns of a policy.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = 6
"""What an ARN consists of: arn, partition, service, region, account, resource."""
_KEPT = {"*": "\ue000", "?": "\ue001"}
"""Stand-ins from Unicode's private area for characters that are no wildcards."""
_PLAIN = {kept: plain for plain, kept in _KEPT.items()}
_REMEMBERED = 4096


def literal(text: str) -> str:
    """Return a pattern that matches this text and nothing else."""
    return "".join(_KEPT.get(one, one) for one in text)


def plain(pattern: str) -> str:
    """Return a pattern as text, for comparisons that know no wildcards."""
    return "".join(_PLAIN.get(one, one) for one in pattern)


def matches(pattern: str, text: str) -> bool:
    """Say whether a text matches, `*` standing for any characters and `?` for one; case counts."""
    return _compiled(pattern).fullmatch(text) is not None


def matches_action(pattern: str, action: str) -> bool:
    """Say whether an action matches; case does not count.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return matches(pattern.lower(), action.lower())


def matches_resource(pattern: str, arn: str) -> bool:
    """Say whether an ARN matches a Resource: a `*` inside a part stays in it, one that ends a part may go beyond it."""
    return _compiled_resource(pattern).fullmatch(arn) is not None


def matches_arn(pattern: str, arn: str) -> bool:
    """Say whether an ARN matches as the ARN operators see it: part by part.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", _PARTS - 1), arn.split(":", _PARTS - 1)
    return len(wanted) == len(found) == _PARTS and all(map(matches, wanted, found))


def covers(pattern: str, other: str) -> bool:
    """Say whether a Resource pattern matches all that another one matches; in doubt it does not."""
    return pattern == other or (not _finer(pattern, other) and matches_resource(pattern, other))


def covers_action(pattern: str, other: str) -> bool:
    """Say whether an action pattern matches all that another one matches; in doubt it does not."""
    return pattern.lower() == other.lower() or (not _finer(pattern, other) and matches_action(pattern, other))


def _finer(pattern: str, other: str) -> bool:
    # A "?" matches the character "*", but not what that stands for.
    return "?" in pattern and "*" in other


@lru_cache(_REMEMBERED)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_expression(one, star=".*", one_of=".") for one in pattern), re.DOTALL)


@lru_cache(_REMEMBERED)
def _compiled_resource(pattern: str) -> re.Pattern[str]:
    *outer, resource = pattern.split(":", _PARTS - 1)
    parts = [_part(one) for one in outer]
    last = "".join(_expression(one, star=".*", one_of=".") for one in resource)
    return re.compile(":".join([*parts, last]), re.DOTALL)


def _part(pattern: str) -> str:
    inner = "".join(_expression(one, star="[^:]*", one_of="[^:]") for one in pattern.rstrip("*"))
    return inner + (".*" if pattern.endswith("*") else "")


def _expression(character: str, *, star: str, one_of: str) -> str:
    if character == "*":
        return star
    return one_of if character == "?" else re.escape(_PLAIN.get(character, character))
