"""The network ACLs of the workshop's tiers: stateless, so each flow has an entry for its replies.

Numbers, CIDRs and ports of the load balancer tier's 1100-1300 are the workshop's; the rest is our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ANYWHERE = "0.0.0.0/0"
EPHEMERAL = (1024, 65535)
WEB = (80, 80)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `ports` None means all protocols."""

    number: int
    network: str
    ports: tuple[int, int] | None
    egress: bool = False
    action: str = "allow"

    def request(self, acl_id: str) -> dict[str, Any]:
        """Return the parameters of CreateNetworkAclEntry and ReplaceNetworkAclEntry."""
        shown: dict[str, Any] = {
            "NetworkAclId": acl_id,
            "RuleNumber": self.number,
            "Protocol": "6" if self.ports else "-1",
            "RuleAction": self.action,
            "Egress": self.egress,
            "CidrBlock": self.network,
        }
        if self.ports:
            shown["PortRange"] = {"From": self.ports[0], "To": self.ports[1]}
        return shown


def balancer_tier(balancers: list[str], applications: list[str]) -> list[Entry]:
    """Clients come in by port 80 and get their replies; targets are asked, and answer to ephemeral ports."""
    answers = [Entry(1100 + 100 * place, network, EPHEMERAL) for place, network in enumerate(applications)]
    asked = [Entry(1100 + 100 * place, network, WEB, egress=True) for place, network in enumerate(applications)]
    to_clients = Entry(100, ANYWHERE, EPHEMERAL, egress=True)
    # `balancers` may talk to each other inside the tier, as AWS scales nodes over its subnets.
    inside = [Entry(2100 + 100 * place, network, WEB) for place, network in enumerate(balancers)]
    return [Entry(100, ANYWHERE, WEB), *answers, *inside, to_clients, *asked]


def application_tier() -> list[Entry]:
    """Open both ways, as in the workshop: security groups decide here."""
    return [Entry(100, ANYWHERE, None), Entry(100, ANYWHERE, None, egress=True)]


def shared_tier() -> list[Entry]:
    """The NAT gateways' subnets: in from the VPC, out to the internet, replies both ways."""
    return [Entry(100, ANYWHERE, None), Entry(100, ANYWHERE, None, egress=True)]


def database_tier(applications: list[str]) -> list[Entry]:
    """Only the application tier, only 3306."""
    come = [Entry(100 + 10 * place, network, (3306, 3306)) for place, network in enumerate(applications)]
    leave = [Entry(100 + 10 * place, network, EPHEMERAL, egress=True) for place, network in enumerate(applications)]
    return come + leave
