"""What stops a flow and what cures it, in words: one pair of sentences per explanation code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathmend.channels.words import plain
from pathmend.network.flow import Leg
from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP, name_of, number_of

if TYPE_CHECKING:
    from pathmend.network.flow import Blocker, Endpoint, Flow

_LONGEST = 400
_ACL = "SUBNET_ACL_RESTRICTION"


def what_blocks(blocker: Blocker, flow: Flow) -> str:
    """Say what stops the flow there: "acl-1 drops ingress tcp 443 from 10.0.1.5 (rule *)"."""
    return _said(blocker, flow, 0)


def cure(blocker: Blocker, flow: Flow) -> str:
    """Say what would let the flow pass there, in the imperative."""
    return _said(blocker, flow, 1)


def _said(blocker: Blocker, flow: Flow, which: int) -> str:
    code = blocker.code
    if code == _ACL:
        code = f"{_ACL} {'implicit' if blocker.rule == '*' else 'rule'}"
    words = _WORDS.get(code, _OTHER)[which].format(**_names(blocker, flow))
    return plain(words, _LONGEST)


def _names(blocker: Blocker, flow: Flow) -> dict[str, str]:
    """Return what the sentences may name."""
    outward = blocker.direction == "egress"
    to_destination = (blocker.leg is Leg.FORWARD) == outward
    peer = flow.destination if to_destination else flow.source
    back = blocker.leg is Leg.RETURN
    return {
        "id": blocker.element_id,
        "kind": blocker.kind.replace("-", " "),
        "code": blocker.code,
        "rule": blocker.rule or "",
        "by": f" (its route {blocker.rule} leads elsewhere)" if blocker.rule else "",
        "cause": f": {blocker.rule}" if blocker.rule else "",
        "within": f" (the primary block is {blocker.rule})" if blocker.rule else "",
        "direction": blocker.direction or "",
        "traffic": traffic_words(flow, blocker),
        "peer": end_words(peer),
        "way": "to" if outward else "from",
        "target": end_words(flow.source if back else flow.destination),
        "packet": "reply" if back else "request",
        "subnet": blocker.subnet_id or "the subnet",
        "interface": blocker.interface_id or "the interface",
    }


def end_words(end: Endpoint) -> str:
    """Return what rules and routes would name an end by: its address, or its prefix list."""
    return end.prefix_list or str(end.address)


def traffic_words(flow: Flow, blocker: Blocker) -> str:
    """Say which packets a filter sees: "tcp 443" on the way there, "tcp 1024-32767" on the way back."""
    number = number_of(flow.protocol) or flow.protocol
    if number in (ICMP, ICMP_V6):
        return f"{name_of(number)} echo {'reply' if blocker.leg is Leg.RETURN else 'request'}"
    if number == ALL:
        return "traffic of some protocol"
    if number not in (TCP, UDP):
        return f"protocol {number}"
    ports = blocker.blocked_ports if blocker.leg is Leg.RETURN else flow.port
    return f"{name_of(number)} {ports}"


_ROUTE = "associate {subnet} with a route table that leads to {target}, or add a route for it to {id}"
_OTHER = (
    "{kind} {id} stops the {packet} ({code})",
    "look {code} up in the explanation codes of VPC Reachability Analyzer",
)
# Source: https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
_WORDS: dict[str, tuple[str, str]] = {
    f"{_ACL} implicit": (
        "{id} drops {direction} {traffic} {way} {peer}: no rule allows it (rule *)",
        "add to {id} an {direction} rule that allows {traffic} {way} {peer}",
    ),
    f"{_ACL} rule": (
        "{id} drops {direction} {traffic} {way} {peer}: rule {rule} denies it",
        "remove {direction} rule {rule} of {id}, or allow {traffic} {way} {peer} under a lower number",
    ),
    "ENI_SG_RULES_MISMATCH": (
        "no {direction} rule of {interface}'s security groups allows {traffic} {way} {peer}",
        "add to {id}, or to another group of {interface}, an {direction} rule that allows {traffic} {way} {peer}",
    ),
    "SG_HAS_NO_RULES": (
        "the security groups of {interface} have no {direction} rules at all",
        "add to {id} an {direction} rule that allows {traffic} {way} {peer}",
    ),
    "NO_ROUTE_TO_DESTINATION": (
        "{id}, the route table of {subnet}, does not lead the {packet} to {target}{by}",
        _ROUTE,
    ),
    "MORE_SPECIFIC_ROUTE": (
        "route {rule} of {id}, the route table of {subnet}, leads the {packet} to {target} another way",
        "remove route {rule} from {id}, or point it where the wider route leads",
    ),
    "BAD_STATE_ROUTE": (
        "route {rule} of {id}, the route table of {subnet}, is a blackhole: its target is gone",
        "replace the target of route {rule} in {id} by one that exists, or remove the route",
    ),
    "BAD_STATE": (
        "{kind} {id} is not in a state to carry anything",
        "bring {id} into service (a peering: have it accepted), or replace it",
    ),
    "BAD_STATE_ATTACHMENT": ("attachment {id} is not available", "have {id} accepted, or attach the VPC anew"),
    "BAD_STATE_VPN": ("VPN {id} is down", "bring up a tunnel of {id}"),
    "PROTOCOL_RESTRICTION": ("{kind} {id} does not carry {traffic}", "send it another way than by {id}"),
    "UNASSOCIATED_COMPONENT": (
        "{kind} {id} is not attached to the VPC",
        "attach it to the VPC, or route by one that is attached",
    ),
    "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS": (
        "nothing leaves by {id} without a public address, and the sender has none",
        "associate an Elastic IP with the sender, or route its subnet to a NAT gateway",
    ),
    "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS": (
        "nothing arrives by {id} at {interface}, which has no public address",
        "associate an Elastic IP with {interface}, or come by a load balancer",
    ),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS": (
        "{id} drops what goes to a private address: {target}",
        "add a route for {target} to what really leads there, such as a peering connection or transit gateway",
    ),
    "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS": (
        "{id} drops what goes to a shared address (100.64.0.0/10): {target}",
        "add a route for {target} to what really leads there, such as a peering connection or transit gateway",
    ),
    "VPC_BLOCK_PUBLIC_ACCESS_ENABLED": (
        "VPC Block Public Access ({id}) stops the {packet} at the internet gateway",
        "add an exclusion for {subnet}, or turn Block Public Access to a mode that lets the {packet} pass",
    ),
    "ENI_SOURCE_DEST_CHECK_RESTRICTION": (
        "{interface} forwards nothing that is not its own: its source/destination check is on",
        "turn the source/destination check of {id} off, if it is meant to forward",
    ),
    "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR": (
        "peering {id} carries only addresses of the two VPCs it joins, and {target} is in neither",
        "reach {target} another way: peering is not transitive",
    ),
    "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT": (
        "{id}, a route table of the transit gateway, has no route for {target}",
        "add a static route for {target} to {id}, or propagate the attachment of its VPC there",
    ),
    "TGW_RTB_BAD_STATE_ROUTE": (
        "route {rule} of {id}, a route table of the transit gateway, is a blackhole",
        "replace route {rule} of {id} by one to an attachment",
    ),
    "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION": (
        "attachment {id} is associated with no route table of the transit gateway",
        "associate {id} with a route table that leads to {target}",
    ),
    "TGW_ATTACH_VPC_AZ_RESTRICTION": (
        "{id} has no subnet in the sender's Availability Zone",
        "add a subnet of that Availability Zone to {id}",
    ),
    "VPCE_GATEWAY_PROTOCOL_RESTRICTION": (
        "gateway endpoint {id} does not carry {traffic}",
        "send tcp to the service, or send this another way",
    ),
    "VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION": (
        "gateway endpoint {id} takes only what comes from its own VPC",
        "make a gateway endpoint in the sender's VPC, or an interface endpoint, which others may reach",
    ),
    "VPC_ADDRESSES_OVERLAP": (
        "the {packet} to {target} ends in {id}, which has that address in its own blocks as well",
        "reach {target} by what translates addresses, such as a load balancer, or renumber one of the two VPCs",
    ),
    "DNS_ATTRIBUTE_OFF": (
        "the resolver of {id} is turned off",
        "turn DNS support of {id} on (ModifyVpcAttribute, EnableDnsSupport)",
    ),
    "INSTANCE_NOT_RUNNING": (
        "instance {id} does not run: it is {rule}",
        "start {id}; if it is terminated, name another",
    ),
    "FIREWALL_RULES_RESTRICTION": (
        "the network firewall drops the {packet} to {target}: {rule}, in {id}",
        "if nobody means that to be dropped, change that rule in {id}, or pass {traffic} to {target} ahead of it",
    ),
    "ROUTING_LOOP": (
        "the {packet} to {target} comes by {id} again and again: the routes lead in a circle",
        "point one of the routes for {target} to where {target} really is",
    ),
    "HOST_SERVICE_PORT_RESTRICTION": (
        "what answers at {id} takes {rule}, and no {traffic}",
        "send it {rule}, or send this elsewhere",
    ),
    "RESERVED_ADDRESS_RESTRICTION": (
        "nothing answers at {id}: it is a reserved address{within}",
        "call a service at its own address: the resolver is at 169.254.169.253",
    ),
    "METADATA_SERVICE_DISABLED": (
        "the metadata service of {id} is turned off",
        "turn the metadata endpoint of {id} on (ModifyInstanceMetadataOptions)",
    ),
    "ELB_NOT_CROSSZONE": (
        "{id} sends only to targets in its own zone: cross-zone load balancing is off",
        "turn cross-zone load balancing on, or register targets in each zone",
    ),
    "ELB_INSTALLED_AZ_RESTRICTION": (
        "{id} sends only to targets in zones that are enabled for it",
        "enable the target's Availability Zone for the load balancer",
    ),
    "ELBV2_LISTENERS_MISMATCH": (
        "load balancer {id} has no listener for {traffic}",
        "call a port that {id} listens on, or add a listener for {traffic} to it",
    ),
    "ELBV2_LISTENER_HAS_NO_TG": ("target group {id} has no targets", "register targets with {id}"),
    "ELBV2_NO_TARGETS_IN_AZ": (
        "node {interface} keeps to its own zone, and {id} has no targets there",
        "register targets with {id} in that zone, or turn cross-zone load balancing on",
    ),
    "TARGET_PORT_RESTRICTION": ("the target listens on another port than {traffic}", "mend the target's port"),
}
