"""Set whether, and how far away, an instance's metadata service answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Instance, MetadataOptions
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetMetadataOptions:
    """The instance's metadata service answers, or not, over `hop_limit` hops; its asking for tokens stays."""

    instance_id: str
    enabled: bool
    hop_limit: int

    kind: ClassVar[str] = "SetMetadataOptions"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"ec2:ModifyInstanceMetadataOptions"})
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the instance."""
        return (self.instance_id,)

    @property
    def summary(self) -> str:
        """Say what will be."""
        wanted = _words(enabled=self.enabled, hop_limit=self.hop_limit)
        return f"set the metadata service of {self.instance_id} to: {wanted}"

    def before(self, snapshot: Snapshot) -> str:
        """Say what is now."""
        options = self._present(snapshot)
        return f"metadata service of {self.instance_id}: {_words(enabled=options.enabled, hop_limit=options.hop_limit)}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put both options in place."""
        options = replace(self._present(snapshot), enabled=self.enabled, hop_limit=self.hop_limit)
        instance = _instance(snapshot, self.instance_id)
        return snapshot.having("instances", replace(instance, metadata=options))

    def inverse(self, snapshot: Snapshot) -> SetMetadataOptions:
        """Return the options as they are now."""
        options = self._present(snapshot)
        return replace(self, enabled=options.enabled, hop_limit=options.hop_limit)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the options, unless they are as wanted; tokens are never mentioned, so they stay as they are."""
        options = self._present(snapshot)
        if (options.enabled, options.hop_limit) == (self.enabled, self.hop_limit):
            return ()
        parameters: dict[str, Parameter] = {
            "InstanceId": self.instance_id,
            "HttpEndpoint": "enabled" if self.enabled else "disabled",
            "HttpPutResponseHopLimit": self.hop_limit,
        }
        return (ApiRequest("ec2", "ModifyInstanceMetadataOptions", parameters),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: the service is asked anew each time."""
        self._present(snapshot)
        return ()

    def _present(self, snapshot: Snapshot) -> MetadataOptions:
        options = _instance(snapshot, self.instance_id).metadata
        if options is None:
            raise NotFoundError(f"the metadata options of {self.instance_id} were not read")
        return options


def _words(*, enabled: bool, hop_limit: int) -> str:
    return f"{'on' if enabled else 'off'}, hop limit {hop_limit}"


def _instance(snapshot: Snapshot, instance_id: str) -> Instance:
    return existing(snapshot.instances, instance_id, what="instance")
