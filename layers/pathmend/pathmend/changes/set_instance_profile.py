"""Set which instance profile, and with it which role, an instance has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.changes.lookup import existing
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.resources import Instance
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class SetInstanceProfile:
    """The instance has the instance profile; None is none.

    The association's id changes with every replacement, so it is looked up in the state at hand and never stored.
    Who makes the calls needs iam:PassRole for the profile's role.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permission-to-pass-iam-roles.html
    """

    instance_id: str
    profile_arn: str | None

    kind: ClassVar[str] = "SetInstanceProfile"
    iam_actions: ClassVar[frozenset[str]] = frozenset(
        {
            "ec2:AssociateIamInstanceProfile",
            "ec2:DisassociateIamInstanceProfile",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "iam:PassRole",
        }
    )
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the instance and the profile that it is to have."""
        return (self.instance_id, self.profile_arn) if self.profile_arn else (self.instance_id,)

    @property
    def summary(self) -> str:
        """Name the instance and its new profile."""
        if self.profile_arn is None:
            return f"take the instance profile off {self.instance_id}"
        return f"give {self.instance_id} the instance profile {_name(self.profile_arn)}"

    def before(self, snapshot: Snapshot) -> str:
        """Name the profile that the instance has now."""
        arn = _instance(snapshot, self.instance_id).profile_arn
        return f"{self.instance_id} has {f'the instance profile {_name(arn)}' if arn else 'no instance profile'}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the profile in place."""
        instance = _instance(snapshot, self.instance_id)
        if instance.profile_arn == self.profile_arn:
            return snapshot
        made = instance.profile_association_id or f"planned-{instance.id}"
        association_id = made if self.profile_arn else None
        changed = replace(instance, profile_arn=self.profile_arn, profile_association_id=association_id)
        return snapshot.having("instances", changed)

    def inverse(self, snapshot: Snapshot) -> SetInstanceProfile:
        """Return the profile as it is now."""
        return replace(self, profile_arn=_instance(snapshot, self.instance_id).profile_arn)

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Associate, replace or disassociate, whichever the present state asks for."""
        instance = _instance(snapshot, self.instance_id)
        if instance.profile_arn == self.profile_arn:
            return ()
        profile: dict[str, Parameter] = {"IamInstanceProfile": {"Arn": self.profile_arn}} if self.profile_arn else {}
        if instance.profile_arn is None:
            return (ApiRequest("ec2", "AssociateIamInstanceProfile", {"InstanceId": instance.id, **profile}),)
        operation = "ReplaceIamInstanceProfileAssociation" if profile else "DisassociateIamInstanceProfile"
        return (ApiRequest("ec2", operation, {"AssociationId": _association(instance), **profile}),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Say that the instance acts as another: what it was allowed to do as the role of before may end."""
        instance = _instance(snapshot, self.instance_id)
        if instance.profile_arn in (None, self.profile_arn):
            return ()
        return (f"what {instance.id} does as the role of {_name(str(instance.profile_arn))}",)


def _instance(snapshot: Snapshot, instance_id: str) -> Instance:
    return existing(snapshot.instances, instance_id, what="instance")


def _association(instance: Instance) -> str:
    if instance.profile_association_id is None:
        raise NotFoundError(f"the association of {instance.id} with its instance profile was not read")
    return instance.profile_association_id


def _name(profile_arn: str) -> str:
    return profile_arn.rsplit("/", 1)[-1]
