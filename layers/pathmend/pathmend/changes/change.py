"""The protocol that every kind of change keeps, and the request it makes of AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

if TYPE_CHECKING:
    from pathmend.snapshot.world import Snapshot

Parameter: TypeAlias = "str | int | bool | dict[str, Parameter] | list[Parameter]"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One call to AWS: the boto3 service name, the operation and its parameters as AWS names them."""

    service: str
    operation: str
    parameters: dict[str, Parameter]

    @property
    def iam_action(self) -> str:
        """Return the IAM action that the call needs, such as "ec2:ReplaceNetworkAclEntry"."""
        prefix = {"elbv2": "elasticloadbalancing"}.get(self.service, self.service)
        return f"{prefix}:{self.operation}"


class Change(Protocol):
    """One slot of the world set to one value. Values are frozen, compare by content and need no client.

    `kind` is stable: it is stored and named in rules. `iam_actions` are all that any value of the kind may need.
    """

    kind: ClassVar[str]
    iam_actions: ClassVar[frozenset[str]]
    source_url: ClassVar[str]

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the ids of what the change touches or relies on, the one that is changed first."""

    @property
    def summary(self) -> str:
        """Say in one sentence, in AWS's words, what will be changed to what."""

    def before(self, snapshot: Snapshot) -> str:
        """Say in a few words what the slot holds now."""

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot as the change would leave it."""

    def inverse(self, snapshot: Snapshot) -> Change:
        """Return the change that restores what the slot holds in `snapshot`."""

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Return the calls that bring the slot from what it holds in `snapshot` to the value; none if it is there.

        At most one: a slot is set by one call, so that a step is either done or not. A rollback relies on it where it
        tells what is still ours from what somebody else set.

        Raises:
            NotFoundError: what is to be changed is not in the snapshot.
        """

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Name the open connections that the change cuts; empty when it cuts none."""
