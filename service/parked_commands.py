"""``techscore parked list|retry|discard``: what could not be counted, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from models.ledger import ParkedKind
from models.settings import Settings, load_settings
from service import logs
from service.commands import guarded

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
    from service import parked_by_hand  # noqa: PLC0415 - the other commands need not load it

    raise typer.Exit(guarded(lambda: parked_by_hand.show(_settings(), kind, limit)))


@app.command("retry")
def retry(
    items: Items = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is parked.")] = False,
) -> None:
    """Try parked items again now. They are also tried by themselves, after a minute, then twice as long each time."""
    from service import parked_by_hand  # noqa: PLC0415 - see show

    raise typer.Exit(guarded(lambda: parked_by_hand.retry(_settings(), items or (), everything=everything)))


@app.command("discard")
def discard(
    items: Annotated[list[str], typer.Argument(metavar="POSITION...", help="Positions of parked events.")],
    reason: Annotated[str, typer.Option(help="Why they need not count; kept with your name.")],
    author: Annotated[str | None, typer.Option(help="Who decided it; you, if not given.")] = None,
) -> None:
    """Give parked events up for good: they count nowhere, and a rebuild does not park them again."""
    from service import parked_by_hand  # noqa: PLC0415 - see show

    raise typer.Exit(guarded(lambda: parked_by_hand.discard(_settings(), items, reason, author)))


def _settings() -> Settings:
    settings = load_settings()
    logs.configure(settings.log_format, logs.secrets_of(settings))
    return settings
