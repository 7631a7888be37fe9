"""Rows of a ticket's history to changes of its fields (pure; kpis.md R14, design §4).

A row is understood when it says, in one of the known languages, that nothing told here changed, or which field
changed from what to what, and both values are known by exactly one reading. Whatever else a row says is kept
verbatim and leaves the history incomplete: a guess here would be a hand-up that never was.

Text is hostile: a description may hold lines that look like changes. A row that names a field of prose is that
field's alone, and a change hidden in its further lines makes the row unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.history.labels import Labels, plain
from ingest.history.words import ALL, Language
from ingest.own import HistoryLine
from ingest.values import clean_text
from models.instants import Instant, parse_instant

MAX_DETAIL = 8_000
"""The longest detail Autotask stores; what is longer is not its own."""
MAX_UNKNOWN = 50
_QUOTES = "\"'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}[]"
_SLOT = re.compile(r"\{(?:field|old|new)\}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a history says: changes in their order, and verbatim what nobody understood (500 characters of a row)."""

    lines: tuple[HistoryLine, ...]
    unknown: tuple[str, ...]

    @property
    def understood(self) -> bool:
        """Whether every row was."""
        return not self.unknown


@dataclass(frozen=True, slots=True)
class _Template:
    """A template cut at its slots: what stands before the old value (after the field), between, and after the new."""

    opening: str
    between: str
    closing: str


def read_history(rows: Iterable[Mapping[str, Any]], labels: Labels, language: Language = ALL) -> Reading:
    """Read rows as served (``id``, ``action``, ``date``, ``detail``), in any order."""
    lines: list[tuple[Instant, int, HistoryLine]] = []
    unknown: list[str] = []
    for row in rows:
        changes = _row(row, labels, language)
        if changes is None:
            unknown.append(_verbatim(row))
            continue
        at, found = changes
        lines += [(at, int(row.get("id") or 0), HistoryLine(at, *change)) for change in found]
    ordered = tuple(line for _, _, line in sorted(lines, key=lambda one: one[:2]))
    return Reading(ordered, (*unknown[:MAX_UNKNOWN], *_breaks(ordered)))


_Change = tuple[str, int | None, int | None]


def _row(row: Mapping[str, Any], labels: Labels, language: Language) -> tuple[Instant, list[_Change]] | None:
    """When, and the changes of one row (none: irrelevant); ``None`` when it is not understood."""
    action, detail = _text(row.get("action")), _text(row.get("detail"))
    try:
        at = parse_instant(_text(row.get("date")))
    except (ValueError, OverflowError):
        return None
    if len(detail) > MAX_DETAIL:
        return None
    changes = _understand(plain(action), detail, labels, language)
    return None if changes is None else (at, changes)


def _understand(action: str, detail: str, labels: Labels, language: Language) -> list[_Change] | None:
    named = _named(action, language)
    pieces = [piece.strip() for piece in detail.replace("\r", "\n").split("\n") if piece.strip()]
    if action in language.actions or named in language.others or named in language.prose:
        return None if _hides_a_change(pieces, language) else []
    if named is None and action not in language.edits and action:
        return None
    changes: list[_Change] = []
    for number, piece in enumerate(pieces):
        field, rest = _field_of(piece, language)
        if field is None and named is not None:
            field, rest = _told(named, language), piece
        if field is None:
            other = _other_of(piece, language)
            if other is None:
                return None
            if other in language.prose:
                return None if _hides_a_change(pieces[number + 1 :], language) else changes
            continue
        change = _values(field, rest, labels, language)
        if change is None:
            return None
        changes.append(change)
    if named is not None and not pieces:
        return None  # a change of a told field that does not say which
    return changes


def _named(action: str, language: Language) -> str | None:
    """The field an action names, or ``None``: "queue changed" names the queue."""
    known = {word for words in language.fields.values() for word in words} | language.others | language.prose
    for suffix in language.action_suffixes:
        if action.endswith(suffix) and (word := action.removesuffix(suffix)) in known:
            return word
    return None


def _told(word: str, language: Language) -> str | None:
    return next((name for name, words in language.fields.items() if word in words), None)


def _field_of(piece: str, language: Language) -> tuple[str | None, str]:
    """The told field a line begins with and what follows the field's name; the longest name that fits."""
    names = [(word, name) for name, words in language.fields.items() for word in words]
    word, name = max((one for one in names if _begins(piece, one[0])), key=lambda one: len(one[0]), default=("", ""))
    other = _other_of(piece, language)
    if not word or (other is not None and len(other) > len(word)):
        return None, piece
    return name, piece[len(word) :]


def _other_of(piece: str, language: Language) -> str | None:
    words = [word for word in language.others | language.prose if _begins(piece, word)]
    return max(words, key=len, default=None)


def _begins(piece: str, word: str) -> bool:
    """Whether a line begins with a field's name, as a word of its own."""
    return piece[: len(word)].casefold() == word and not piece[len(word) : len(word) + 1].isalnum()


def _hides_a_change(pieces: Sequence[str], language: Language) -> bool:
    """Whether lines that belong to something else look like a change of a told field."""
    return any(_field_of(piece, language)[0] is not None and _shaped(piece, language) for piece in pieces)


def _shaped(piece: str, language: Language) -> bool:
    rest = _field_of(piece, language)[1]
    return next(_splits(rest, language), None) is not None


def _values(field: str, rest: str, labels: Labels, language: Language) -> _Change | None:
    """The one way to read old and new value out of what follows the field's name, or ``None``."""
    readings = {
        (old, new)
        for one, other in _splits(rest, language)
        if (old := _value(field, one, labels, language)) is not _UNKNOWN
        and (new := _value(field, other, labels, language)) is not _UNKNOWN
    }
    if len(readings) != 1:
        return None
    old, new = readings.pop()
    return field, old, new  # type: ignore[return-value] # the sentinel is ruled out above


_UNKNOWN = object()


def _value(field: str, text: str, labels: Labels, language: Language) -> object:
    for candidate in (text.strip(), text.strip().strip(_QUOTES).strip()):
        if (found := labels.find(field, candidate)) is not None:
            return found
        if plain(candidate) in language.nobody:
            return None
    return _UNKNOWN


def _splits(rest: str, language: Language) -> Iterator[tuple[str, str]]:
    """Every way to cut what follows a field's name into an old and a new value."""
    folded = _folded(rest)
    for template in _templates(language):
        if not folded.startswith(template.opening) or not folded.endswith(template.closing):
            continue
        end = len(rest) - len(template.closing)
        inner, inner_folded = rest[len(template.opening) : end], folded[len(template.opening) : end]
        start = 0
        while (place := inner_folded.find(template.between, start)) >= 0:
            yield inner[:place], inner[place + len(template.between) :]
            start = place + 1


def _folded(text: str) -> str:
    """Text without regard to case, of the same length: what is found in it is cut from the original."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _templates(language: Language) -> Iterator[_Template]:
    for template in language.templates:
        _, opening, between, closing = _SLOT.split(_folded(template))
        yield _Template(opening, between, closing)
        yield _Template(opening.lstrip(": "), between, closing)  # the action named the field


def _breaks(lines: Sequence[HistoryLine]) -> Iterator[str]:
    """Where a field's old value is not what it had become: a change in between is missing."""
    known: dict[str, int | None] = {}
    for line in lines:
        if line.field in known and known[line.field] != line.old:
            yield f"{line.field} was {known[line.field]}, a later line says it was {line.old}"
        known[line.field] = line.new


def _verbatim(row: Mapping[str, Any]) -> str:
    return clean_text(f"{_text(row.get('action'))}: {_text(row.get('detail'))}")


def _text(raw: object) -> str:
    return raw.replace("\x00", "") if isinstance(raw, str) else ""
