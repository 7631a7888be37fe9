"""``techscore export``: a month as a file, or as lines in the terminal."""

from __future__ import annotations

import os
from pathlib import Path

import openpyxl  # type: ignore[import-untyped] # it has no types of its own
import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.workbook.csv import csv_of
from tests.scorecards.shop import Shop
from tests.workbook.tenancy import month_of_it


@pytest.fixture(autouse=True)
def environment(on_sqlite: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of the tenant that the settings name, and a folder of one's own."""
    for name in [name for name in os.environ if name.startswith("TECHSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TECHSCORE_DATABASE_URL", on_sqlite.database.url.render_as_string(hide_password=False))
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    """A ``techscore export`` command."""
    return CliRunner().invoke(app, ["export", *words])


def test_a_workbook_is_named_for_its_month(on_sqlite: Shop, tmp_path: Path) -> None:
    """Its name is said; nothing half-made lies beside it."""
    month = month_of_it(on_sqlite)
    made = run("--month", month)
    assert (0, f"techscore-{month}.xlsx\n") == (made.exit_code, made.stdout)
    assert [f"techscore-{month}.xlsx"] == [path.name for path in tmp_path.iterdir()]
    assert "Summary" == openpyxl.load_workbook(tmp_path / f"techscore-{month}.xlsx").sheetnames[0]


def test_csv_goes_to_a_file_or_to_the_terminal(on_sqlite: Shop, tmp_path: Path) -> None:
    """The same lines."""
    month = month_of_it(on_sqlite)
    expected = csv_of(on_sqlite.card(month))
    run("--month", month, "--format", "csv", "--output", "month.csv")
    shown = run("--month", month, "--format", "csv", "--output", "-")
    assert expected == (tmp_path / "month.csv").read_bytes().decode()
    assert expected.splitlines() == shown.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--month", "September"), "is no month"),
        (("--month", "2099-01"), "has not begun"),
        (("--month", "2026-10", "--output", "-"), "give --output a file"),
        (("--month", "2026-10", "--output", "nowhere/x.xlsx"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], told: str) -> None:
    """A sentence and the exit code of a wrong setting."""
    made = run(*words)
    assert os.EX_CONFIG == made.exit_code
    assert told in made.stderr
