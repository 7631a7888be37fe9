"""``techscore tokens create|list|revoke``. Who may run it can read the database anyway; it asks for no token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from models.clock import WallClock
from models.database import Database
from models.errors import ConfigurationError
from models.instants import SECOND, Instant, isoformat
from models.settings import load_settings
from service.access.scopes import ALLOWED
from service.access.tokens import KnownToken, create_token, list_tokens, prefix_of, revoke_token
from service.commands import guarded

app = typer.Typer(help="Access tokens: who may come in, and what they may see.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="Whom or what it is for, as the list will show it.")],
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(ALLOWED)}; may be given again.")],
) -> None:
    """Make a token and print it: once, for only its hash is kept."""

    def run() -> int:
        with _database() as database, database.write() as connection:
            text = create_token(connection, name, scope, WallClock().now())
        typer.echo(text)
        typer.echo("Keep it now: it is not shown again.", err=True)
        return 0

    raise typer.Exit(guarded(run))


@app.command("list")
def show() -> None:
    """Every token by its prefix, with scopes, name, when it was made, used last (to the hour) and revoked."""

    def run() -> int:
        with _database() as database, database.read() as connection:
            tokens = list_tokens(connection)
        for line in _table(tokens):
            typer.echo(line)
        return 0

    raise typer.Exit(guarded(run))


@app.command("revoke")
def revoke(prefix: Annotated[str, typer.Argument(help="The 8 characters after tsc_, or the whole token.")]) -> None:
    """End a token, for good; running services see it within 5 seconds."""

    def run() -> int:
        short = prefix_of(prefix) or prefix
        with _database() as database, database.write() as connection:
            found = revoke_token(connection, short, WallClock().now())
        if not found:
            # What was given may be a token with a letter missing: it is not repeated.
            raise ConfigurationError("there is no token of that prefix; techscore tokens list shows them")
        typer.echo(f"{short} is revoked")
        return 0

    raise typer.Exit(guarded(run))


@contextmanager
def _database() -> Iterator[Database]:
    from models.schema import upgrade  # noqa: PLC0415 - the other commands need not load it

    database = Database(load_settings().database_url)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()


def _table(tokens: list[KnownToken]) -> list[str]:
    head = ("PREFIX", "SCOPES", "NAME", "CREATED", "LAST USED", "REVOKED")
    rows = [
        (
            token.prefix,
            " ".join(token.scopes),
            token.name,
            _moment(token.created_at),
            _moment(token.last_used_at),
            _moment(token.revoked_at),
        )
        for token in tokens
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]


def _moment(instant: Instant | None) -> str:
    return "-" if instant is None else isoformat(instant // SECOND * SECOND)
