"""``techscore digest``: show the week's messages, or send them now."""

from __future__ import annotations

from collections.abc import Callable

from models.database import Database
from models.errors import ConfigurationError
from models.schema import upgrade
from models.settings import Settings
from service.digest.delivery import CHANNELS, delivery
from service.digest.message import Message
from service.digest.post import OFF, messages_now
from service.digest.sending import send_all
from service.reading import NoFiguresYet

Say = Callable[[str], None]


def preview(settings: Settings, say: Say) -> int:
    """Every message as plain text; nothing is sent and nothing remembered. 0."""
    main = Database(settings.database_url)
    try:
        for message in _messages(settings, main):
            to = ", ".join(message.addresses) or "no address"
            say(f"== {message.reader} ({to})\n{message.text}")
    finally:
        main.close()
    return 0


def send(settings: Settings, channel: str, say: Say, *, again: bool = False) -> int:
    """Send the week's messages; 0, or 1 when one was not delivered."""
    if channel == OFF:
        raise ConfigurationError(f"say where to: --to {', --to '.join(CHANNELS)}, or set TECHSCORE_DIGEST")
    clock = settings.clock()
    way = delivery(settings, channel, clock.now)
    main = Database(settings.database_url)
    try:
        upgrade(main)
        result = send_all(main, way, _messages(settings, main), clock.now, again=again)
    finally:
        main.close()
    say(f"{result.sent} sent, {result.failed} not delivered, {result.waiting + result.left} not sent again")
    return 1 if result.failed else 0


def _messages(settings: Settings, main: Database) -> list[Message]:
    try:
        return messages_now(settings, main)
    except NoFiguresYet as error:
        raise ConfigurationError(str(error)) from None
