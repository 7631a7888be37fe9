"""``techscore digest``: looked at first, sent once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from tests.scorecards.shop import Shop


@pytest.fixture(autouse=True)
def environment(story: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The story's database and a folder for digests, as the settings name them."""
    for name in [name for name in os.environ if name.startswith("TECHSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TECHSCORE_DATABASE_URL", story.database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("TECHSCORE_DIGEST_FOLDER", str(tmp_path / "digests"))
    monkeypatch.setenv("TECHSCORE_DIGEST_TO", "manager@example.com")


def run(*words: str) -> Result:
    """A ``techscore digest`` command."""
    return CliRunner().invoke(app, ["digest", *words])


def test_a_dry_run_shows_all_and_sends_nothing(tmp_path: Path) -> None:
    """Every reader with their address; no file, and the next real run sends all."""
    shown = run("--dry-run")
    assert 0 == shown.exit_code
    assert "== manager (manager@example.com)\n" in shown.stdout
    assert "== technician:101 (no address)\n" in shown.stdout
    assert not (tmp_path / "digests").exists()
    assert "4 sent, 0 not delivered, 0 not sent again\n" == run("--to", "file").stdout


def test_a_second_run_sends_nothing_unless_asked(tmp_path: Path) -> None:
    """Once a week; ``--again`` sends what was sent."""
    first, second, third = run("--to", "file"), run("--to", "file"), run("--to", "file", "--again")
    assert "4 sent, 0 not delivered, 0 not sent again\n" == first.stdout
    assert "0 sent, 0 not delivered, 4 not sent again\n" == second.stdout
    assert "4 sent, 0 not delivered, 0 not sent again\n" == third.stdout
    assert 8 == len(list((tmp_path / "digests").iterdir()))


def test_what_is_not_delivered_is_an_exit_code(tmp_path: Path) -> None:
    """A file in the folder's place."""
    (tmp_path / "digests").write_text("")
    sent = run("--to", "file")
    assert (1, "0 sent, 4 not delivered, 0 not sent again\n") == (sent.exit_code, sent.stdout)


def test_without_a_way_it_is_said_which_there_are() -> None:
    """The digest is off by default."""
    sent = run()
    assert os.EX_CONFIG == sent.exit_code
    assert "--to file, --to smtp, --to webhook" in sent.stderr
