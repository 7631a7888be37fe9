"""``techscore export``: a month's workbook or CSV, made of the ledger that is shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from models.database import Database
from models.errors import ConfigurationError
from models.settings import Settings
from service.access.scopes import EVERYBODY
from service.reading import NoFiguresYet, Reader, View
from service.scorecards.scorecard import scorecard
from service.scorecards.windows import UnknownWindow
from service.workbook.content import month_asked
from service.workbook.csv import csv_of
from service.workbook.writing import write_workbook

Say = Callable[[str], None]
STANDARD_OUTPUT = "-"
XLSX, CSV = "xlsx", "csv"


def export(settings: Settings, month: str, kind: str, output: str | None, say: Say) -> int:
    """Write a month; 0.

    ``kind``: ``xlsx`` or ``csv``; ``output``: a file (named for the month without one), ``-`` for CSV on the terminal.
    """
    name = month_asked(month)
    if output == STANDARD_OUTPUT and kind != CSV:
        raise ConfigurationError("a workbook cannot be shown in a terminal; give --output a file")
    main = Database(settings.database_url)
    reader = Reader(main)
    try:
        with reader.view() as view:
            if output == STANDARD_OUTPUT:
                say(csv_of(scorecard(view, name)))
                return 0
            path = Path(output or f"techscore-{name}.{kind}")
            _replace(path, lambda scratch: _write(view, name, kind, settings, scratch))
    except NoFiguresYet as error:
        raise ConfigurationError(str(error)) from None
    except UnknownWindow:
        raise ConfigurationError(f"{name} has not begun") from None
    finally:
        reader.close()
        main.close()
    say(f"{path}")
    return 0


def _write(view: View, month: str, kind: str, settings: Settings, path: Path) -> None:
    if kind == XLSX:
        write_workbook(view, month, EVERYBODY, settings, path)
    else:
        path.write_bytes(csv_of(scorecard(view, month)).encode())


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside the file and put it in its place: nobody opens half a workbook."""
    try:
        handle, name = mkstemp(prefix=".techscore-", dir=path.parent)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    os.close(handle)
    scratch = Path(name)
    try:
        write(scratch)
        scratch.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(FileNotFoundError):
            scratch.unlink()
