"""Signed tokens: a link carries what its holder may decide, and nothing of it can be changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from itsdangerous import BadData, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from pathmend.incidents.incident import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Ours are about 250 characters; what is longer is not ours, and is not worth a hash.
_LONGEST_TOKEN = 1024
_CHANNELS = frozenset(channel.value for channel in Channel)


class Purpose(Enum):
    """What a token is for. The value salts the key, so that a token of one purpose is noise for the other."""

    LINK = "pathmend.link"
    FORM = "pathmend.form"


class Reason(Enum):
    """Why a token is refused."""

    INVALID = "invalid"
    EXPIRED = "expired"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token lets its holder do: decide about one fingerprint of one incident until `expires_at` (epoch)."""

    incident_id: str
    fingerprint: str
    round: int
    channel: Channel
    expires_at: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The expected "no" to a token."""

    reason: Reason


class TokenSigner:
    """Signs grants and reads them back; the newest secret comes first and signs, the others still verify."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a token signer needs at least one secret, and no empty one")
        # itsdangerous signs with the last key of its list.
        keys = list(reversed(secrets))
        self._serializers = {purpose: _serializer(keys, purpose) for purpose in Purpose}

    def sign(self, grant: Grant, *, purpose: Purpose = Purpose.LINK) -> str:
        """Return the token of the grant. It is a credential: never log it."""
        payload = [grant.incident_id, grant.fingerprint, grant.round, grant.channel.value, grant.expires_at]
        return self._serializers[purpose].dumps(payload)

    def read(self, token: str, now: datetime, *, incident_id: str, purpose: Purpose = Purpose.LINK) -> Grant | Refusal:
        """Return what the token grants for this incident at this moment, or why it grants nothing."""
        grant = self._verified(token, purpose)
        if grant is None:
            return Refusal(Reason.INVALID)
        if grant.incident_id != incident_id:
            return Refusal(Reason.FOREIGN)
        if now.timestamp() >= grant.expires_at:
            return Refusal(Reason.EXPIRED)
        return grant

    def _verified(self, token: str, purpose: Purpose) -> Grant | None:
        if len(token) > _LONGEST_TOKEN or not token.isascii() or not _canonical(token):
            return None
        try:
            payload: object = self._serializers[purpose].loads(token)
        except BadData:
            return None
        return _grant(payload)


def _serializer(keys: list[str], purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        keys, salt=purpose.value, signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )


def _canonical(token: str) -> bool:
    """Say whether the signature is spelled the one right way.

    Base64 leaves spare bits in the last character and skips foreign characters, so several spellings of a signature
    would pass; a token has exactly one.
    """
    signature = token.rpartition(".")[2]
    try:
        return base64_encode(base64_decode(signature)) == signature.encode("ascii")
    except BadData:
        return False


def _grant(payload: object) -> Grant | None:
    match payload:
        case [str(incident_id), str(fingerprint), int(round_), str(channel), int(expires_at)] if channel in _CHANNELS:
            return Grant(incident_id, fingerprint, round_, Channel(channel), expires_at)
    return None
