"""LibreOffice as the spreadsheet that recomputes a workbook from nothing: all kept values are thrown away before."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types of its own
import pytest

MISSING = "LibreOffice Calc is not installed (Debian: libreoffice-calc-nogui): nothing to recalculate with"
SECONDS = 180


def require_calc() -> str:
    """The command; a laptop without it skips, CI fails."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return found


def recalculated(path: Path, folder: Path) -> Any:
    """The workbook with every formula worked out anew (an ``openpyxl`` workbook of values)."""
    command, bare, out = require_calc(), folder / "bare.xlsx", folder / "out"
    book = openpyxl.load_workbook(path)
    book.save(bare)  # formulas only: what they came to is not kept
    book.close()
    assert {None} == {cell for row in formulas_without_values(bare) for cell in row}
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    arguments = [command, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(bare)]
    surroundings = {**os.environ, "HOME": str(folder)}
    subprocess.run(arguments, check=True, capture_output=True, timeout=SECONDS, env=surroundings)
    return openpyxl.load_workbook(out / "bare.xlsx", data_only=True)


def formulas_without_values(path: Path) -> list[list[Any]]:
    """The kept values of all formulas of a workbook."""
    told, kept = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    found = [
        [kept[sheet.title][cell.coordinate].value for row in sheet.rows for cell in row if cell.data_type == "f"]
        for sheet in told.worksheets
    ]
    told.close()
    kept.close()
    return [values for values in found if values]
