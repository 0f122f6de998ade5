"""Who may do what, added to a reading: the principals, what their policies name, and what bounds them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathmend.aws.clients import PARALLEL_CALLS
from pathmend.aws.snapshots_calls import graph_of
from pathmend.aws.snapshots_identity import groups_of_users, managed_of, principals_of, profiles_of
from pathmend.aws.snapshots_needs import is_traced
from pathmend.aws.snapshots_organization import caller_account, policies_over
from pathmend.aws.snapshots_resources import named_in, resource_policies_of
from pathmend.aws.snapshots_waves import wave
from pathmend.aws.snapshots_ways import profile_ties
from pathmend.errors import NotFoundError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Reads
    from pathmend.aws.snapshots_reading import Reading
    from pathmend.incidents.ports import Clock


_ACCOUNT = 4
"""Where the account stands among an ARN's parts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The principals and resources, by ARN, that are to be read beside those of the instances."""

    principals: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


def add_access(clients: Clients, reading: Reading, asked: Asked, clock: Clock | None = None) -> None:
    """Add who may do what to a reading: of the instances in it, and of what is asked for.

    Raises:
        TemporaryError: the world changed while it was read.
    """
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        try:
            for reads in _waves(clients, reading, asked, clock):
                wave(pool, reading, reads)
        except NotFoundError as exc:
            raise TemporaryError(f"the world changed while it was read: {exc}") from exc


def _waves(clients: Clients, reading: Reading, asked: Asked, clock: Clock | None) -> Iterator[Reads]:
    snapshot, account = reading.world(), caller_account(clients)
    profiles = {one.id: one.profile_arn for one in snapshot.instances.values() if one.profile_arn}
    graph = graph_of(clients, clock.now()) if clock and is_traced(snapshot) else {}
    yield {**profiles_of(clients, profiles.values()), **profile_ties(clients, profiles), **graph}
    own = [arn for arn in asked.principals if arn.split(":")[_ACCOUNT:][:1] == [account]]
    yield principals_of(clients, reading, own)
    yield groups_of_users(clients, reading)
    yield managed_of(clients, reading)
    yield {
        **resource_policies_of(clients, asked.resources, named_in(reading)),
        **policies_over(clients, account),
    }
