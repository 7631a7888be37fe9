"""``techscore parked list|retry|discard``: what could not be counted, and what to do about it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Annotated

import typer

from models.database import Database
from models.errors import ConfigurationError
from models.instants import SECOND, Instant, isoformat
from models.ledger import ParkedKind
from models.schema import upgrade
from models.settings import Settings, load_settings
from service import logs
from service.commands import guarded
from service.jobs import PARKED_DISCARD, PARKED_RETRY, carry_out
from service.parked import ParkedItem, parked_items
from service.projection.ledger.tables import Key
from service.projection.parking import INBOX
from service.projection.retry import Wanted, item_key, item_word
from service.reading import Reader

MAX_REASON_LENGTH = 500
_PAGE = 500
_HEAD = ("ITEM", "ENTITY", "REASON", "SINCE", "TRIED", "NEXT TRY", "DETAIL")

app = typer.Typer(help="Events that cannot be read and subjects whose KPI raises.", no_args_is_help=True)

Items = Annotated[
    list[str] | None, typer.Argument(metavar="ITEM...", help="As listed: 17 is an event, Ticket/3 a subject.")
]


@app.command("list")
def show(
    kind: Annotated[ParkedKind | None, typer.Option(help="Only events, or only subjects.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the longest parked first.", min=1)] = 100,
) -> None:
    """Every parked item: what it is, why, since when, how often it was tried, and when it is tried next."""

    def run() -> int:
        settings = _settings()
        found = _listed(settings, kind, limit + 1)
        for line in _table(found[:limit]):
            typer.echo(line)
        if len(found) > limit:
            typer.echo(f"more than {limit}: --limit shows more", err=True)
        return 0

    raise typer.Exit(guarded(run))


@app.command("retry")
def retry(
    items: Items = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is parked.")] = False,
) -> None:
    """Try parked items again now. They are also tried by themselves, after a minute, then twice as long each time."""

    def run() -> int:
        if bool(items) == everything:
            raise ConfigurationError("say which items to try again, or --all")
        wanted = Wanted(_keys(items or ()))
        return carry_out(_settings(), PARKED_RETRY, wanted.dumped(), typer.echo)

    raise typer.Exit(guarded(run))


@app.command("discard")
def discard(
    items: Annotated[list[str], typer.Argument(metavar="POSITION...", help="Positions of parked events.")],
    reason: Annotated[str, typer.Option(help="Why they need not count; kept with your name.")],
    author: Annotated[str | None, typer.Option(help="Who decided it; you, if not given.")] = None,
) -> None:
    """Give parked events up for good: they count nowhere, and a rebuild does not park them again."""

    def run() -> int:
        keys = _keys(items)
        subjects = [item_word(key) for key in keys if key.type != INBOX]
        if subjects:
            raise ConfigurationError(
                f"only events can be discarded, not {subjects[0]}: a parked subject keeps what it had counted and is "
                "tried again; retry it when the cause is gone"
            )
        who = getpass.getuser() if author is None else author
        wanted = Wanted(keys, _line("--reason", reason), _line("--author", who))
        return carry_out(_settings(), PARKED_DISCARD, wanted.dumped(), typer.echo)

    raise typer.Exit(guarded(run))


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


def _settings() -> Settings:
    settings = load_settings()
    logs.configure(settings.log_format, logs.secrets_of(settings))
    return settings
