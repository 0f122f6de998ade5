"""Needs that somebody declared, by the tag pathmend:depends-on of an instance, a target group or a load balancer.

Its value is words with spaces between them: the ARN of a resource; `http://HOST[=ADDRESS][:PORT][/PATH]`, likewise with
https, and tcp or udp with a port; `imds`, `imds:container`; `dns`. A tag's value may hold letters, digits, spaces and
`+ - = . _ : / @`, so an address follows the host after "=", and IPv6 addresses cannot be written.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from pathmend.diagnosis.actions import actions_on, reading_action
from pathmend.diagnosis.dependency import AwsNeed, Dependency, HostNeed, HostService, OwnHostNeed, Strength
from pathmend.diagnosis.dependents import DEPENDS_ON
from pathmend.diagnosis.finding import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.diagnosis.dependency import Dependents, Need
    from pathmend.snapshot.world import Snapshot

_URL = re.compile(
    r"(?P<scheme>http|https|tcp|udp)://(?P<host>[A-Za-z0-9._-]+)(?:=(?P<address>[0-9.]+))?(?::(?P<port>[0-9]{1,5}))?(?:/.*)?"
)
_PORTS = {"http": 80, "https": 443}
_MOST_PORTS = 65_535
_PATTERN_SIGNS = ("*", "?", "${")
"""Of ARNs that name many resources, or none: nobody asks for those."""
_WORDS = {
    "imds": HostService.METADATA,
    "imds:container": HostService.METADATA_FROM_CONTAINER,
    "dns": HostService.NAMES,
}


def declared(
    snapshot: Snapshot, who: Dependents, load_balancer_arn: str, allowed: Iterable[AwsNeed]
) -> Iterator[Dependency | str]:
    """Yield what tags declare, and in a sentence each word that says nothing.

    An ARN alone names no action: those that the role's policies name for it (`allowed`) are meant, and else the one
    that reads it.
    """
    known = tuple(allowed)
    for resource_id in (who.first.id, *who.group_arns, load_balancer_arn):
        resource = snapshot.find(resource_id)
        for key, value in resource.tags if resource is not None else ():
            if key == DEPENDS_ON or key.startswith(f"{DEPENDS_ON}:"):
                for word in value.split():
                    yield from _dependencies(word, Evidence("declared", f"tag {key} of {resource_id}", word), known)


def _dependencies(word: str, why: Evidence, allowed: tuple[AwsNeed, ...]) -> Iterator[Dependency | str]:
    needs = tuple(_needs(word, allowed))
    if not needs:
        yield f"{why.source} names {word}, which is no need that Pathmend knows: an ARN, a URL, imds or dns"
    for need in needs:
        yield Dependency(need, Strength.DECLARED, why)


def _needs(word: str, allowed: tuple[AwsNeed, ...]) -> Iterator[Need]:
    if word.startswith("arn:") and not any(sign in word for sign in _PATTERN_SIGNS):
        yield from _aws_needs(word, allowed)
    elif word in _WORDS:
        yield OwnHostNeed(_WORDS[word])
    else:
        need = _host_need(word)
        if need:
            yield need


def _aws_needs(arn: str, allowed: tuple[AwsNeed, ...]) -> Iterator[AwsNeed]:
    named = tuple(need for need in allowed if need.resource == arn)
    if named:
        yield from named
    elif actions_on(arn):
        yield AwsNeed(reading_action(arn), arn)


def _host_need(word: str) -> HostNeed | None:
    found = _URL.fullmatch(word)
    if found is None:
        return None
    scheme, host = found["scheme"], found["host"]
    port = int(found["port"]) if found["port"] else _PORTS.get(scheme, 0)
    if not 0 < port <= _MOST_PORTS:
        return None
    try:
        literal = IPv4Address(found["address"] or host)
    except ValueError:
        return None if found["address"] or host[-1].isdigit() else HostNeed(scheme, host, port, None)
    return HostNeed(scheme, host, port, literal)
