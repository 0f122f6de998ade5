"""The instance metadata service, from which an application gets the credentials of its role.

That it wants session tokens is no fault: every current SDK has them. Hop limits matter to containers only.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.dependency import AwsNeed, HostService, OwnHostNeed
from pathmend.diagnosis.finding import Evidence, MetadataOff
from pathmend.diagnosis.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.diagnosis.dependency import Dependency, Dependents
    from pathmend.snapshot.resources import Instance, MetadataOptions

DISABLED = "METADATA_SERVICE_DISABLED"
TOO_FEW_HOPS = "METADATA_HOP_LIMIT"
_CONTAINER_HOPS = 2


def metadata_troubles(who: Dependents, dependencies: Sequence[Dependency]) -> Iterator[Trouble]:
    """Yield the instances whose metadata service does not answer those who need it."""
    asking = next((one for one in dependencies if _asks(who, one)), None)
    from_container = next((one for one in dependencies if _from_container(one)), None)
    for instance in who.instances:
        options = instance.metadata
        if options is None:
            continue
        if asking and not options.enabled:
            yield _trouble(who, asking, instance, options, code=DISABLED)
        elif from_container and options.hop_limit < _CONTAINER_HOPS:
            yield _trouble(who, from_container, instance, options, code=TOO_FEW_HOPS)


def _asks(who: Dependents, dependency: Dependency) -> bool:
    need = dependency.need
    if isinstance(need, AwsNeed):
        return who.role_arn is not None
    return isinstance(need, OwnHostNeed) and need.service is not HostService.NAMES


def _from_container(dependency: Dependency) -> bool:
    need = dependency.need
    return isinstance(need, OwnHostNeed) and need.service is HostService.METADATA_FROM_CONTAINER


def _trouble(
    who: Dependents, dependency: Dependency, instance: Instance, options: MetadataOptions, *, code: str
) -> Trouble:
    hops = max(options.hop_limit, _CONTAINER_HOPS) if _from_container(dependency) else options.hop_limit
    source = f"ec2:DescribeInstances {instance.id}"
    rows = (
        Evidence("metadata service", source, "enabled" if options.enabled else "disabled"),
        Evidence("hop limit", source, str(options.hop_limit)),
    )
    off = f"the metadata service of {instance.id} is disabled, which gives the credentials of its role"
    few = f"answers of the metadata service of {instance.id} travel {options.hop_limit} hop: containers do not get them"
    cause = MetadataOff(instance.id, enabled=True, hop_limit=hops)
    return Trouble(code, instance.id, cause, off if code == DISABLED else few, who, dependency, rows)
