"""The signature check: what Autotask signs passes, everything else is refused with its reason."""

from __future__ import annotations

import base64
import hmac

import pytest

from ingest.signature import check_signature
from models.errors import Refused
from tests.door import KNOWN_BODY, KNOWN_SIGNATURE, SECRET, sign

OTHER = "another-secret-99"


@pytest.mark.parametrize("header", [KNOWN_SIGNATURE, KNOWN_SIGNATURE.removeprefix("sha1="), f" {KNOWN_SIGNATURE} "])
@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET], [SECRET, OTHER]])
def test_the_known_answer_passes(header: str, secrets: list[str]) -> None:
    """The published body passes with and without prefix, whichever place its secret has."""
    check_signature(KNOWN_BODY, header, secrets)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "signature_missing"),
        ("", "signature_missing"),
        ("   ", "signature_missing"),
        ("sha1=", "signature_malformed"),
        ("=", "signature_malformed"),
        ("sha1=not base64!", "signature_malformed"),
        ("sha1=é", "signature_malformed"),
        ("sha1=" + hmac.new(SECRET.encode(), KNOWN_BODY, "sha1").hexdigest(), "signature_malformed"),
        (hmac.new(SECRET.encode(), KNOWN_BODY, "sha1").hexdigest(), "signature_malformed"),
        (KNOWN_SIGNATURE[:-2], "signature_malformed"),
        (
            "sha256=" + base64.b64encode(hmac.digest(SECRET.encode(), KNOWN_BODY, "sha256")).decode(),
            "signature_algorithm",
        ),
        ("md5=" + KNOWN_SIGNATURE.removeprefix("sha1="), "signature_algorithm"),
        (sign(KNOWN_BODY, OTHER), "signature_wrong"),
        (sign(KNOWN_BODY + b" "), "signature_wrong"),
        (sign(KNOWN_BODY, ""), "signature_wrong"),
    ],
)
def test_anything_else_is_refused(header: str | None, reason: str) -> None:
    """A header that does not sign this body with our secret is a 401 that says why."""
    with pytest.raises(Refused) as refused:
        check_signature(KNOWN_BODY, header, [SECRET])

    assert (reason, 401) == (refused.value.reason, refused.value.status)


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_passes(secrets: list[str]) -> None:
    """No secret, or an empty one, verifies nothing: not even what was signed with it."""
    with pytest.raises(Refused, match="signature_wrong"):
        check_signature(KNOWN_BODY, sign(KNOWN_BODY, ""), secrets)
