"""Monday's digest in the worker: looked at now and then, made and sent in a thread of its own.

A slow mail server holds up no event. What was sent is remembered in the main database, so a restart sends nothing
again; while the clock stands still (``TECHSCORE_NOW``) nothing is sent, for a replay is no Monday.
"""

from __future__ import annotations

from threading import Thread
from typing import Any

import structlog

from models.clock import Clock
from models.database import Database
from models.errors import StorageError
from models.instants import MINUTE, Instant
from models.policy import Policy
from models.settings import Settings
from service.coaching.store import plans
from service.digest.content import digest_of
from service.digest.delivery import Delivery, delivery
from service.digest.message import Message
from service.digest.period import is_due, week_of
from service.digest.render import messages
from service.digest.sending import send_all
from service.reading import NoFiguresYet, Reader

CLOSE_SECONDS = 25.0
OFF = "off"
log: Any = structlog.get_logger()


def messages_now(settings: Settings, main: Database) -> list[Message]:
    """The messages of the week the figures are of; ``NoFiguresYet`` before there are any."""
    reader = Reader(main)
    try:
        with main.read() as connection:
            found = plans(connection)
        with reader.view() as view:
            return messages(digest_of(view, found), settings, view.policy.zone)
    finally:
        reader.close()


class Post:
    """Sends a week's digest once it is due. ``ConfigurationError`` when its channel lacks a setting."""

    def __init__(self, settings: Settings, main: Database, clock: Clock) -> None:
        self._settings, self._main, self._clock = settings, main, clock
        self._way: Delivery | None = None
        if settings.digest != OFF and not clock.frozen:
            self._way = delivery(settings, settings.digest, clock.now)
        self._thread: Thread | None = None
        self._done = ""
        self._again_at: Instant = 0

    def look(self, as_of: Instant, policy: Policy) -> None:
        """Begin to send if something is due and nothing is under way."""
        if self._way is None or not is_due(as_of, policy) or week_of(as_of, policy) == self._done:
            return
        if self._clock.now() < self._again_at or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = Thread(target=self._run, args=(self._way,), name="digest", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until what is under way has ended."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Give what is under way some time to end; twice is fine. What then is not sent counts as unsure."""
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self, way: Delivery) -> None:
        self._again_at = self._clock.now() + MINUTE
        try:
            told = messages_now(self._settings, self._main)
            result = send_all(self._main, way, told, self._clock.now)
        except (StorageError, NoFiguresYet) as error:
            log.warning("digest_waits", detail=str(error))
        except Exception:
            log.exception("digest_failed")
        else:
            if not result.failed and not result.waiting and told:
                self._done = told[0].week
