"""Every foreign error is mapped; what may be asked again is, what may not is not."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import pytest

from ingest.autotask.filters import eq
from models.errors import (
    AutotaskError,
    BadAnswer,
    Invalid,
    NotFound,
    OutcomeUnknown,
    PermissionMissing,
    Throttled,
    Unauthorized,
    Unreachable,
)
from tests.ingest.autotask.stand import Reply, Stand, done, errors, items

THREADS = "Thread Threshold Exceeded (Itgenatr005)"
PERMISSION = "The logged in Resource does not have the adequate permissions to query this entity type."
REFERENCE = "Reference value on field: companyID of type: Company does not exist or is invalid."
HTML = "<html><body>The service is <b>unavailable</b></body></html>"


async def _read(stand: Stand) -> Any:
    return await stand.client.count("Tickets", [eq("status", 5)])


async def _write(stand: Stand) -> Any:
    return await stand.client.create("TicketWebhooks", {"name": "x"})


@pytest.mark.parametrize(
    ("reply", "error", "attempts"),
    [
        (errors(401, "bad credentials"), Unauthorized, 1),
        (errors(403, "no"), PermissionMissing, 1),
        (errors(404, "no"), NotFound, 1),
        (errors(405, "wrong verb"), Invalid, 1),
        (errors(400, "MaxRecords"), Invalid, 1),
        (errors(400, PERMISSION), PermissionMissing, 1),
        (errors(408, "slow"), Unreachable, 5),
        (errors(429, "slow down"), Throttled, 5),
        (errors(409, THREADS), Throttled, 5),
        (errors(500, THREADS), Throttled, 5),
        (errors(200, THREADS), Throttled, 5),
        (httpx.Response(500, text=THREADS), Throttled, 5),
        (errors(500, PERMISSION), PermissionMissing, 1),
        (errors(500, REFERENCE), Invalid, 1),
        (errors(500, "Unable to find colour in the Ticket Entity field list."), Invalid, 1),
        (errors(500, "No matching records found"), NotFound, 1),
        (errors(500, "An internal error occurred"), Unreachable, 3),
        (errors(500), Unreachable, 3),
        (httpx.Response(500, html=HTML), Unreachable, 3),
        (httpx.Response(502, html=HTML), Unreachable, 5),
        (errors(503), Unreachable, 5),
        (errors(504), Unreachable, 5),
        (httpx.Response(302, headers={"location": "https://elsewhere.example.com"}), BadAnswer, 1),
        (httpx.Response(200, html=HTML), BadAnswer, 3),
        (httpx.Response(200, json=[]), BadAnswer, 3),
        (httpx.Response(200, content=b"\xff\xfe"), BadAnswer, 3),
        (httpx.Response(200, content=b"[" * 100_000), BadAnswer, 3),
        (httpx.ConnectError("refused"), Unreachable, 5),
        (httpx.ConnectTimeout("slow"), Unreachable, 5),
        (httpx.PoolTimeout("busy"), Unreachable, 5),
        (httpx.ReadTimeout("slow"), Unreachable, 5),
        (httpx.WriteTimeout("slow"), Unreachable, 5),
        (httpx.ReadError("reset"), Unreachable, 5),
        (httpx.WriteError("reset"), Unreachable, 5),
        (httpx.RemoteProtocolError("nonsense"), Unreachable, 5),
        (httpx.DecodingError("bad gzip"), Unreachable, 5),
        (httpx.TooManyRedirects("round"), Unreachable, 5),
        (httpx.ProxyError("proxy"), Unreachable, 5),
        (TimeoutError(), Unreachable, 5),
        (httpx.ConnectError(str(ssl.SSLError("UNSAFE_LEGACY_RENEGOTIATION_DISABLED"))), Unreachable, 5),
    ],
    ids=lambda value: repr(value)[:60] if isinstance(value, Exception) else None,
)
async def test_a_read(reply: Reply, error: type[AutotaskError], attempts: int) -> None:
    """Which error each answer is, and how often it is asked for before that is said."""
    stand = Stand(reply)
    with pytest.raises(AutotaskError) as caught:
        await _read(stand)
    assert (error, attempts, attempts - 1) == (type(caught.value), len(stand.requests), len(stand.waits))
    assert [("Tickets", error.reason)] * attempts == stand.counted


@pytest.mark.parametrize(
    ("reply", "error", "attempts"),
    [
        (errors(429), Throttled, 5),
        (errors(500, THREADS), Throttled, 5),
        (httpx.ConnectError("refused"), Unreachable, 5),
        (httpx.ConnectTimeout("slow"), Unreachable, 5),
        (httpx.ReadTimeout("slow"), OutcomeUnknown, 1),
        (httpx.WriteTimeout("slow"), OutcomeUnknown, 1),
        (httpx.ReadError("reset"), OutcomeUnknown, 1),
        (httpx.RemoteProtocolError("gone"), OutcomeUnknown, 1),
        (errors(502), OutcomeUnknown, 1),
        (errors(503), OutcomeUnknown, 1),
        (errors(504), OutcomeUnknown, 1),
        (errors(408), OutcomeUnknown, 1),
        (errors(500), OutcomeUnknown, 1),
        (errors(500, "An internal error occurred"), OutcomeUnknown, 1),
        (httpx.Response(200, html=HTML), OutcomeUnknown, 1),
        (errors(500, "Name is longer than 50 characters"), Invalid, 1),
        (errors(500, REFERENCE), Invalid, 1),
        (errors(500, PERMISSION), PermissionMissing, 1),
        (errors(403), PermissionMissing, 1),
        (errors(401), Unauthorized, 1),
    ],
)
async def test_a_write(reply: Reply, error: type[AutotaskError], attempts: int) -> None:
    """Sent again only when it surely was not done; no answer means that nobody knows."""
    stand = Stand(reply)
    with pytest.raises(AutotaskError) as caught:
        await _write(stand)
    assert (error, attempts) == (type(caught.value), len(stand.requests))


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_other_writes_are_not_repeated_either(verb: str) -> None:
    """PATCH and DELETE are writes."""
    stand = Stand(httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown):
        await (stand.client.delete("X/1") if verb == "delete" else stand.client.update("X", {"id": 1}))
    assert 1 == len(stand.requests)


async def test_patience_is_rewarded() -> None:
    """Bursts of 5xx, thread limits and broken connections pass unseen; waits grow, with jitter."""
    replies = (errors(503), errors(500, THREADS), httpx.ReadTimeout("slow"), errors(502))
    stand = Stand(*replies, httpx.Response(200, json={"queryCount": 4}))
    assert 4 == await _read(stand)
    assert [True] * 4 == [low <= wait <= 2 * low for low, wait in zip((0.5, 1.0, 2.0, 4.0), stand.waits, strict=True)]
    assert len(set(stand.waits)) == len(stand.waits)


@pytest.mark.parametrize("after", ["7", "Tue, 15 Sep 2026 15:00:07 GMT"])
async def test_retry_after_is_obeyed(after: str) -> None:
    """As seconds or as a date, and a little more so that not all come back at once."""
    stand = Stand(errors(429, headers={"retry-after": after}), done())
    assert 1 == await _write(stand)
    assert [True] == [7.0 < wait <= 8.0 for wait in stand.waits]


@pytest.mark.parametrize("after", ["soon", "", "Tue, 99 Sep", "-3"])
async def test_a_retry_after_that_says_nothing(after: str) -> None:
    """Then our own back-off holds."""
    stand = Stand(errors(429, headers={"retry-after": after}), done())
    await _write(stand)
    assert [True] == [0.5 <= wait <= 1.0 for wait in stand.waits]


async def test_a_long_retry_after_is_left_to_the_caller() -> None:
    """Whoever asked is told when to come back."""
    stand = Stand(errors(429, headers={"retry-after": "900"}))
    with pytest.raises(Throttled) as caught:
        await _read(stand)
    assert (900.0, 1, []) == (caught.value.retry_after_seconds, len(stand.requests), stand.waits)


async def test_no_error_tells_a_secret() -> None:
    """What Autotask said is shown, but for the secrets it may repeat."""
    stand = Stand(errors(401, "ApiIntegrationCode TRACKINGCODE with Secret top-secret-value refused"))
    with pytest.raises(Unauthorized) as caught:
        await _read(stand)
    shown = f"{caught.value} {caught.value.detail} {caught.value!r}"
    assert [False, False, True] == [word in shown for word in ("TRACKINGCODE", "top-secret-value", "refused")]


async def test_an_answer_too_large() -> None:
    """Reading stops at 32 MiB; nothing is asked again."""

    def endless(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b" " * (32 * 1024 * 1024 + 1))

    stand = Stand(endless)
    with pytest.raises(BadAnswer, match="bytes"):
        await _read(stand)
    assert 1 == len(stand.requests)


async def test_words_in_rows_are_no_complaints() -> None:
    """A ticket may be about a thread threshold, and its title may speak of errors."""
    stand = Stand(items([{"id": 1, "title": f"{THREADS}: errors"}]))
    assert [1] == [row["id"] async for row in stand.client.query("Tickets", [], ["title"])]


def test_one_tree_with_distinct_reasons() -> None:
    """Each error has a reason word of its own."""
    kinds: list[type[AutotaskError]] = [AutotaskError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert len(kinds) == len({kind.reason for kind in kinds}) == 13
