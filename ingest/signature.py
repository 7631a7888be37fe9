"""The signature of a webhook: ``X-Hook-Signature: sha1=<base64 HMAC-SHA1 of the raw body>``.

Source: the vendor's webhook documentation and every known receiver (reference/autotask.md §2.2). The body
arrives already escaped; a signature is only ever checked over the bytes as they came.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from models.errors import Refused

HEADER = "x-hook-signature"
REASONS = ("signature_missing", "signature_malformed", "signature_algorithm", "signature_wrong")
_UNAUTHORIZED = 401
_DIGEST_SIZE = hashlib.sha1(usedforsecurity=False).digest_size


def check_signature(body: bytes, header: str | None, secrets: Sequence[str]) -> None:
    """Return when ``header`` signs ``body`` with one of ``secrets``; otherwise raise ``Refused`` (401).

    The header may come with or without ``sha1=``. Digests are compared decoded and in constant time, and every
    secret is tried, so that the time taken tells nothing about which one matched.
    """
    given = _digest(header)
    matched = False
    for secret in secrets:
        if secret:
            # Not hmac.digest: that gives up the interpreter lock even for a short body, and a busy writer thread
            # then keeps the event loop waiting for it.
            expected = hmac.new(secret.encode(), body, "sha1").digest()
            matched |= hmac.compare_digest(expected, given)
    if not matched:
        raise Refused("signature_wrong", _UNAUTHORIZED)


def _digest(header: str | None) -> bytes:
    text = (header or "").strip()
    if not text:
        raise Refused("signature_missing", _UNAUTHORIZED)
    algorithm, equals, rest = text.partition("=")
    if equals and rest.strip("="):  # otherwise the sign is the padding of a bare digest
        if algorithm.strip().lower() != "sha1":
            raise Refused("signature_algorithm", _UNAUTHORIZED)
        text = rest.strip()
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("signature_malformed", _UNAUTHORIZED) from error
    if len(digest) != _DIGEST_SIZE:  # a hex digest is valid base64 of another length
        raise Refused("signature_malformed", _UNAUTHORIZED)
    return digest
