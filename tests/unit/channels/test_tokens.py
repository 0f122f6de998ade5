"""Tokens grant exactly what was signed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from pathmend.channels.tokens import Grant, Purpose, Reason, Refusal, TokenSigner
from pathmend.incidents.incident import Channel

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GRANT = Grant("i-1", "f" * 64, 1, Channel.PAGE, int(NOW.timestamp()) + 60)
SIGNER = TokenSigner(["new secret", "old secret"])
TOKEN = SIGNER.sign(GRANT)
URL_SAFE = st.sampled_from("ABCXYZabcxyz0189-_.=+/ \n\u00e9")


def test_what_was_signed_is_read_back() -> None:
    """A token gives back the very grant that was signed."""
    assert SIGNER.read(TOKEN, NOW, incident_id="i-1") == GRANT


def test_the_newest_secret_signs_and_every_secret_verifies() -> None:
    """While a secret rotates, links of both are good; links of a forgotten one are not."""
    old, new = TokenSigner(["old secret"]), TokenSigner(["new secret"])
    assert SIGNER.read(old.sign(GRANT), NOW, incident_id="i-1") == GRANT
    assert new.read(TOKEN, NOW, incident_id="i-1") == GRANT
    assert old.read(TOKEN, NOW, incident_id="i-1") == Refusal(Reason.INVALID)


@pytest.mark.parametrize("secrets", [[], [""], ["good", ""]])
def test_a_signer_without_a_secret_cannot_be_made(secrets: list[str]) -> None:
    """An empty secret would let everybody sign."""
    with pytest.raises(ValueError, match="secret"):
        TokenSigner(secrets)


def test_a_token_ends_at_its_expiry() -> None:
    """The last second is good, the moment of expiry is not."""
    assert SIGNER.read(TOKEN, NOW + timedelta(seconds=59), incident_id="i-1") == GRANT
    assert SIGNER.read(TOKEN, NOW + timedelta(seconds=60), incident_id="i-1") == Refusal(Reason.EXPIRED)


def test_a_token_of_another_incident_is_foreign() -> None:
    """A link decides about its own incident only."""
    assert SIGNER.read(TOKEN, NOW, incident_id="i-2") == Refusal(Reason.FOREIGN)


def test_a_token_of_one_purpose_is_noise_for_the_other() -> None:
    """The link's token cannot stand in for the form's, nor the other way round."""
    form = SIGNER.sign(GRANT, purpose=Purpose.FORM)
    assert SIGNER.read(form, NOW, incident_id="i-1", purpose=Purpose.FORM) == GRANT
    assert SIGNER.read(form, NOW, incident_id="i-1") == Refusal(Reason.INVALID)
    assert SIGNER.read(TOKEN, NOW, incident_id="i-1", purpose=Purpose.FORM) == Refusal(Reason.INVALID)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "=", "\udcff", "é", "A", "x." * 600, TOKEN + "A", TOKEN[:-1]]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    """Nothing raises, whatever the link holds."""
    assert SIGNER.read(token, NOW, incident_id="i-1") == Refusal(Reason.INVALID)


@pytest.mark.parametrize("payload", [None, [], ["i-1", "f", 1, "pigeon", 9], {"a": 1}, ["i-1", "f", "1", "page", 9]])
def test_a_payload_of_another_shape_is_refused(payload: object) -> None:
    """A token of a former release, rightly signed, grants nothing that it does not spell out."""
    kwargs = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    serializer = URLSafeTimedSerializer("new secret", salt=Purpose.LINK.value, signer_kwargs=kwargs)
    assert SIGNER.read(str(serializer.dumps(payload)), NOW, incident_id="i-1") == Refusal(Reason.INVALID)


@settings(max_examples=2000, deadline=None)
@given(st.data())
def test_no_mutated_token_is_accepted(data: st.DataObject) -> None:
    """Replacing, inserting or removing characters anywhere never yields a token that passes."""
    start = data.draw(st.integers(0, len(TOKEN) - 1))
    cut = data.draw(st.integers(0, 3))
    mutated = TOKEN[:start] + data.draw(st.text(URL_SAFE, max_size=3)) + TOKEN[start + cut :]
    expected = GRANT if mutated == TOKEN else Refusal(Reason.INVALID)
    assert SIGNER.read(mutated, NOW, incident_id="i-1") == expected


@settings(max_examples=200, deadline=None)
@given(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
def test_a_signature_has_one_spelling(character: str) -> None:
    """The spare bits of base64's last character do not make a second valid token."""
    accepted = SIGNER.read(TOKEN[:-1] + character, NOW, incident_id="i-1") == GRANT
    assert accepted == (character == TOKEN[-1])


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(max_size=64), st.integers(1, 9), st.integers(0, 2**40))
def test_no_secret_of_a_stranger_signs_for_us(incident_id: str, fingerprint: str, round_: int, expires_at: int) -> None:
    """A forged token is refused, whatever it claims."""
    forged = TokenSigner(["stranger"]).sign(Grant(incident_id, fingerprint, round_, Channel.PAGE, expires_at))
    assert SIGNER.read(forged, NOW, incident_id=incident_id) == Refusal(Reason.INVALID)


def test_each_binding_changes_the_token() -> None:
    """Incident, fingerprint, round, channel and expiry are all in what is signed."""
    others = (
        replace(GRANT, incident_id="i-2"),
        replace(GRANT, fingerprint="e" * 64),
        replace(GRANT, round=2),
        replace(GRANT, channel=Channel.CLI),
        replace(GRANT, expires_at=GRANT.expires_at + 1),
    )
    bodies = {SIGNER.sign(grant).rsplit(".", 2)[0] for grant in (GRANT, *others)}
    assert len(bodies) == 6
