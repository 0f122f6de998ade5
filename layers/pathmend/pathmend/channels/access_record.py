"""A decision about access as JSON for machines: documented in docs/access.md and docs/access.schema.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathmend.access.answer import Deciding, Miss
    from pathmend.access.request import Context
    from pathmend.channels.access_answer import ByWay, Decided
    from pathmend.network.flow import Blocker

Record = dict[str, object]

SCHEMA_VERSION = 1
"""Goes up when a key changes its meaning or disappears; new keys may come without."""


def access_record(decided: Decided) -> Record:
    """Return the answer; what is not there is null or empty, never missing."""
    answer = decided.answer
    asked = answer.request
    return {
        "schema_version": SCHEMA_VERSION,
        "principal": asked.principal,
        "session": asked.session,
        "action": asked.action,
        "resource": asked.resource,
        "from": decided.by.source if decided.by else None,
        "verdict": answer.verdict.value,
        "way": way_record(decided.by) if decided.by else None,
        "context": _known(asked.context),
        "context_unknown": dict(sorted(asked.context.unknown.items())),
        "deciding": [deciding_record(one) for one in answer.deciding],
        "misses": [miss_record(one) for one in answer.misses],
        "unknown": list(answer.unknown),
        "notes": list(decided.notes),
        "unread": dict(decided.unread),
    }


def way_record(by: ByWay) -> Record:
    """Return the way of a request, and what the network does on it."""
    way = by.way
    return {
        "kind": way.kind.value,
        "endpoint": way.endpoint_id,
        "gateway": way.gateway_id,
        "source_ip": None if way.source_ip is None else str(way.source_ip),
        "words": by.words,
        "network": {
            "verdict": way.trace.verdict.value,
            "blockers": [blocker_record(one) for one in way.trace.blockers],
            "unknown": list(way.trace.unknown),
        },
    }


def deciding_record(said: Deciding) -> Record:
    """Return what one kind of policy says."""
    return {
        "kind": said.kind.value,
        "effect": said.effect,
        "policy": said.policy_id or None,
        "statement": said.statement or None,
        "sentence": said.sentence,
    }


def miss_record(miss: Miss) -> Record:
    """Return one thing that would have to differ."""
    return {
        "kind": miss.kind.value,
        "policy": miss.policy_id or None,
        "statement": miss.statement or None,
        "what": miss.what,
        "key": miss.key or None,
        "wanted": list(miss.wanted),
        "found": None if miss.found is None else list(miss.found),
        "sentence": miss.sentence,
    }


def blocker_record(blocker: Blocker) -> Record:
    """Return what stops a flow."""
    return {
        "code": blocker.code,
        "kind": blocker.kind,
        "id": blocker.element_id,
        "rule": blocker.rule,
        "leg": blocker.leg.value,
    }


def _known(context: Context) -> Record:
    return {key: list(values) for key, values in sorted(context.values.items()) if values}
