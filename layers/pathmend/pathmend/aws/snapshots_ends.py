"""Where the ends of a path stand in an account: the VPCs to read before it can be traced."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from pathmend.aws.describe_calls import called, dicts
from pathmend.errors import NotFoundError
from pathmend.network.addresses import private_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pathmend.aws.clients import Clients
    from pathmend.snapshot.resources import Address

OUTSIDE = frozenset({"internet", "s3", "dynamodb"})
"""Words for what stands in no VPC."""
_LIST = "pl-"
_TARGET_GROUP = ":targetgroup/"
_NOTHING = "is no instance, interface, address or load balancer of this account and Region"
_INTERFACES = ("describe_network_interfaces", "NetworkInterfaces")
_PRIVATE, _PUBLIC, _IPV6 = (
    "addresses.private-ip-address",
    "addresses.association.public-ip",
    "ipv6-addresses.ipv6-address",
)
"""Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html (filters)"""


@dataclass(frozen=True, slots=True)
class Location:
    """The VPCs that hold the ends, the prefix lists and load balancers (by ARN) that the ends are."""

    vpc_ids: tuple[str, ...]
    lists: tuple[str, ...] = ()
    balancers: tuple[str, ...] = ()


def located(clients: Clients, words: Iterable[str]) -> Location:
    """Return where the ends stand.

    Raises:
        NotFoundError: an end does not exist, or none stands in a VPC of this account and Region.
    """
    words = tuple(words)
    found = [place for word in words for place in _places(clients, word)]
    vpc_ids = tuple(sorted({vpc_id for vpc_id, _ in found}))
    if not vpc_ids:
        raise NotFoundError(
            f"neither {' nor '.join(words)} stands in a VPC of this account and Region: choose another --region or "
            "--profile"
        )
    lists = tuple(sorted({word for word in words if word.startswith(_LIST)}))
    return Location(vpc_ids, lists, tuple(sorted({arn for _, arn in found if arn})))


def _places(clients: Clients, word: str) -> Iterator[tuple[str, str]]:
    """Yield VPC and, for a load balancer, its ARN."""
    if word in OUTSIDE or word.startswith(_LIST):
        return
    address = _address(word)
    if address:
        yield from ((vpc_id, "") for vpc_id in _vpcs_with(clients, address))
    elif word.startswith("eni-"):
        yield from _all(clients, *_INTERFACES, NetworkInterfaceIds=[word])
    elif word.startswith("i-"):
        yield from _instance(clients, word)
    else:
        yield from _balancer(clients, word)


def _address(word: str) -> Address | None:
    try:
        return ip_address(word)
    except ValueError:
        return None


def _all(clients: Clients, operation: str, key: str, **parameters: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - boto3's parameters
    for item in dicts(called(clients.ec2, operation, key, **parameters)):
        if item.get("VpcId"):
            yield item["VpcId"], ""


def _instance(clients: Clients, word: str) -> Iterator[tuple[str, str]]:
    for reservation in dicts(called(clients.ec2, "describe_instances", "Reservations", InstanceIds=[word])):
        for instance in reservation["Instances"]:
            if not instance.get("VpcId"):
                raise NotFoundError(f"instance {word} stands in no VPC: it is {instance['State']['Name']}")
            yield instance["VpcId"], ""


def _filters(address: Address) -> tuple[str, ...]:
    """Return by which filters an interface with the address is found; a VPC may use public addresses as private."""
    if isinstance(address, IPv6Address):
        return (_IPV6,)
    return (_PRIVATE,) if private_kind(address) else (_PRIVATE, _PUBLIC)


def _vpcs_with(clients: Clients, address: Address) -> set[str]:
    """Return the VPCs in which an interface owns the address; else those whose blocks hold it; none for the outside."""
    filters = ([{"Name": name, "Values": [str(address)]}] for name in _filters(address))
    owners = {place for each in filters for place in _all(clients, *_INTERFACES, Filters=each)}
    if owners:
        return {vpc_id for vpc_id, _ in owners}
    vpcs = dicts(called(clients.ec2, "describe_vpcs", "Vpcs"))
    return {vpc["VpcId"] for vpc in vpcs if any(address in ip_network(block) for block in _blocks(vpc))}


def _blocks(vpc: dict[str, Any]) -> Iterator[str]:
    yield from (one["CidrBlock"] for one in vpc.get("CidrBlockAssociationSet", ()))
    yield from (one["Ipv6CidrBlock"] for one in vpc.get("Ipv6CidrBlockAssociationSet", ()))


def _name(word: str) -> str:
    """Return NAME of "app/NAME/ID"."""
    parts = word.split("/")
    return parts[1] if len(parts) > 1 else word


def _balancer(clients: Clients, word: str) -> Iterator[tuple[str, str]]:
    try:
        found = _balancers_named(clients, word)
    except NotFoundError as exc:
        raise NotFoundError(f"{word} {_NOTHING}: {exc}") from exc
    if not found:
        raise NotFoundError(f"{word} {_NOTHING}")
    for item in found:
        yield item["VpcId"], item["LoadBalancerArn"]


def _balancers_named(clients: Clients, word: str) -> list[dict[str, Any]]:
    """Return the load balancers that a name, an ARN, a DNS name or the ARN of a target group of theirs means."""
    if _TARGET_GROUP in word:
        groups = dicts(called(clients.elbv2, "describe_target_groups", "TargetGroups", TargetGroupArns=[word]))
        arns = [arn for group in groups for arn in group["LoadBalancerArns"]]
        return _balancers(clients, LoadBalancerArns=arns) if arns else []
    if word.startswith("arn:"):
        return _balancers(clients, LoadBalancerArns=[word])
    if "." in word:
        # Names have no dots, and AWS finds none by its DNS name.
        return [one for one in _balancers(clients) if _host(one["DNSName"]) == _host(word)]
    return _balancers(clients, Names=[_name(word)])


def _balancers(clients: Clients, **named: list[str]) -> list[dict[str, Any]]:
    return list(dicts(called(clients.elbv2, "describe_load_balancers", "LoadBalancers", **named)))


def _host(name: str) -> str:
    """Return a DNS name as AWS answers it: "dualstack." before it asks for the addresses of both IP versions."""
    return name.lower().removesuffix(".").removeprefix("dualstack.")
