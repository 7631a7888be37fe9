"""Sending a week's messages: each once, whatever restarts; what fails is tried again, later each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog

from models.database import Database
from models.desk import DigestState
from models.errors import NotDelivered
from models.instants import MINUTE, Instant
from service.digest import store
from service.digest.delivery import Delivery
from service.digest.message import Message
from service.digest.store import Place

FIRST_RETRY_MINUTES = 1
LAST_RETRY_MINUTES = 60
log: Any = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Result:
    """How many messages were sent, failed, wait for another try, and were left alone (sent before, or unsure)."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0
    left: int = 0


def send_all(
    main: Database, way: Delivery, messages: Iterable[Message], now: Callable[[], Instant], *, again: bool = False
) -> Result:
    """Send what was not sent. A message that fails holds up no other."""
    sent = failed = waiting = left = 0
    for message in messages:
        if not way.wants(message):
            continue
        place = Place(message.week, way.channel, message.reader)
        with main.write() as connection:
            attempt = store.claim(connection, place, now(), again=again)
        if attempt is None and _waits(main, place):
            waiting += 1
        elif attempt is None:
            left += 1
        elif _send(main, way, message, place, attempt, now):
            sent += 1
        else:
            failed += 1
    return Result(sent, failed, waiting, left)


def retry_minutes(attempt: int) -> int:
    """How long to wait after so many tries: 1, 2, 4 … 60 minutes."""
    return int(min(FIRST_RETRY_MINUTES * 2 ** min(attempt - 1, 10), LAST_RETRY_MINUTES))


def _waits(main: Database, place: Place) -> bool:
    with main.read() as connection:
        state = store.states(connection, place.week, place.channel).get(place.reader)
    if state is DigestState.SENDING:
        detail = "a process ended while it was sent: nobody knows whether it arrived; techscore digest --again sends it"
        log.warning("digest_unsure", channel=place.channel, week=place.week, reader=place.reader, detail=detail)
    return state is DigestState.FAILED


def _send(
    main: Database, way: Delivery, message: Message, place: Place, attempt: int, now: Callable[[], Instant]
) -> bool:
    try:
        way.send(message)
    except NotDelivered as error:
        wait = retry_minutes(attempt)
        with main.write() as connection:
            store.note_failed(connection, place, now(), now() + wait * MINUTE, str(error))
        told = {"reader": message.reader, "attempt": attempt, "reason": error.reason, "detail": str(error)}
        log.warning("digest_not_delivered", channel=way.channel, week=message.week, next_minutes=wait, **told)
        return False
    with main.write() as connection:
        store.note_sent(connection, place, now())
    log.info("digest_sent", channel=way.channel, week=message.week, reader=message.reader)
    return True
