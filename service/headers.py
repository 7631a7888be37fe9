"""The strict headers of every answer, in one place (``service.edge`` puts them on).

An answer may set any of them itself and is then left alone. There is no ``Strict-Transport-Security``: whoever ends
TLS for this host decides that for all that lives on it.
"""

from __future__ import annotations

from http import HTTPStatus

_PAGE_POLICY = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_DATA_POLICY = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_PAGE = ((b"content-security-policy", _PAGE_POLICY), *_ALWAYS)
_DATA = ((b"content-security-policy", _DATA_POLICY), *_ALWAYS)


def strict_headers(status: int, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """What an answer's headers (names in lower case) lack.

    A 304 has no content whose policy it could tell: what it says takes the place of what the browser kept with the
    page (RFC 9111 §3.2), which would then be shown without its style.
    """
    names = {name for name, _ in given}
    if status == HTTPStatus.NOT_MODIFIED:
        return [header for header in _ALWAYS if header[0] not in names]
    is_page = any(name == b"content-type" and value.startswith(b"text/html") for name, value in given)
    return [header for header in (_PAGE if is_page else _DATA) if header[0] not in names]
