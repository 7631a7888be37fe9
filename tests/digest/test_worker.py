"""The leading worker posts the digests by itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.clock import ManualClock
from models.database import Database
from models.errors import ConfigurationError
from models.settings import load_settings
from service.worker import Worker
from tests.e2e.running import until
from tests.projection.harness import at

MONDAY = at("2026-09-14 12:00")


def test_a_worker_that_leads_sends_the_digest(database: Database, tmp_path: Path) -> None:
    """On a Monday, once there are figures."""
    url = database.url.render_as_string(hide_password=False)
    settings = load_settings(database_url=url, digest="file", digest_folder=tmp_path / "digests")
    stop = threading.Event()
    worker = threading.Thread(target=Worker(settings, database, ManualClock(MONDAY), stop).run)
    worker.start()
    try:
        until("the digest is there", (tmp_path / "digests" / "2026-09-14-manager.html").exists, 90)
    finally:
        stop.set()
        worker.join()
    assert "Nobody this week." in (tmp_path / "digests" / "2026-09-14-manager.txt").read_text("utf-8")


def test_a_worker_whose_digest_has_no_way_out_does_not_start(database: Database) -> None:
    """The sentence names the setting, before anything is done."""
    url = database.url.render_as_string(hide_password=False)
    settings = load_settings(database_url=url, digest="webhook", digest_smtp_password=SecretStr("s"))
    with pytest.raises(ConfigurationError, match="TECHSCORE_DIGEST_WEBHOOK_URL"):
        Worker(settings, database, ManualClock(MONDAY), threading.Event())
