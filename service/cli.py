"""The ``techscore`` command. Thin: every command reads settings, calls one function, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from models.errors import ConfigurationError
from models.settings import Settings, load_settings
from service import logs, parked_commands, webhook_commands
from service.access import commands as access
from service.commands import complain, guarded

app = typer.Typer(
    name="techscore",
    help="The Tech Balanced Scorecard from Autotask PSA: seconds fresh, every digit provable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The main database.", no_args_is_help=True)
config = typer.Typer(help="Settings and policy.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(config, name="config")
app.add_typer(access.app, name="tokens")
app.add_typer(parked_commands.app, name="parked")
app.add_typer(webhook_commands.app, name="webhooks")


_DAYS_A_MONTH = 30.44


class Format(StrEnum):
    """What ``export`` writes."""

    XLSX = "xlsx"
    CSV = "csv"


class Channel(StrEnum):
    """How a digest goes out."""

    FILE = "file"
    SMTP = "smtp"
    WEBHOOK = "webhook"


class Role(StrEnum):
    """Which part of the service a process is."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


@app.command()
def serve(role: Annotated[Role, typer.Option(help="Both, or one of the two processes.")] = Role.ALL) -> None:
    """Receive webhooks, keep the scorecard, show it."""
    from service import serve as runs  # noqa: PLC0415 - the web stack is not needed by the other commands

    settings = _settings()
    run: dict[Role, Callable[[Settings], int]] = {
        Role.ALL: runs.serve_all,
        Role.WEB: runs.serve_web,
        Role.WORKER: runs.serve_worker,
    }
    raise typer.Exit(guarded(lambda: run[role](settings)))


@app.command()
def demo(
    *,
    seconds: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="How long life goes on, as 20s or 5m.")
    ] = None,
    leave: Annotated[bool, typer.Option("--exit", help="End by itself, with exit code 0 if verify agreed.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the service; 8000 if it is free.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed lives the same life.")] = 1,
    speed: Annotated[float | None, typer.Option(help="Desk seconds per real second.", min=1.0)] = None,
    days: Annotated[int, typer.Option(help="How many days have passed at the desk.", min=7, max=400)] = 90,
    months: Annotated[int | None, typer.Option(help="The same in months.", min=1, max=13)] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the scratch folder.")] = False,
) -> None:
    """A make-believe MSP on a make-believe Autotask, and a real service in a scratch folder that reads it."""
    from simulator import demo as demos  # noqa: PLC0415 - nothing else uses the simulator

    duration = None if seconds is None else _seconds(seconds)
    code = demos.run_demo(
        duration=duration,
        exit_after=leave,
        port=port,
        seed=seed,
        speed=demos.DEFAULT_SPEED if speed is None else speed,
        keep=keep,
        days=days if months is None else round(months * _DAYS_A_MONTH),
    )
    raise typer.Exit(code)


@app.command()
def verify() -> None:
    """Prove the ledger against the inbox; exit 1 and the differences if it is not what the facts say."""
    from service.proof import prove  # noqa: PLC0415 - see serve

    raise typer.Exit(guarded(lambda: prove(_settings(), typer.echo)))


@app.command()
def rebuild() -> None:
    """Build the ledger anew from the inbox beside the live one, then switch."""
    from service.jobs import REBUILD, carry_out  # noqa: PLC0415 - see serve

    raise typer.Exit(guarded(lambda: carry_out(_settings(), REBUILD, None, typer.echo)))


@app.command()
def backfill(
    since: Annotated[str, typer.Option(metavar="WHEN", help="How far back: 13mo, 90d, 2w, 1y or a date.")] = "13mo",
) -> None:
    """Read the past from Autotask, the newest month first, beside whatever else runs; goes on where it was stopped."""
    from models.instants import isoformat  # noqa: PLC0415 - see serve
    from service.jobs import carry_out  # noqa: PLC0415 - see serve
    from service.past import BACKFILL, begins  # noqa: PLC0415 - see serve

    def run() -> int:
        settings = _settings()
        typer.echo(f"everything since {isoformat(begins(settings, since))}")
        return carry_out(settings, BACKFILL, since, typer.echo, join=True)

    raise typer.Exit(guarded(run))


@app.command()
def reconcile(
    days: Annotated[int, typer.Option(help="How many days back to compare.", min=1, max=400)] = 35,
) -> None:
    """Compare what is stored with what Autotask says, repair what differs, drain the log of events not delivered."""
    from service.jobs import carry_out  # noqa: PLC0415 - see serve
    from service.past import RECONCILE, asked  # noqa: PLC0415 - see serve

    def run() -> int:
        settings = _settings()
        return carry_out(settings, RECONCILE, asked(settings, days), typer.echo, join=True)

    raise typer.Exit(guarded(run))


@app.command()
def doctor() -> None:
    """Say for each KPI whether it can be measured here, else why and what to change; exit 1 if one cannot."""
    from service.doctor import tell  # noqa: PLC0415 - see serve

    raise typer.Exit(guarded(lambda: tell(_settings(), typer.echo)))


@app.command()
def health(role: Annotated[Role, typer.Option(help="What is to be alive here.")] = Role.ALL) -> None:
    """Say whether what runs here is alive, for health checks of containers; exit 1 if not."""
    from service.probe import WEB, WORKER, probe  # noqa: PLC0415 - see serve

    roles = frozenset((WEB, WORKER) if role is Role.ALL else (role.value,))
    raise typer.Exit(guarded(lambda: probe(_settings(), roles, typer.echo)))


@app.command()
def export(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Which month.")],
    kind: Annotated[Format, typer.Option("--format", help="A workbook, or lines for scripts.")] = Format.XLSX,
    output: Annotated[str | None, typer.Option(metavar="FILE", help="Where to; - shows CSV here.")] = None,
) -> None:
    """The scorecard of a month as a workbook that recomputes itself from its evidence, or as CSV."""
    from service.exporting import export as write  # noqa: PLC0415 - see serve

    raise typer.Exit(guarded(lambda: write(_settings(), month, kind, output, _print)))


@app.command()
def digest(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every message, send none.")] = False,
    to: Annotated[Channel | None, typer.Option(help="Which way, in place of TECHSCORE_DIGEST.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was sent this week already.")] = False,
) -> None:
    """Who needs help, with what, and what improved; for each technician their own three lines. Each once a week."""
    from service.digest.commands import preview, send  # noqa: PLC0415 - see serve

    def run() -> int:
        settings = _settings()
        return preview(settings, _print) if dry_run else send(settings, to or settings.digest, _print, again=again)

    raise typer.Exit(guarded(run))


@app.command()
def coaching(
    *,
    every: Annotated[bool, typer.Option("--all", help="Closed plans too.")] = False,
    technician: Annotated[int | None, typer.Option(metavar="ID", help="Of this technician only.", min=0)] = None,
) -> None:
    """List coaching plans and how they stand."""
    from service.coaching_command import tell  # noqa: PLC0415 - see serve

    raise typer.Exit(guarded(lambda: tell(_settings(), typer.echo, every=every, tech_id=technician)))


@app.command("rules")
def print_rules(
    runbooks: Annotated[
        str, typer.Option(metavar="PLACE", help="Where the alerts' pages are: an address, or a folder.")
    ] = "docs/alerts",
) -> None:
    """Print alert rules for Prometheus, made of the policy."""
    from models.policy import load_policy  # noqa: PLC0415 - see serve
    from service.alerts.catalogue import rule_file  # noqa: PLC0415 - see serve

    def run() -> int:
        typer.echo(rule_file(load_policy(_settings().named_policy_file), runbooks), nl=False)
        return 0

    raise typer.Exit(guarded(run))


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the main database to this release's schema; safe to run at any time, from many places at once."""
    from models.database import Database  # noqa: PLC0415 - see serve
    from models.schema import upgrade  # noqa: PLC0415 - see serve

    def run() -> int:
        database = Database(_settings().database_url)
        try:
            upgrade(database)
        finally:
            database.close()
        typer.echo("the database is at this release's schema")
        return 0

    raise typer.Exit(guarded(run))


@config.command("show")
def config_show() -> None:
    """Settings (secrets hidden) and the policy in force with all defaults."""
    from models.policy import load_policy  # noqa: PLC0415 - see serve

    def run() -> int:
        settings = _settings()
        for name, value in settings.redacted().items():
            typer.echo(f"{name}={value}")
        typer.echo(load_policy(settings.named_policy_file).to_json())
        return 0

    raise typer.Exit(guarded(run))


@config.command("check")
def config_check(
    policy_file: Annotated[
        Path | None, typer.Argument(help="A policy file; the configured one if none is given.")
    ] = None,
) -> None:
    """Check settings and policy file; every problem with its line, key and the allowed values."""
    from models.policy import load_policy  # noqa: PLC0415 - see serve

    def run() -> int:
        settings = _settings()
        policy = load_policy(policy_file or settings.named_policy_file)
        for label in policy.unresolved_labels():
            typer.echo(f"warning: {label} is a label; it counts once Autotask has told what it means")
        typer.echo("settings and policy can be used")
        return 0

    raise typer.Exit(guarded(run))


def main() -> NoReturn:
    """The console script."""
    app()
    raise SystemExit(0)


def _print(text: str) -> None:
    typer.echo(text, nl=not text.endswith("\n"))


def _settings() -> Settings:
    try:
        settings = load_settings()
    except ConfigurationError as error:
        raise SystemExit(complain(error)) from None
    logs.configure(settings.log_format, logs.secrets_of(settings))
    return settings


def _seconds(text: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (text[:-1], text[-1]) if text[-1:] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no duration; write 20s, 5m or 1h") from None
    if seconds <= 0:
        raise typer.BadParameter("a duration must be positive")
    return seconds
