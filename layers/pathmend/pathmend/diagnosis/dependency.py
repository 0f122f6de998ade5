"""What a target needs to work: a call to AWS, a host, or a service of its own host; and how we know that it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathmend.diagnosis.finding import Evidence
    from pathmend.snapshot.resources import Address, Instance, NetworkInterface


class Strength(Enum):
    """How sure it is that the targets need it: somebody said so, their role names it, or their role may reach it."""

    DECLARED = "declared"
    NAMED = "named"


class HostService(Enum):
    """The services of an instance's own host."""

    METADATA = "metadata"
    METADATA_FROM_CONTAINER = "metadata from a container"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class AwsNeed:
    """One action on one resource of AWS."""

    action: str
    resource: str

    @property
    def words(self) -> str:
        """Say it in words."""
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True, slots=True)
class HostNeed:
    """A host and port; `scheme` is "http", "https", "tcp" or "udp", and `address` None where only the name is known."""

    scheme: str
    host: str
    port: int
    address: Address | None

    @property
    def words(self) -> str:
        """Say it in words."""
        where = f" ({self.address})" if self.address is not None and str(self.address) != self.host else ""
        return f"{self.scheme}://{self.host}:{self.port}{where}"


@dataclass(frozen=True, slots=True)
class OwnHostNeed:
    """A service of the instance's own host."""

    service: HostService

    @property
    def words(self) -> str:
        """Say it in words."""
        return self.service.value


Need: TypeAlias = AwsNeed | HostNeed | OwnHostNeed


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of the calls: how many failed of how many, and after how many seconds (None: not known)."""

    source: str
    calls: int
    failures: int
    failed_seconds: float | None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A need, how we know of it, and what was seen of it."""

    need: Need
    strength: Strength
    why: Evidence
    observed: Observed | None = None


@dataclass(frozen=True, slots=True)
class Dependents:
    """Targets that are alike to the network and to IAM: what is found for `interface` holds for all of them.

    `interface` is the first one's primary interface. `role_arn` is None where they have no role, or it was not read;
    `group_arns` are the target groups they stand in.
    """

    instances: tuple[Instance, ...]
    interface: NetworkInterface
    role_arn: str | None
    group_arns: tuple[str, ...]
    account: str
    region: str
    partition: str

    @property
    def first(self) -> Instance:
        """Return the instance that stands for all."""
        return self.instances[0]

    @property
    def profile_arn(self) -> str | None:
        """Return the instance profile of all of them."""
        return self.first.profile_arn

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the instances' ids."""
        return tuple(one.id for one in self.instances)
