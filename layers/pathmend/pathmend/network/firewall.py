"""What an AWS Network Firewall does with a connection that a route leads through one of its endpoints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inspected:
    """A connection that a firewall saw on the way there; `one_sided` says what follows if it never sees the replies."""

    one_sided: str
