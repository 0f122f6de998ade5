"""The resources around a load balancer and on the ways of its targets, read by waves of parallel calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pathmend.aws.clients import PARALLEL_CALLS
from pathmend.aws.describe import VPC_READS
from pathmend.aws.describe_calls import called, dicts
from pathmend.aws.errors import translated
from pathmend.aws.snapshots_balancing import balancers_of, listeners_of, rules_of, targets_of
from pathmend.aws.snapshots_calls import graph_of
from pathmend.aws.snapshots_firewalls import groups_of, policies_of
from pathmend.aws.snapshots_identity import managed_of, principals_of, profiles_of
from pathmend.aws.snapshots_needs import needs_of
from pathmend.aws.snapshots_organization import membership_of
from pathmend.aws.snapshots_parents import table_parts
from pathmend.aws.snapshots_reading import Reading
from pathmend.aws.snapshots_resources import named_in, resource_policies_of
from pathmend.aws.snapshots_waves import filtered, wave
from pathmend.aws.snapshots_ways import beyond_ways, far_vpcs, in_far_vpcs, ways_of
from pathmend.errors import AccessDeniedError, NotFoundError, TemporaryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathmend.aws.clients import Clients
    from pathmend.aws.describe_calls import Reads
    from pathmend.aws.snapshots_needs import Needs
    from pathmend.incidents.ports import Clock
    from pathmend.snapshot.world import Snapshot


class AwsWorld:
    """Reads what hangs on the load balancer's ARN, then its VPC, then only what that says there is more to know of.

    A VPC without targets that are known to need anything costs two waves. Without a clock X-Ray is never asked.
    """

    def __init__(self, clients: Clients, clock: Clock | None = None) -> None:
        self._clients = clients
        self._clock = clock

    def read(self, load_balancer_arn: str) -> Snapshot:
        """Return the load balancer with everything that its flows and its targets depend on; see the World port."""
        # Clients are made before the threads: making one is slow, and the lock would queue the threads behind it.
        _ = self._clients.elbv2, self._clients.ec2
        reading = Reading()
        with ThreadPoolExecutor(PARALLEL_CALLS) as pool:

            def run(reads: Reads) -> None:
                if reads:
                    wave(pool, reading, reads)

            vpc_id = self._balancer(run, reading, load_balancer_arn)
            try:
                run(self._of_vpc(reading, vpc_id))
                for reads in self._beyond(reading, vpc_id, load_balancer_arn):
                    run(reads)
            except NotFoundError as exc:
                # Something of an earlier wave is gone by a later one; the next reading sees a whole world.
                raise TemporaryError(f"the load balancer changed while it was read: {exc}") from exc
        return reading.world()

    def load_balancers_of(self, target_group: str) -> tuple[str, ...]:
        """Return the load balancers that use the group, found by its name and recognised by the end of its ARN."""
        full_name = target_group.rsplit(":", 1)[-1]
        name = full_name.removeprefix("targetgroup/").split("/", 1)[0]
        try:
            with translated(f"read target group {full_name}"):
                groups = self._clients.elbv2.describe_target_groups(Names=[name])["TargetGroups"]
        except NotFoundError:
            return ()
        same = (group for group in groups if group["TargetGroupArn"].endswith(f":{full_name}"))
        return tuple(sorted({arn for group in same for arn in group.get("LoadBalancerArns", ())}))

    def load_balancers(self) -> tuple[str, ...]:
        """Return the ARNs of all application load balancers of the account and Region."""
        found = called(self._clients.elbv2, "describe_load_balancers", "LoadBalancers")
        return tuple(sorted(str(one["LoadBalancerArn"]) for one in dicts(found) if one["Type"] == "application"))

    def _balancer(self, run: Callable[[Reads], None], reading: Reading, arn: str) -> str:
        """Read what hangs on the load balancer's ARN, and return its VPC."""
        gone = f"load balancer {arn} does not exist (any more)"
        try:
            run({**balancers_of(self._clients, (), [arn]), **listeners_of(self._clients, [arn])})
        except NotFoundError as exc:
            raise NotFoundError(gone) from exc
        if "LoadBalancers" in reading.unread:
            raise AccessDeniedError(f"cannot read {arn}: the role lacks elasticloadbalancing:DescribeLoadBalancers")
        found: list[dict[str, Any]] = list(dicts(reading.answers["LoadBalancers"]))
        if not found:
            raise NotFoundError(gone)
        return str(found[0]["VpcId"])

    def _of_vpc(self, reading: Reading, vpc_id: str) -> Reads:
        in_vpc = {each.key: filtered(self._clients, each, [vpc_id]) for each in VPC_READS}
        return {**in_vpc, **rules_of(self._clients, reading), **targets_of(self._clients, reading)}

    def _beyond(self, reading: Reading, vpc_id: str, arn: str) -> Iterator[Reads]:
        """Yield the further waves; each is put together when the one before it has been read."""
        snapshot = reading.world()
        needs = needs_of(snapshot, arn)
        ways = ways_of(self._clients, reading, snapshot=snapshot, vpc_id=vpc_id, needs=needs)
        yield {**ways, **self._of_needs(needs, arn)}
        yield {
            **beyond_ways(self._clients, reading),
            **policies_of(self._clients, reading),
            **principals_of(self._clients, reading),
        }
        tables = reading.each("TransitGatewayRouteTables", "TransitGatewayRouteTableId")
        yield {
            **(table_parts(self._clients, tables) if tables else {}),
            **groups_of(self._clients, reading),
            **managed_of(self._clients, reading),
            **far_vpcs(self._clients, reading, needs.far),
        }
        far = [one for one in reading.each("Vpcs", "VpcId") if one != vpc_id]
        resources = resource_policies_of(self._clients, needs.resources, named_in(reading))
        yield {**in_far_vpcs(self._clients, far), **resources}
        if far:
            yield policies_of(self._clients, reading)
            yield groups_of(self._clients, reading)

    def _of_needs(self, needs: Needs, arn: str) -> Reads:
        # An ARN's account is its fifth part.
        account = membership_of(self._clients, arn.split(":")[4]) if needs.profiles else {}
        graph = graph_of(self._clients, self._clock.now()) if needs.traced and self._clock else {}
        return {**profiles_of(self._clients, needs.profiles), **account, **graph}
