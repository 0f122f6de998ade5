"""Targets without the instance profile that their siblings have: none at all, or another one.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.access.evaluate import Verdict
from pathmend.diagnosis.actions import service_of
from pathmend.diagnosis.dependency import AwsNeed, Dependency, Strength
from pathmend.diagnosis.dependents import role_of
from pathmend.diagnosis.finding import Certainty, Evidence, NoMechanicalRepair, ProfileMissing
from pathmend.diagnosis.request_context import region_of
from pathmend.diagnosis.service_call import Call
from pathmend.diagnosis.service_way import way_to
from pathmend.diagnosis.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pathmend.diagnosis.dependency import Dependents
    from pathmend.snapshot.world import Snapshot

CODE = "INSTANCE_PROFILE_MISSING"


def profile_troubles(snapshot: Snapshot, needs: Mapping[Dependents, Sequence[Dependency]]) -> Iterator[Trouble]:
    """Yield each instance that its siblings' profile would give what it needs and its own does not."""
    for who in needs:
        right = _profile_of_siblings(who, needs)
        if right is None:
            yield from _nobody_has_one(who, needs[who])
        if right is None or right == who.profile_arn or not _role_is_known(snapshot, who):
            continue
        wanted = _denied(snapshot, who, right, needs)
        if wanted is not None:
            for instance in who.instances:
                yield _trouble(who, instance.id, right, wanted)


def _role_is_known(snapshot: Snapshot, who: Dependents) -> bool:
    """Return whether it is known which role they have, none where they have no profile: an unread one may do it all."""
    return who.profile_arn is None or who.profile_arn in snapshot.instance_profiles


def _nobody_has_one(who: Dependents, wanted: Sequence[Dependency]) -> Iterator[Trouble]:
    """Yield that targets which somebody said call AWS have no role to call it with, and no sibling that shows which."""
    declared = next(
        (one for one in wanted if one.strength is Strength.DECLARED and isinstance(one.need, AwsNeed)), None
    )
    if who.profile_arn is None and declared:
        says = "no target has an instance profile, so their calls to AWS have no credentials"
        cause = NoMechanicalRepair("give the instances the instance profile of their application")
        row = Evidence("instance profile", f"ec2:DescribeInstances {who.first.id}", "none")
        yield Trouble(CODE, who.group_arns[0], cause, says, who, declared, (row,))


def _profile_of_siblings(who: Dependents, needs: Mapping[Dependents, Sequence[Dependency]]) -> str | None:
    """Return the profile that most targets of its groups have, others than these, if all but a minority have it."""
    counts: Counter[str] = Counter()
    for other in needs:
        if other.profile_arn and set(other.group_arns) & set(who.group_arns):
            counts[other.profile_arn] += len(other.instances)
    total = counts.total()
    profile, count = next(iter(counts.most_common(1)), ("", 0))
    return profile if 2 * count > total else None


def _denied(
    snapshot: Snapshot, who: Dependents, right: str, needs: Mapping[Dependents, Sequence[Dependency]]
) -> Dependency | None:
    """Return what the instance may not do and would with its siblings' profile, what was declared first."""
    with_it = replace(who, role_arn=role_of(snapshot, right))
    siblings = (one for other, found in needs.items() if other.profile_arn == right for one in found)
    wanted = [one for one in dict.fromkeys((*needs[who], *siblings)) if isinstance(one.need, AwsNeed)]
    for dependency in sorted(wanted, key=lambda one: one.strength is not Strength.DECLARED):
        if _may(snapshot, with_it, dependency) and not _may(snapshot, who, dependency):
            return dependency
    return None


def _may(snapshot: Snapshot, who: Dependents, dependency: Dependency) -> bool:
    """Return whether the call is not denied; without a role there are no credentials to call with."""
    need = dependency.need
    if who.role_arn is None or not isinstance(need, AwsNeed):
        return False
    way = way_to(snapshot, who.interface, service_of(need.action), region_of(who, need))
    return Call(snapshot, who, dependency, need, way).answer_without_endpoint_policy().verdict is not Verdict.DENIED


def _trouble(who: Dependents, instance_id: str, right: str, wanted: Dependency) -> Trouble:
    has = f"has instance profile {who.profile_arn}" if who.profile_arn else "has no instance profile"
    rows = (
        Evidence("instance profile", f"ec2:DescribeInstances {instance_id}", who.profile_arn or "none"),
        Evidence("instance profile of its siblings in the target group", "ec2:DescribeInstances", right),
    )
    sure = who.profile_arn is None or wanted.strength is Strength.DECLARED
    return Trouble(
        code=CODE,
        resource=instance_id,
        cause=ProfileMissing(instance_id, right, who.profile_arn),
        says=f"{instance_id} {has}, and its siblings have {right}",
        who=who,
        dependency=wanted,
        evidence=rows,
        certainty=Certainty.PROVEN if sure else Certainty.LIKELY,
    )
