"""Reading a webhook's body, and blanking its prose before it is stored.

*Prose* is what people typed into descriptions, resolutions, notes and summaries: it holds customers' passwords
and nothing counts it (design §4). Titles stay. ``parse`` is the one reader of bodies: what it cannot read at the
door it cannot read later either, so a row's entity columns and its observation never disagree.
"""

from __future__ import annotations

import json
import math
from codecs import BOM_UTF8
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models.errors import Unreadable

MAX_DEPTH = 100
"""Levels of nesting read; Autotask's bodies have 2 to 4. Independent of the interpreter's own stack limit."""

_PROSE = frozenset(
    (
        "description",
        "resolution",
        "note",
        "notes",
        "notetext",
        "notedescription",
        "summary",
        "summarynote",
        "summarynotes",
        "internalnote",
        "internalnotes",
    )
)
_NAMING = frozenset(("name", "field", "fieldname", "key"))
_NAMED = frozenset(("value", "oldvalue", "newvalue"))
_BLANK = ""
_LONGEST_CACHED_KEY = 64

Pairs = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Blanked:
    """A body fit to be stored, and what it says (``None``: unreadable, kept as it came)."""

    body: bytes
    document: object


def is_prose(name: str) -> bool:
    """Whether a field of that name holds prose."""
    return _word(name) in _PROSE


def blank(body: bytes) -> Blanked:
    """``body`` with its prose blanked; byte for byte as it came unless there was prose or a key stood twice."""
    reader = _Reader()
    try:
        document = _load(body, reader)
    except Unreadable:
        return Blanked(body, None)
    if reader.changed:
        return Blanked(json.dumps(document, separators=(",", ":")).encode(), document)
    return Blanked(body, document)


def parse(body: bytes) -> object:
    """The JSON document in ``body``; of a key that stands twice the last counts.

    ``Unreadable`` (``not_json``) for anything but UTF-8 JSON, with or without BOM, of at most ``MAX_DEPTH`` levels.
    """
    return _load(body, None)


def _load(body: bytes, reader: _Reader | None) -> object:
    try:
        text = body.removeprefix(BOM_UTF8).decode()
        document = (_PLAIN if reader is None else _decoder(reader)).decode(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json") from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth_exceeds(document, MAX_DEPTH):
        raise Unreadable("not_json", "nested too deeply")
    return document


class _Reader:
    """The hook that sees every object while it is parsed, innermost first."""

    def __init__(self) -> None:
        self.changed = False

    def __call__(self, pairs: Pairs) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) != len(pairs):
            self.changed = True  # the losers may hold prose: they are not stored
        for key, value in document.items():
            word = _word(key)
            if word in _PROSE:
                self._blank(document, key)
            elif word in _NAMING and isinstance(value, str) and _word(value) in _PROSE:
                for named in document:
                    if _word(named) in _NAMED:
                        self._blank(document, named)
        return document

    def _blank(self, document: dict[str, Any], key: str) -> None:
        if document[key] not in (None, _BLANK):
            document[key] = _BLANK
            self.changed = True


def _word(key: str) -> str:
    return _cached_word(key) if len(key) <= _LONGEST_CACHED_KEY else _plain_word(key)


def _plain_word(key: str) -> str:
    """``Internal Notes``, ``internal_notes`` and ``InternalNotes`` are the same word."""
    return "".join(filter(str.isalnum, key)).casefold()


_cached_word = lru_cache(maxsize=2_048)(_plain_word)


def _depth_exceeds(document: object, limit: int) -> bool:
    level: list[object] = [document]
    for _ in range(limit + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return True


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # 1e400 would be written back as Infinity, which is not JSON
        raise ValueError(f"{text[:20]} is out of range")
    return number


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _decoder(reader: _Reader | None) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=reader, parse_constant=_refuse_constant, parse_float=_finite)


_PLAIN = _decoder(None)
"""Made once: to make a decoder takes as long as to read a body."""
