"""The resources of a VPC world as frozen values, named as AWS names them.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Types.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Types.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Tags: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC and its CIDR blocks; `dns_support` and `dns_hostnames` are None where its attributes were not read.

    `primary_cidr` is the IPv4 block that it was made with, None where the answer does not say.
    """

    id: str
    cidrs: tuple[Network, ...]
    tags: Tags = ()
    owner_id: str = ""
    dhcp_options_id: str | None = None
    dns_support: bool | None = None
    dns_hostnames: bool | None = None
    primary_cidr: Network | None = None


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; `cidrs` holds its IPv4 block and its IPv6 block where it has one.

    `free_addresses` is how many IPv4 addresses were left when it was read, None where that was not said.
    """

    id: str
    vpc_id: str
    availability_zone: str
    cidrs: tuple[Network, ...]
    tags: Tags = ()
    # Not part of the state that a plan is bound to: any instance that starts or stops changes it.
    free_addresses: int | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    `target` is the id of what carries the packet on ("local", igw-, nat-, eigw-, vpce-, tgw-, pcx-, eni-);
    `destination` is a network, or the id of a prefix list.
    """

    destination: Network | str
    target: str
    state: str = "active"
    origin: str = "CreateRoute"


@dataclass(frozen=True, slots=True)
class RouteTableAssociation:
    """What a route table is associated with: a subnet, a gateway (edge), or the VPC (`main`)."""

    id: str
    subnet_id: str | None = None
    gateway_id: str | None = None
    main: bool = False


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table with its routes and associations."""

    id: str
    vpc_id: str
    routes: tuple[Route, ...]
    associations: tuple[RouteTableAssociation, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True, order=True)
class AclEntry:
    """One network ACL entry.

    `protocol` is "-1" (all), "6", "17", "1", "58" or another number as text. `ports` is the inclusive destination port
    range for TCP and UDP, None where ports do not apply. `icmp` is (type, code), -1 meaning all.
    """

    rule_number: int
    egress: bool
    protocol: str
    action: str
    cidr: Network
    ports: tuple[int, int] | None = None
    icmp: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class NetworkAcl:
    """A network ACL: entries in rule order (per direction) and the subnets it guards."""

    id: str
    vpc_id: str
    default: bool
    entries: tuple[AclEntry, ...]
    subnet_ids: tuple[str, ...] = ()
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """One permission of a security group towards one peer: a network, a group id or a prefix list id.

    `protocol` is the number as text, as in AclEntry. `ports` is the inclusive destination port range for TCP and UDP,
    (type, code) for ICMP with -1 meaning all, None where everything passes.
    """

    egress: bool
    protocol: str
    ports: tuple[int, int] | None
    peer: Network | str
    id: str = ""


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group and its rules (allow only, stateful)."""

    id: str
    vpc_id: str
    name: str
    rules: tuple[SecurityGroupRule, ...]
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A network interface; `private_ips` (the primary first) and `ipv6s` are its addresses.

    `public_ips` is what the internet sees. `public_pairs` are (private, public) as any answer says; contradictions are
    kept, and a public address that no answer pairs is in none.
    """

    id: str
    vpc_id: str
    subnet_id: str
    private_ips: tuple[Address, ...]
    group_ids: tuple[str, ...]
    description: str = ""
    instance_id: str | None = None
    public_ips: tuple[Address, ...] = ()
    ipv6s: tuple[Address, ...] = ()
    source_dest_check: bool = True
    tags: Tags = ()
    public_pairs: tuple[tuple[Address, Address], ...] = ()


@dataclass(frozen=True, slots=True)
class MetadataOptions:
    """How an instance's metadata service answers; `ipv6` is None where its answer does not say."""

    enabled: bool = True
    tokens_required: bool = False
    hop_limit: int = 1
    ipv6: bool | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance; `metadata` is None where its answer does not say; `platform` is "windows", or empty.

    `profile_arn` is that of its instance profile, None where it has none; `profile_association_id` is the id of what
    ties them, None where it was not read.
    """

    id: str
    state: str
    subnet_id: str | None = None
    interface_ids: tuple[str, ...] = ()
    tags: Tags = ()
    metadata: MetadataOptions | None = None
    platform: str = ""
    profile_arn: str | None = None
    profile_association_id: str | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """An internet gateway or egress-only internet gateway and the VPCs it is attached to."""

    id: str
    vpc_ids: tuple[str, ...]
    egress_only: bool = False
    tags: Tags = ()


@dataclass(frozen=True, slots=True)
class NatGateway:
    """A NAT gateway; `state` is AWS's (available, pending, failed, deleting, deleted).

    A regional one belongs to no subnet: its `subnet_id` is empty.
    """

    id: str
    vpc_id: str
    subnet_id: str
    state: str
    public: bool = True
    public_ips: tuple[Address, ...] = ()
    tags: Tags = ()
    private_ips: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """A VPC endpoint of type Gateway, Interface or GatewayLoadBalancer; `policy` is None where it was not shown.

    With `private_dns` the service's own names mean the endpoint, within its VPC.
    """

    id: str
    vpc_id: str
    service_name: str
    kind: str
    state: str
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    tags: Tags = ()
    interface_ids: tuple[str, ...] = ()
    private_dns: bool = False
    policy: str | None = None
