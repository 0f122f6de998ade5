"""The page that the workshop's instances serve: six tests of what they depend on, and two for the bonus.

A request reaches a service only where the lab's own packets find a way and its own judge finds the policies' leave;
then it is really made. External hosts have no servers in the lab: there the way alone decides.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lab import inspection, journeys, ministack, policies, world_data, world_peer
from lab.health import target_interface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lab.atlas import Record
    from lab.journeys import Arrival, World

# What the workshop shows: an answer "no" is fast, silence lasts until the page's own time-out.
REFUSED_MILLISECONDS = {"dynamodb": 144, "s3": 306, "ssm": 160}
SILENCE_MILLISECONDS = 5009
AUTHORIZATION, DROP, ERROR = "authorization", "drop", "error"
SIX = ("DynamoDB", "S3", "External", "Metadata", "DNS", "SSM")
BONUS = ("Peer", "Web API")
_HTTPS, _HTTP = 443, 80
# Systems Manager has no prefix list: an address of its own, on the internet.
_SSM_ADDRESS = "52.46.140.10"


@dataclass(frozen=True, slots=True)
class Result:
    """One test's result; `failure` is empty where it passed, else AUTHORIZATION, DROP or ERROR, and `why` says more."""

    test: str
    milliseconds: int
    failure: str = ""
    why: str = ""

    def shown(self) -> str:
        """Return it as the page does."""
        if not self.failure:
            return f"OK in {self.milliseconds} ms"
        return f"FAILED after {self.milliseconds} ms ({self.failure}: {self.why})"


class Page:
    """Runs the tests with clients that `make` returns by service name."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        self._make = make

    def look(self, world: World) -> dict[str, list[Result]]:
        """Return the results of each instance that is a running target of a load balancer."""
        found = {target["Id"] for targets in world.atlas.targets.values() for target in targets}
        instances = (world.atlas.instances[name] for name in sorted(found))
        return {one["InstanceId"]: list(self._tests(world, one)) for one in instances if _runs(one)}

    def _tests(self, world: World, instance: Record) -> Iterator[Result]:
        interface = target_interface(world.atlas, instance["InstanceId"])
        resolves = instance["VpcId"] in world.around.resolving_vpcs
        for test in _SERVICES:
            # Without the resolver, no request to a name begins.
            yield self._service(world, (instance, interface), test) if resolves else _silent(test.name, "no name")
        yield _reached("External", journeys.travel(world, interface, world_peer.EXTERNAL_ADDRESS, _HTTP))
        yield _metadata(instance)
        yield Result("DNS", 2) if resolves else _silent("DNS", "the VPC's resolver is off")
        yield _web(world, interface, "Peer", (world_peer.PEER_HOST, world_peer.PEER_ADDRESS))
        yield _web(world, interface, "Web API", (world_peer.API_HOST, world_peer.API_ADDRESS))

    def _service(self, world: World, sender: tuple[Record, Record], test: _Service) -> Result:
        instance, interface = sender
        way = journeys.travel(world, interface, test.address(world), _HTTPS)
        if way.lost:
            return _silent(test.name, way.lost)
        if refusal := _refusal(world, instance, way, test):
            return Result(test.name, REFUSED_MILLISECONDS[test.service], AUTHORIZATION, refusal)
        began = time.monotonic()
        try:
            test.call(self._make(test.service))
        except (BotoCoreError, ClientError, KeyError) as error:
            return Result(test.name, _since(began), ERROR, str(error))
        return Result(test.name, _since(began))


@dataclass(frozen=True, slots=True)
class _Service:
    """A test that asks a service of AWS's."""

    name: str
    service: str
    action: str
    resource: str
    call: Callable[[Any], object]

    def address(self, world: World) -> str:
        """Return an address of the service: of its prefix list, where it has an endpoint whose routes name one."""
        if self.service == "ssm":
            return _SSM_ADDRESS
        wanted = f".{self.service}"
        name = next(key for key, value in world.around.list_names.items() if value.endswith(wanted))
        return world.around.prefix_lists[name][0].replace(".0/", ".10/").partition("/")[0]


_SERVICES = (
    _Service(
        "DynamoDB",
        "dynamodb",
        "dynamodb:GetItem",
        world_data.TABLE_ARN,
        lambda one: one.get_item(TableName=world_data.TABLE, Key=world_data.typed(world_data.ITEM))["Item"],
    ),
    _Service(
        "S3",
        "s3",
        "s3:GetObject",
        world_data.object_arn(world_data.CHECKMARK),
        lambda one: one.get_object(Bucket=world_data.BUCKET, Key=world_data.CHECKMARK)["Body"].read(),
    ),
    _Service(
        "SSM",
        "ssm",
        "ssm:GetParameter",
        world_data.PARAMETER_ARN,
        lambda one: one.get_parameter(Name=world_data.PARAMETER)["Parameter"]["Value"],
    ),
)


def _refusal(world: World, instance: Record, way: Arrival, test: _Service) -> str:
    """Return which policies refuse; empty where they do not."""
    profile = instance.get("IamInstanceProfile", {}).get("Arn", "")
    held = world.around.policies.get(profile)
    if not held:
        return "the instance has no credentials"
    ask = policies.Ask(_role(profile), test.action, test.resource, _context(way, instance))
    if not policies.allowed(ask, held):
        return "the role's policies do not allow it"
    endpoint = world.around.endpoints.get(way.endpoint or "")
    if endpoint and not policies.allowed(ask, [world.around.document(endpoint)]):
        return f"the policy of {endpoint['VpcEndpointId']} does not allow it"
    return ""


def _role(profile: str) -> str:
    return profile.replace(":instance-profile/", ":role/")


def _context(way: Arrival, instance: Record) -> Mapping[str, str]:
    """Return what the request carries: the endpoint and VPC only where it went by an endpoint."""
    common = {"aws:securetransport": "true", "aws:requestedregion": ministack.REGION}
    if way.endpoint:
        return common | {"aws:sourcevpce": way.endpoint, "aws:sourcevpc": instance["VpcId"]}
    return common | {"aws:sourceip": way.address}


def _metadata(instance: Record) -> Result:
    options = instance.get("MetadataOptions", {})
    if options.get("HttpEndpoint", "enabled") == "enabled":
        return Result("Metadata", 1)
    return _silent("Metadata", "the metadata service is off")


def _web(world: World, interface: Record, test: str, host: tuple[str, str]) -> Result:
    """Ask a host by HTTP: a firewall on the way reads for whom the request is."""
    name, address = host
    way = journeys.travel(world, interface, address, _HTTP)
    groups = world.around.rule_groups.get(way.endpoint or "", ())
    if not way.lost and not inspection.lets(groups, name, interface["PrivateIpAddress"], address):
        return _silent(test, f"it connects, but a firewall drops HTTP for {name}")
    return _reached(test, way)


def _reached(test: str, way: Arrival) -> Result:
    return _silent(test, way.lost) if way.lost else Result(test, 12)


def _silent(test: str, why: str) -> Result:
    return Result(test, SILENCE_MILLISECONDS, DROP, why)


def _since(began: float) -> int:
    return max(1, round(1000 * (time.monotonic() - began)))


def _runs(instance: Record) -> bool:
    return bool(instance["State"]["Name"] == "running")


def failures(results: Mapping[str, list[Result]]) -> list[str]:
    """Return the failing tests of all instances in words."""
    return [f"{name}: {one.test} {one.shown()}" for name, tests in results.items() for one in tests if one.failure]


def seconds(results: list[Result]) -> float:
    """Return how long the page takes: its six tests one after another; the bonus is a page of its own."""
    return sum(one.milliseconds for one in results if one.test in SIX) / 1000
