"""Waves of parallel calls: what can be read at once is, and what hangs on a kind that is unread is unread, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.parsers import ResponseParserError

from pathmend.aws.describe_calls import described, gather
from pathmend.aws.snapshots_reading import PARENTS
from pathmend.errors import PermanentError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import ThreadPoolExecutor

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe import Describe
    from pathmend.aws.describe_calls import Items, Read, Reads
    from pathmend.aws.snapshots_reading import Reading

LENIENT = (
    "VpcBlockPublicAccessOptions",
    "VpcBlockPublicAccessExclusions",
    "Firewalls",
    "FirewallPolicies",
    "RuleGroups",
    "RoleDetailList",
    "Policies",
    "InstanceProfiles",
    "ResourcePolicies",
    "AccountOrganizations",
    "Services",
)
"""Kinds of what is not EC2's or Elastic Load Balancing's core: a service that is out leaves them unread, and no more.

IAM and Organizations, above all, are served from one Region: a reading in another must not need them to be well.
Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
"""
FILTER_VALUES = 200
"""How many values a filter takes.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""


def wave(pool: ThreadPoolExecutor, reading: Reading, reads: Reads) -> None:
    """Run the reads at once, and add what they bring to the reading.

    A service that a Region lacks, or a call that AWS refuses, leaves its kind unknown and not the whole world.
    """
    lost = {key: reading.unread[PARENTS[key]] for key in reads if PARENTS.get(key) in reading.unread}
    asked = {key: [_leniently(key, one, reading) for one in some] for key, some in reads.items() if key not in lost}
    answers, refused = gather(pool, asked, PermanentError)
    reading.take(answers, {**lost, **refused})


def _leniently(key: str, read: Read, reading: Reading) -> Read:
    """Let a kind be missing where it is not offered, and unread where AWS fails: not every Region knows every call.

    An answer that is none of AWS's is how an emulator says that it does not know the call.
    """

    def lenient() -> Items:
        try:
            return read()
        except TemporaryError as exc:
            if isinstance(exc.__cause__, ResponseParserError):
                reading.not_offered.add(key)
                return ()
            raise PermanentError(str(exc)) from exc

    return lenient if key in LENIENT else read


def filtered(clients: Clients, describe: Describe, values: Collection[str]) -> list[Read]:
    """Return a describe's calls: one per so many values as its filter takes, none without values."""
    if describe.filter_name is None:
        return [described(clients, describe, values)]
    ordered = sorted(values)
    parts = (ordered[start : start + FILTER_VALUES] for start in range(0, len(ordered), FILTER_VALUES))
    return [described(clients, describe, part) for part in parts]
