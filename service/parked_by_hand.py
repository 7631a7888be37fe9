"""What ``techscore parked`` does: lists what is parked, and leaves jobs to try it again or to give it up."""

from __future__ import annotations

import getpass
from collections.abc import Sequence

import typer

from models.database import Database
from models.errors import ConfigurationError
from models.instants import SECOND, Instant, isoformat
from models.ledger import ParkedKind
from models.schema import upgrade
from models.settings import Settings
from service.jobs import PARKED_DISCARD, PARKED_RETRY, carry_out
from service.parked import ParkedItem, parked_items
from service.projection.ledger.tables import Key
from service.projection.parking import INBOX
from service.projection.retry import Wanted, item_key, item_word
from service.reading import Reader

MAX_REASON_LENGTH = 500
_PAGE = 500
_HEAD = ("ITEM", "ENTITY", "REASON", "SINCE", "TRIED", "NEXT TRY", "DETAIL")


def show(settings: Settings, kind: ParkedKind | None, limit: int) -> int:
    """Print at most ``limit`` items, the longest parked first; the exit code."""
    found = _listed(settings, kind, limit + 1)
    for line in _table(found[:limit]):
        typer.echo(line)
    if len(found) > limit:
        typer.echo(f"more than {limit}: --limit shows more", err=True)
    return 0


def retry(settings: Settings, items: Sequence[str], *, everything: bool) -> int:
    """Try them again and follow it; the exit code. ``ConfigurationError`` for words that are no items."""
    if bool(items) == everything:
        raise ConfigurationError("say which items to try again, or --all")
    wanted = Wanted(_keys(items))
    return carry_out(settings, PARKED_RETRY, wanted.dumped(), typer.echo)


def discard(settings: Settings, items: Sequence[str], reason: str, author: str | None) -> int:
    """Give events up and follow it; the exit code. ``ConfigurationError`` for what is no event, or not explained."""
    keys = _keys(items)
    subjects = [item_word(key) for key in keys if key.type != INBOX]
    if subjects:
        raise ConfigurationError(
            f"only events can be discarded, not {subjects[0]}: a parked subject keeps what it had counted and is "
            "tried again; retry it when the cause is gone"
        )
    who = getpass.getuser() if author is None else author
    wanted = Wanted(keys, _line("--reason", reason), _line("--author", who))
    return carry_out(settings, PARKED_DISCARD, wanted.dumped(), typer.echo)


def _keys(words: Sequence[str]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(item_key(word) for word in words))


def _line(option: str, text: str) -> str:
    text = text.strip()
    if not text or len(text) > MAX_REASON_LENGTH or not text.isprintable():
        raise ConfigurationError(f"{option} needs a line of at most {MAX_REASON_LENGTH} printable characters")
    return text


def _listed(settings: Settings, kind: ParkedKind | None, limit: int) -> list[ParkedItem]:
    main = Database(settings.database_url)
    reader = Reader(main)
    try:
        upgrade(main)
        found: list[ParkedItem] = []
        with reader.view() as view:
            while len(found) < limit:
                after = found[-1].place if found else None
                page = parked_items(main, view, after=after, kind=kind, limit=min(_PAGE, limit - len(found)))
                if not page:
                    break
                found += page
        return found
    finally:
        reader.close()
        main.close()


def _table(items: list[ParkedItem]) -> list[str]:
    rows = [
        (
            item.word,
            "-" if item.entity is None else item_word(item.entity),
            item.reason,
            _moment(item.since),
            str(item.attempts),
            _moment(item.next_retry_at),
            item.detail,
        )
        for item in items
    ]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (_HEAD, *rows)
    ]


def _moment(instant: Instant) -> str:
    return isoformat(instant // SECOND * SECOND)
