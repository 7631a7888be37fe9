"""Who is not Autotask: each way in which a signature can be missing or wrong is 401, says which, and stores nothing."""

from __future__ import annotations

import base64
import hmac
import json

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from models.settings import load_settings
from service.app import create_app
from tests.door import DOOR, KNOWN_BODY, KNOWN_SIGNATURE, SECRET, TOKEN, problem_of, serving, sign
from tests.hostile.site import Site, event

NEW_SECRET, OLD_SECRET = "the-new-secret-2", "the-old-secret-1"
_DIGEST = hmac.digest(SECRET.encode(), KNOWN_BODY, "sha1")


def _base64(algorithm: str) -> str:
    return base64.b64encode(hmac.digest(SECRET.encode(), KNOWN_BODY, algorithm)).decode()


WRONG: dict[str, tuple[str | None, str]] = {
    "missing": (None, "signature_missing"),
    "empty": ("", "signature_missing"),
    "malformed": ("sha1=not base64!", "signature_malformed"),
    "cut short": (KNOWN_SIGNATURE[:-4], "signature_malformed"),
    "with more behind it": (KNOWN_SIGNATURE + "AAAA", "signature_malformed"),
    "hex": ("sha1=" + _DIGEST.hex(), "signature_malformed"),
    "hex without prefix": (_DIGEST.hex(), "signature_malformed"),
    "a megabyte": ("sha1=" + "A" * 2**20, "signature_malformed"),
    "wrong": ("sha1=" + base64.b64encode(bytes(20)).decode(), "signature_wrong"),
    "of another secret": (sign(KNOWN_BODY, "another-secret"), "signature_wrong"),
    "of no secret": (sign(KNOWN_BODY, ""), "signature_wrong"),
    "of another body": (sign(KNOWN_BODY + b" "), "signature_wrong"),
    "of no body": (sign(b""), "signature_wrong"),
    "another algorithm": ("sha256=" + _base64("sha256"), "signature_algorithm"),
    "another algorithm of the same length": ("md5=" + KNOWN_SIGNATURE[5:], "signature_algorithm"),
    "another algorithm under our name": ("sha1=" + _base64("sha256"), "signature_malformed"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_signature_that_is_not_ours_is_refused(site: Site, name: str) -> None:
    """401 with the reason; nothing is stored, and the right signature still passes."""
    header, reason = WRONG[name]
    headers = {} if header is None else {"X-Hook-Signature": header}
    assert (401, reason) == await site.refused(KNOWN_BODY, headers)
    accepted = await site.client.post(DOOR, content=KNOWN_BODY, headers={"X-Hook-Signature": KNOWN_SIGNATURE})
    assert 202 == accepted.status_code


async def test_letters_beyond_ascii_are_no_signature(site: Site) -> None:
    """Bytes that are no base64 in any alphabet."""
    response = await site.client.post(DOOR, content=KNOWN_BODY, headers=[(b"X-Hook-Signature", b"sha1=\xe9\xff\xfe")])
    assert (401, "signature_malformed") == problem_of(response)


async def test_a_signature_over_the_json_written_anew_fails(site: Site) -> None:
    """The body says the same in other bytes: the bytes as they came are what is signed (reference §2.2)."""
    for anew in (json.dumps(json.loads(KNOWN_BODY)), json.dumps(json.loads(KNOWN_BODY), separators=(",", ":"))):
        assert json.loads(KNOWN_BODY) == json.loads(anew)
        headers = {"X-Hook-Signature": sign(anew.encode())}
        assert (401, "signature_wrong") == await site.refused(KNOWN_BODY, headers)
        assert (401, "signature_wrong") == await site.refused(anew.encode(), {"X-Hook-Signature": KNOWN_SIGNATURE})


async def test_two_signatures_are_not_better_than_one(site: Site) -> None:
    """A second header cannot stand in for the first."""
    headers = [("X-Hook-Signature", sign(KNOWN_BODY, "another-secret")), ("X-Hook-Signature", KNOWN_SIGNATURE)]
    response = await site.client.post(DOOR, content=KNOWN_BODY, headers=headers)
    assert 401 == response.status_code


@pytest.fixture
def rotating(site: Site) -> FastAPI:
    """The application while a secret is changed: the new one first, the old one still good."""
    settings = load_settings(
        database_url="sqlite:///unused.db",
        auth="open",
        webhook_token=SecretStr(TOKEN),
        webhook_secrets=(SecretStr(NEW_SECRET), SecretStr(OLD_SECRET)),
    )
    return create_app(settings, database=site.shop.database, clock=site.shop.harness.clock)


async def test_both_secrets_are_good_during_a_rotation(site: Site, rotating: FastAPI) -> None:
    """What either signs is accepted, what a third signs is not; the same event signed by both is one event."""
    async with serving(rotating) as client:
        body = event()
        first = await _post(client, body, OLD_SECRET)
        again = await _post(client, body, NEW_SECRET)
        third = await _post(client, body, SECRET)
    assert (202, 202, 401) == (first.status_code, again.status_code, third.status_code)
    assert {"position": first.json()["position"], "duplicate": True} == again.json()
    site.shop.harness.settle()
    assert {42: ("pending", -1)} == site.triage()


async def _post(client: httpx.AsyncClient, body: bytes, secret: str) -> httpx.Response:
    return await client.post(DOOR, content=body, headers={"X-Hook-Signature": sign(body, secret)})
