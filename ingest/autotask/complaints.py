"""What an answer of Autotask's means when it is not the one wanted: which of our errors, and whether to ask again.

Validation, missing permissions and "not found" frequently arrive as HTTP 500, thread limits under any status, and
bodies are sometimes no JSON (reference/autotask.md §4, from several integrations): words go before numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any

from ingest.values import clean_text
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
from models.instants import SECOND, Instant, to_instant


class Again(Enum):
    """Whether a request may be sent again."""

    NEVER = auto()
    SURELY = auto()
    """It was refused or never arrived: also a write."""
    IF_READ = auto()
    IF_READ_AND_FEW = auto()
    ELSEWHERE = auto()
    """The tenant may have moved to another zone."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One failed attempt: the error it is if nothing better comes, and whether to try again."""

    error: AutotaskError
    again: Again = Again.NEVER


_THREADS = re.compile(
    r"thread threshold|itgenatr005|request threshold|exceeded the (maximum )?number of requests", re.IGNORECASE
)
_PERMISSION = re.compile(
    r"adequate permission|permission|not (authorized|allowed) to|access (is )?denied|security level", re.IGNORECASE
)
_INVALID = re.compile(
    r"reference value|is invalid|is required|must be|cannot be|unable to find .* field|not valid", re.IGNORECASE
)
_MISSING = re.compile(r"no matching records? found|does not exist|could not be found|was not found", re.IGNORECASE)
_INTERNAL = re.compile(
    r"internal (server )?error|unexpected|time[d]?[- ]?out|deadlock|object reference|try again", re.IGNORECASE
)
_GATEWAY = frozenset((408, 502, 503, 504))
_SHOWN = 300


def judge(status: int, headers: Mapping[str, str], body: bytes, now: Instant, *, write: bool) -> Complaint | None:
    """What is wrong with an answer; ``None``: nothing. ``now`` is for a ``Retry-After`` that is a date."""
    texts = _texts(body)
    if 200 <= status < 300 and not texts:
        return None
    said = clean_text(" | ".join(texts)) if texts else _snippet(body)
    if status == 429 or _THREADS.search(said):
        after = retry_after(headers.get("retry-after"), now)
        return Complaint(Throttled(said, retry_after_seconds=after), Again.SURELY)
    if status == 401:
        return Complaint(Unauthorized(said), Again.ELSEWHERE)
    if status == 403:
        return Complaint(PermissionMissing(said))
    if status == 404:
        # The API answers in JSON; a page of the web server's own means that the address is wrong, not the id.
        is_page = body.lstrip().startswith(b"<")
        return Complaint(BadAnswer(f"no such address: {said}") if is_page else NotFound(said))
    if status in _GATEWAY:
        return _unanswered(f"HTTP {status}: {said}", Again.IF_READ, write=write)
    if 400 <= status < 500:
        return Complaint(PermissionMissing(said) if _PERMISSION.search(said) else Invalid(f"HTTP {status}: {said}"))
    if 300 <= status < 400:
        return Complaint(BadAnswer(f"HTTP {status}: a redirection, which is not followed with a secret"))
    return _by_words(status, said, explained=bool(texts), write=write)


def unsent(error: Exception) -> Complaint:
    """No connection was made: nothing was sent."""
    return Complaint(Unreachable(type(error).__name__), Again.SURELY)


def unanswered(error: Exception, *, write: bool) -> Complaint:
    """The connection broke or the time was up, after the request may have been sent."""
    return _unanswered(type(error).__name__, Again.IF_READ, write=write)


def unreadable(detail: str, *, write: bool) -> Complaint:
    """An answer of success that is no JSON object."""
    error = OutcomeUnknown(detail) if write else BadAnswer(detail)
    return Complaint(error, Again.IF_READ_AND_FEW)


def retry_after(value: str | None, now: Instant) -> float | None:
    """The seconds a ``Retry-After`` asks for, given as seconds or as a date; ``None`` when it says nothing."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        if text.isdigit():
            return float(text)
        return max(0.0, (to_instant(parsedate_to_datetime(text)) - now) / SECOND)
    except (ValueError, OverflowError):
        return None


def _by_words(status: int, said: str, *, explained: bool, write: bool) -> Complaint:
    if _PERMISSION.search(said):
        return Complaint(PermissionMissing(said))
    if _INVALID.search(said):
        return Complaint(Invalid(said))
    if _MISSING.search(said):
        return Complaint(NotFound(said))
    if write and explained and not _INTERNAL.search(said):
        return Complaint(Invalid(said))
    return _unanswered(f"HTTP {status}: {said}", Again.IF_READ_AND_FEW, write=write)


def _unanswered(detail: str, again: Again, *, write: bool) -> Complaint:
    return Complaint(OutcomeUnknown(detail) if write else Unreachable(detail), again)


def _texts(body: bytes) -> list[str]:
    """The texts in ``errors``, Autotask's way to complain under any status."""
    if b"rrors" not in body:
        return []
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return []
    errors = (
        next((value for key, value in document.items() if key.lower() == "errors"), None)
        if (isinstance(document, dict))
        else None
    )
    if isinstance(errors, str):
        return [errors] if errors else []
    return [str(text) for text in errors if text] if isinstance(errors, list) else []


def _snippet(body: bytes) -> str:
    """The beginning of a body that is no JSON, tags left out."""
    text = re.sub(r"<[^>]*>", " ", body[:4_000].decode("utf-8", "replace"))
    return clean_text(" ".join(text.split()))[:_SHOWN]
