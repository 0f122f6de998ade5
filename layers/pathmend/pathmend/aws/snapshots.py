"""Whole VPCs read for a snapshot: in waves of parallel calls, each wave asking for what hangs on the one before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.parsers import ResponseParserError

from pathmend.aws.clients import PARALLEL_CALLS
from pathmend.aws.describe import ADDRESSES, DHCP_OPTIONS, GATEWAY_READS, VPC_READS, WAY_READS
from pathmend.aws.describe_calls import described, gather
from pathmend.aws.snapshots_balancing import balancers_of, drop_foreign_groups, parts_of_balancers, rules_of
from pathmend.aws.snapshots_ends import located
from pathmend.aws.snapshots_firewalls import SERVICE, firewalls_in, groups_of, policies_of
from pathmend.aws.snapshots_parents import entries_of, lists_in, table_parts, vpc_attributes
from pathmend.aws.snapshots_reading import PARENTS, Reading
from pathmend.errors import NotFoundError, PermanentError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe import Describe
    from pathmend.aws.describe_calls import Items, Read, Reads

LENIENT = (
    "VpcBlockPublicAccessOptions",
    "VpcBlockPublicAccessExclusions",
    "Firewalls",
    "FirewallPolicies",
    "RuleGroups",
)
FILTER_VALUES = 200
"""How many values a filter takes.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""


class AwsSnapshots:
    """Reads VPCs with everything that decides on their packets. Reads only."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def read(
        self, vpc_ids: Sequence[str], *, lists: Iterable[str] = (), balancers: Sequence[str] | None = None
    ) -> Reading:
        """Return what the VPCs hold and what leads out of them.

        `lists` are prefix lists to read beside those that are referred to. `balancers` are the ARNs of the load
        balancers to read; None means all in the VPCs.

        Raises:
            NotFoundError: a VPC or load balancer does not exist.
            TemporaryError: AWS was busy, or the world changed while it was read.
        """
        # Clients are made before the threads: making one is slow, and the lock would queue the threads behind it.
        for service in ("ec2", "elbv2", SERVICE):
            self._clients.named(service)
        reading = Reading()
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
            _wave(pool, reading, self._of_vpcs(reading, vpc_ids, balancers))
            _require(vpc_ids, reading)
            drop_foreign_groups(reading)
            try:
                _wave(pool, reading, self._of_first_answers(reading, vpc_ids, lists))
                _wave(pool, reading, self._of_second_answers(reading))
            except NotFoundError as exc:
                raise TemporaryError(f"the world changed while it was read: {exc}") from exc
        return reading

    def between(self, words: Iterable[str]) -> Reading:
        """Return the VPCs in which the ends of a path stand, with what the ends are beside them.

        Raises:
            NotFoundError: an end does not exist.
            TemporaryError: AWS was busy, or the world changed while it was read.
        """
        place = located(self._clients, words)
        return self.read(place.vpc_ids, lists=place.lists, balancers=place.balancers)

    def _of_vpcs(self, reading: Reading, vpc_ids: Sequence[str], balancers: Sequence[str] | None) -> Reads:
        reads: Reads = {}
        for each in (*VPC_READS, *WAY_READS):
            reads.setdefault(each.key, []).extend(self._described(each, vpc_ids))
        reads["Firewalls"] = [firewalls_in(self._clients, vpc_ids)]
        return {**_leniently(reads, reading), **balancers_of(self._clients, vpc_ids, balancers)}

    def _of_first_answers(self, reading: Reading, vpc_ids: Sequence[str], lists: Iterable[str]) -> Reads:
        gateways = reading.each("TransitGatewayVpcAttachments", "TransitGatewayId")
        return {
            "VpcAttributes": [vpc_attributes(self._clients, vpc_id) for vpc_id in vpc_ids],
            "Addresses": self._described(ADDRESSES, frozenset(reading.each("NetworkInterfaces", "NetworkInterfaceId"))),
            "DhcpOptions": self._described(DHCP_OPTIONS, reading.each("Vpcs", "DhcpOptionsId")),
            **{each.key: self._described(each, gateways) for each in GATEWAY_READS},
            "PrefixListEntries": [entries_of(self._clients, one) for one in lists_in(reading.answers, lists)],
            **_leniently(policies_of(self._clients, reading), reading),
            **parts_of_balancers(self._clients, reading),
        }

    def _of_second_answers(self, reading: Reading) -> Reads:
        tables = reading.each("TransitGatewayRouteTables", "TransitGatewayRouteTableId")
        groups = _leniently(groups_of(self._clients, reading), reading)
        return {**table_parts(self._clients, tables), **rules_of(self._clients, reading), **groups}

    def _described(self, describe: Describe, values: Sequence[str] | frozenset[str]) -> list[Read]:
        """Return a describe's calls: one per so many values as its filter takes, none without values."""
        if describe.filter_name is None:
            return [described(self._clients, describe, values)]
        ordered = sorted(values)
        parts = (ordered[start : start + FILTER_VALUES] for start in range(0, len(ordered), FILTER_VALUES))
        return [described(self._clients, describe, part) for part in parts]


def _wave(pool: ThreadPoolExecutor, reading: Reading, reads: Reads) -> None:
    """Read what can be read; what hangs on a kind that is unread is unread, too."""
    lost = {key: reading.unread[PARENTS[key]] for key in reads if PARENTS.get(key) in reading.unread}
    # A service that a Region lacks, or a call that AWS refuses, leaves its kind unknown and not the whole world.
    answers, refused = gather(pool, {key: some for key, some in reads.items() if key not in lost}, PermanentError)
    reading.take(answers, {**lost, **refused})


def _leniently(reads: Reads, reading: Reading) -> Reads:
    return {
        key: [_lenient(key, read, reading) for read in some] if key in LENIENT else some for key, some in reads.items()
    }


def _lenient(key: str, read: Read, reading: Reading) -> Read:
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

    return lenient


def _require(vpc_ids: Sequence[str], reading: Reading) -> None:
    missing = sorted(set(vpc_ids) - set(reading.each("Vpcs", "VpcId")))
    if missing and "Vpcs" not in reading.unread:
        raise NotFoundError(
            f"there is no {missing[0]} in this account and Region: choose another --region or --profile"
        )
