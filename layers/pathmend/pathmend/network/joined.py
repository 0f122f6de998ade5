"""One answer for a flow that is traced in parts: the addresses of a list, or all protocols."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pathmend.network.firewall_named import protocols_named
from pathmend.network.flow import Flow, Trace, Verdict
from pathmend.network.ports import NO_PORTS
from pathmend.snapshot.protocols import ALL, ICMP, ICMP_V6, TCP, UDP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pathmend.snapshot.world import Snapshot

_IPV4 = 4
_UNNAMED = tuple(str(number) for number in range(253, 0, -1))
"""Protocols to stand for all that no rule names: first those that are kept for experiments."""


def trace_all_protocols(snapshot: Snapshot, flow: Flow, trace: Callable[[Snapshot, Flow], Trace]) -> Trace:
    """Trace the flow in every protocol that rules tell apart, and in one that none names, and join the answers.

    TCP and UDP go to the flow's port.
    """
    echo, other = (ICMP, ICMP_V6) if flow.source.address.version == _IPV4 else (ICMP_V6, ICMP)
    named = {TCP, UDP, echo, *snapshot.derived(_named)} - {ALL, other}
    unnamed = next(number for number in _UNNAMED if number not in named)
    return joined(flow, [trace(snapshot, replace(flow, protocol=one)) for one in sorted({*named, unnamed}, key=int)])


def _named(snapshot: Snapshot) -> frozenset[str]:
    entries = {entry.protocol for acl in snapshot.network_acls.values() for entry in acl.entries}
    rules = {rule.protocol for one in snapshot.security_groups.values() for rule in one.rules}
    return frozenset({*entries, *rules, *protocols_named(snapshot)})


def joined(flow: Flow, traces: Sequence[Trace]) -> Trace:
    """Return one answer for flows that are parts of one: OPEN when all are, PARTIAL when some are blocked.

    `open_ports` are those that are open for all parts.
    """
    verdict = _verdict({one.verdict for one in traces})
    # The hops of one that shows why: the first that is as bad as the whole, else the first.
    shown = next((one for one in traces if one.verdict is verdict), traces[0])
    open_ports = flow.source_ports
    for one in traces:
        open_ports &= one.open_ports if one.blockers else flow.source_ports
    return Trace(
        flow=flow,
        verdict=verdict,
        forward=shown.forward,
        back=shown.back,
        blockers=tuple(dict.fromkeys(blocker for one in traces for blocker in one.blockers)),
        unknown=tuple(dict.fromkeys(why for one in traces for why in one.unknown)),
        open_ports=NO_PORTS if verdict is Verdict.BLOCKED else open_ports,
        latent=tuple(dict.fromkeys(odd for one in traces for odd in one.latent)),
    )


def _verdict(verdicts: set[Verdict]) -> Verdict:
    if verdicts == {Verdict.BLOCKED}:
        return Verdict.BLOCKED
    if verdicts & {Verdict.BLOCKED, Verdict.PARTIAL}:
        return Verdict.PARTIAL
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.OPEN
