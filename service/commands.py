"""What commands have in common: errors a user can do something about become a sentence and an exit code."""

from __future__ import annotations

import os
from collections.abc import Callable

import typer

from models.errors import ConfigurationError, StorageError


def guarded(run: Callable[[], int]) -> int:
    """Run a command; its exit code."""
    try:
        return run()
    except ConfigurationError as error:
        return complain(error)
    except StorageError as error:
        typer.echo(f"techscore: {error}", err=True)
        return os.EX_UNAVAILABLE


def complain(error: ConfigurationError) -> int:
    """Say what is to be changed; the exit code."""
    typer.echo(f"techscore: {error}", err=True)
    return os.EX_CONFIG
