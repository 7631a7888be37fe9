"""``techscore webhooks`` as the leading worker does it: look at the webhooks in Autotask, install, remove."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from enum import StrEnum

import orjson

from ingest.autotask import registration
from ingest.autotask.client import AutotaskClient
from ingest.autotask.hooks import HOOKS
from ingest.autotask.permissions import sight
from ingest.feeds import store, watch
from models.database import Database
from models.errors import AutotaskError, ConfigurationError
from models.feeds import NudgeKind
from models.settings import Settings
from service.autotask import Autotask

WEBHOOKS = "webhooks"
"""The kind of the job."""

Say = Callable[[str], None]


class Action(StrEnum):
    """What is asked for."""

    STATUS = "status"
    INSTALL = "install"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Wish:
    """One command. ``everyones``: also the webhooks of other installations."""

    action: Action
    dry_run: bool = False
    renew_secret: bool = False
    everyones: bool = False

    def dumped(self) -> str:
        """As a job's arguments."""
        return orjson.dumps(asdict(self)).decode()


def wish_of(arguments: str | None) -> Wish:
    """Read what ``dumped`` wrote; ``ConfigurationError`` for anything else."""
    try:
        document = orjson.loads(arguments or "")
        return Wish(**{**document, "action": Action(document["action"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigurationError("the job does not say what to do with the webhooks") from error


async def webhooks(settings: Settings, autotask: Autotask, arguments: str | None, say: Say) -> bool:
    """Do one command; whether all is well. ``AutotaskError`` and ``ConfigurationError`` say why it could not be."""
    wish = wish_of(arguments)
    async with autotask.client() as client:
        if wish.action is Action.STATUS:
            return await _status(client, settings, say)
        if wish.action is Action.INSTALL:
            return await _install(client, settings, wish, say)
        return await _remove(client, settings, wish, say)


async def _status(client: AutotaskClient, settings: Settings, say: Say) -> bool:
    found = await registration.check(client, settings)
    seen = await sight(client, settings.autotask_username or "")
    for one in (*found, *seen):
        say(f"{'wrong' if one.wrong else 'note '}  {one} [{one.kind}]")
    wrong = sum(one.wrong for one in found)
    say(f"{wrong} wrong; techscore webhooks install mends them" if wrong else "all webhooks are as they should be")
    return not wrong


async def _install(client: AutotaskClient, settings: Settings, wish: Wish, say: Say) -> bool:
    try:
        mended = await registration.mend(client, settings, say, dry_run=wish.dry_run, renew_secret=wish.renew_secret)
    except AutotaskError:
        _look_again(settings, wish)  # some may be mended, and nobody says which
        raise
    _look_again(settings, wish, {one.hook for one in mended})
    if wish.dry_run:
        say(f"nothing was changed; {len(mended)} would be mended")
    else:
        say(f"{len(mended)} mended; all webhooks are active and ready" if mended else "nothing to change")
    return True


async def _remove(client: AutotaskClient, settings: Settings, wish: Wish, say: Say) -> bool:
    try:
        count = await registration.remove(client, settings, say, dry_run=wish.dry_run, everyones=wish.everyones)
    finally:
        _look_again(settings, wish)
    say(f"{count} webhooks would be removed" if wish.dry_run else f"{count} webhooks removed")
    return True


def _look_again(settings: Settings, wish: Wish, collections: Collection[str] | None = None) -> None:
    """Have the webhooks looked at within seconds instead of within the hour; what was known of those that were
    touched (by default all) is forgotten, so that none vouches for the time before it was mended."""
    if wish.dry_run:
        return
    touched = [hook.entity for hook in HOOKS if collections is None or hook.collection in collections]
    main = Database(settings.database_url)
    try:
        with main.write() as connection:
            watch.forget_registered(connection, touched)
            store.nudge(connection, NudgeKind.REGISTRATION, [0], settings.clock().now())
    finally:
        main.close()
