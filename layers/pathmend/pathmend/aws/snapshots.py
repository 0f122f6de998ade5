"""Whole VPCs read for a snapshot: in waves of parallel calls, each wave asking for what hangs on the one before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pathmend.aws.clients import PARALLEL_CALLS
from pathmend.aws.describe import ADDRESSES, DHCP_OPTIONS, GATEWAY_READS, VPC_READS, WAY_READS
from pathmend.aws.snapshots_balancing import balancers_of, drop_foreign_groups, parts_of_balancers, rules_of
from pathmend.aws.snapshots_ends import located
from pathmend.aws.snapshots_firewalls import SERVICE, firewalls_in, groups_of, policies_of
from pathmend.aws.snapshots_parents import entries_of, lists_in, table_parts, vpc_attributes
from pathmend.aws.snapshots_reading import Reading
from pathmend.aws.snapshots_waves import filtered, wave
from pathmend.aws.snapshots_whole import Asked, add_access
from pathmend.errors import NotFoundError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Reads
    from pathmend.incidents.ports import Clock


class AwsSnapshots:
    """Reads VPCs with everything that decides on their packets. Reads only. Without a clock X-Ray is never asked."""

    def __init__(self, clients: Clients, clock: Clock | None = None) -> None:
        self._clients = clients
        self._clock = clock

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
            wave(pool, reading, self._of_vpcs(vpc_ids, balancers))
            _require(vpc_ids, reading)
            drop_foreign_groups(reading)
            try:
                wave(pool, reading, self._of_first_answers(reading, vpc_ids, lists))
                wave(pool, reading, self._of_second_answers(reading))
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

    def whole(self, vpc_ids: Sequence[str]) -> Reading:
        """Return what `read` returns, with who may do what: the roles of the VPCs' instances and what binds these.

        Raises:
            NotFoundError: a VPC does not exist.
            TemporaryError: AWS was busy, or the world changed while it was read.
        """
        reading = self.read(vpc_ids)
        add_access(self._clients, reading, Asked(), self._clock)
        return reading

    def access(self, principal_arn: str, resource_arn: str, instance_id: str | None) -> Reading:
        """Return what decides whether a role or user (by ARN) may use a resource, and the VPC that it acts from.

        A principal of another account than the caller's cannot be read, and is left out.

        Raises:
            NotFoundError: the instance does not exist.
            TemporaryError: AWS was busy, or the world changed while it was read.
        """
        reading = self.between((instance_id,)) if instance_id else Reading()
        add_access(self._clients, reading, Asked((principal_arn,), (resource_arn,)))
        return reading

    def _of_vpcs(self, vpc_ids: Sequence[str], balancers: Sequence[str] | None) -> Reads:
        reads: Reads = {}
        for each in (*VPC_READS, *WAY_READS):
            reads.setdefault(each.key, []).extend(filtered(self._clients, each, vpc_ids))
        reads["Firewalls"] = [firewalls_in(self._clients, vpc_ids)]
        return {**reads, **balancers_of(self._clients, vpc_ids, balancers)}

    def _of_first_answers(self, reading: Reading, vpc_ids: Sequence[str], lists: Iterable[str]) -> Reads:
        gateways = reading.each("TransitGatewayVpcAttachments", "TransitGatewayId")
        interfaces = reading.each("NetworkInterfaces", "NetworkInterfaceId")
        return {
            "VpcAttributes": [vpc_attributes(self._clients, vpc_id) for vpc_id in vpc_ids],
            "Addresses": filtered(self._clients, ADDRESSES, frozenset(interfaces)),
            "DhcpOptions": filtered(self._clients, DHCP_OPTIONS, reading.each("Vpcs", "DhcpOptionsId")),
            **{each.key: filtered(self._clients, each, gateways) for each in GATEWAY_READS},
            "PrefixListEntries": [entries_of(self._clients, one) for one in lists_in(reading.answers, lists)],
            **policies_of(self._clients, reading),
            **parts_of_balancers(self._clients, reading),
        }

    def _of_second_answers(self, reading: Reading) -> Reads:
        tables = reading.each("TransitGatewayRouteTables", "TransitGatewayRouteTableId")
        groups = groups_of(self._clients, reading)
        return {**table_parts(self._clients, tables), **rules_of(self._clients, reading), **groups}


def _require(vpc_ids: Sequence[str], reading: Reading) -> None:
    missing = sorted(set(vpc_ids) - set(reading.each("Vpcs", "VpcId")))
    if missing and "Vpcs" not in reading.unread:
        raise NotFoundError(
            f"there is no {missing[0]} in this account and Region: choose another --region or --profile"
        )
