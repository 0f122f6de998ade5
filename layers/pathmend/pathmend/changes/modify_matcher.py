"""Set which answers of a target count as healthy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from pathmend.changes.change import ApiRequest, Parameter
from pathmend.errors import NotFoundError

if TYPE_CHECKING:
    from pathmend.snapshot.balancing import TargetGroup
    from pathmend.snapshot.world import Snapshot


@dataclass(frozen=True, slots=True)
class ModifyMatcher:
    """The target group's health check accepts `http_code`: codes and ranges as AWS writes them ("200,299")."""

    target_group_arn: str
    http_code: str

    kind: ClassVar[str] = "ModifyMatcher"
    iam_actions: ClassVar[frozenset[str]] = frozenset({"elasticloadbalancing:ModifyTargetGroup"})
    source_url: ClassVar[str] = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html"
    )

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the target group."""
        return (self.target_group_arn,)

    @property
    def summary(self) -> str:
        """Name the group and its new success codes."""
        name = self.target_group_arn.rsplit(":", 1)[-1]
        return f"set the health check's success codes of {name} to {self.http_code}"

    def before(self, snapshot: Snapshot) -> str:
        """Name the success codes of now."""
        return f"success codes {_codes(_group(snapshot, self.target_group_arn))}"

    def after(self, snapshot: Snapshot) -> Snapshot:
        """Put the codes in place; what the load balancer last said of its targets stays as it was."""
        group = _group(snapshot, self.target_group_arn)
        check = replace(group.health_check, matcher=self.http_code)
        return snapshot.having("target_groups", replace(group, health_check=check))

    def inverse(self, snapshot: Snapshot) -> ModifyMatcher:
        """Return the codes as they are now."""
        return replace(self, http_code=_codes(_group(snapshot, self.target_group_arn)))

    def requests(self, snapshot: Snapshot) -> tuple[ApiRequest, ...]:
        """Modify the group, unless it has the codes already."""
        if _codes(_group(snapshot, self.target_group_arn)) == self.http_code:
            return ()
        matcher: dict[str, Parameter] = {"HttpCode": self.http_code}
        parameters: dict[str, Parameter] = {"TargetGroupArn": self.target_group_arn, "Matcher": matcher}
        return (ApiRequest("elbv2", "ModifyTargetGroup", parameters),)

    def disrupts(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return nothing: a matcher decides about health, not about connections."""
        _group(snapshot, self.target_group_arn)
        return ()


def _group(snapshot: Snapshot, arn: str) -> TargetGroup:
    try:
        return snapshot.target_groups[arn]
    except KeyError:
        raise NotFoundError(f"target group {arn} does not exist (any more)") from None


def _codes(group: TargetGroup) -> str:
    if group.health_check.matcher is None:
        raise NotFoundError(f"target group {group.arn} has no success codes: its health check is not one of HTTP")
    return group.health_check.matcher
