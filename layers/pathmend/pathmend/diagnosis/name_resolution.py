"""Whether the targets' VPC resolves names at all: what they need has names, most of the time.

No group and no ACL stands before the VPC's resolver. With resolvers of one's own the VPC's attributes say nothing.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html and
https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSet.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.diagnosis.dependency import AwsNeed, Dependency, HostNeed, HostService, Strength
from pathmend.diagnosis.finding import Evidence, NameResolutionOff
from pathmend.diagnosis.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathmend.diagnosis.dependency import Dependents
    from pathmend.snapshot.world import Snapshot

CODE = "DNS_ATTRIBUTE_OFF"
AMAZON = "AmazonProvidedDNS"

NO_OPTIONS = "default"
"""What a VPC without a set of options has in place of its id.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateDhcpOptions.html
"""


def name_troubles(snapshot: Snapshot, who: Dependents, dependencies: Sequence[Dependency]) -> Iterator[Trouble | str]:
    """Yield that the VPC's resolver is off for those who need names; in a sentence, whose resolvers are not known."""
    asking = [one for one in dependencies if _by_name(one)]
    vpc = snapshot.vpcs.get(who.interface.vpc_id)
    if not asking or vpc is None:
        return
    others, unread = own_resolvers(snapshot, vpc.id), unread_resolvers(snapshot, vpc.id)
    declared = any(one.strength is Strength.DECLARED for one in asking)
    if others and declared:
        yield f"what the name servers {', '.join(others)} of {vpc.id} answer is not in the snapshot"
    elif vpc.dns_support is False and unread:
        yield unread
    elif vpc.dns_support is False and not others:
        rows = (
            Evidence("enableDnsSupport of the VPC", f"ec2:DescribeVpcAttribute {vpc.id}", "false"),
            Evidence("name servers", f"ec2:DescribeDhcpOptions {vpc.dhcp_options_id or 'default'}", AMAZON),
        )
        says = f"DNS support of {vpc.id} is off, so its resolver answers nobody"
        yield Trouble(CODE, vpc.id, NameResolutionOff(vpc.id, "dns_support"), says, who, asking[0], rows)


def own_resolvers(snapshot: Snapshot, vpc_id: str) -> tuple[str, ...]:
    """Return the name servers that the VPC's DHCP options name in place of Amazon's; none where they name those."""
    vpc = snapshot.vpcs[vpc_id]
    options = snapshot.dhcp_options.get(vpc.dhcp_options_id or "")
    servers = options.name_servers if options else ()
    return () if AMAZON in servers else servers


def unread_resolvers(snapshot: Snapshot, vpc_id: str) -> str | None:
    """Say that it was not read which name servers the VPC's DHCP options name: others than Amazon's, perhaps."""
    options_id = snapshot.vpcs[vpc_id].dhcp_options_id
    if options_id in (None, NO_OPTIONS) or options_id in snapshot.dhcp_options:
        return None
    return f"the DHCP options {options_id} of {vpc_id} were not read"


def _by_name(dependency: Dependency) -> bool:
    need = dependency.need
    if isinstance(need, HostNeed):
        return str(need.address) != need.host
    return isinstance(need, AwsNeed) or need.service is HostService.NAMES
