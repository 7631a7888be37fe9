"""``techscore webhooks status|install|remove``: the webhooks that this installation has in Autotask."""

from __future__ import annotations

from typing import Annotated

import typer

from models.settings import load_settings
from service import logs
from service.commands import guarded

app = typer.Typer(help="The webhooks in Autotask that send events here.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]


@app.command("status")
def status() -> None:
    """Every difference between the webhooks in Autotask and those there should be; exit 1 if one is wrong."""
    _do("status")


@app.command("install")
def install(
    dry_run: DryRun = False,
    renew_secret: Annotated[
        bool, typer.Option("--renew-secret", help="Set the secret anew, where Autotask does not show it.")
    ] = False,
) -> None:
    """Make the webhooks that are missing and mend those that are wrong. A second run changes nothing."""
    _do("install", dry_run=dry_run, renew_secret=renew_secret)


@app.command("remove")
def remove(
    dry_run: DryRun = False,
    everyones: Annotated[
        bool, typer.Option("--all", help="Also those of other installations and of earlier addresses of this one.")
    ] = False,
) -> None:
    """Delete the webhooks of this installation."""
    _do("remove", dry_run=dry_run, everyones=everyones)


def _do(action: str, **how: bool) -> None:
    from ingest.autotask.credentials import credentials_of  # noqa: PLC0415 - the other commands need not load it
    from ingest.autotask.hooks import door_of  # noqa: PLC0415 - as above
    from service.jobs import carry_out  # noqa: PLC0415 - as above
    from service.webhooks import WEBHOOKS, Action, Wish  # noqa: PLC0415 - as above

    def run() -> int:
        settings = load_settings()
        logs.configure(settings.log_format, logs.secrets_of(settings))
        door_of(settings)  # what is missing is said here, before a job is left
        credentials_of(settings)
        return carry_out(settings, WEBHOOKS, Wish(Action(action), **how).dumped(), typer.echo)

    raise typer.Exit(guarded(run))
