"""Webhooks in Autotask, looked at, made, mended and removed (reference/autotask.md §3).

Each step is found out and not remembered: whatever a run left half done, the next one sees and mends. A webhook is
done when Autotask says that it is active *and* ready; one that was being made and does not get so far is taken away
again. The secret and the path token are in no message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from ingest.autotask import hooks
from ingest.autotask.client import AutotaskClient
from ingest.autotask.filters import begins_with
from ingest.autotask.hooks import ATTRIBUTES, HOOKS, PREFIX, Difference, Door, Hook, Seen, door_of
from ingest.autotask.permissions import explained as _do
from ingest.autotask.values import Row, row_id
from models.errors import AutotaskError, NotRegistered
from models.settings import Settings

READS = 4
SECONDS_BETWEEN_READS = 2.0
_DEAF = frozenset(("missing", "inactive", "not_ready", "url", "secret_wrong", "events"))

Say = Callable[[str], None]


async def check(client: AutotaskClient, settings: Settings) -> tuple[Difference, ...]:
    """Every difference between the webhooks there are and those there should be."""
    door = door_of(settings)
    return tuple([one for hook in HOOKS for one in hooks.differences(await _look(client, hook, door), door)])


async def mend(
    client: AutotaskClient,
    settings: Settings,
    say: Say = lambda _: None,
    *,
    dry_run: bool = False,
    renew_secret: bool = False,
) -> tuple[Difference, ...]:
    """Make what is missing and mend what is wrong; what that was. A second run changes nothing.

    ``AutotaskError`` in the words of ``explained`` when something cannot be mended; what was done stays.
    """
    door = door_of(settings)
    mended: list[Difference] = []
    for hook in HOOKS:
        seen = await _look(client, hook, door)
        wrong = [one for one in hooks.differences(seen, door) if one.wrong]
        if renew_secret and seen.rows and not dry_run:
            await _do(client.update(hook.parent, {"id": row_id(seen.rows[0]), "secretKey": door.secret}))
            say(f"{hook.collection}: secret set anew")
        for one in wrong:
            say(f"{one}{'; would be mended' if dry_run else ''}")
        if wrong and not dry_run:
            await _Mending(client, door, hook).run(seen)
            say(f"{hook.collection}: active and ready")
        mended += wrong
    return tuple(mended)


async def remove(
    client: AutotaskClient,
    settings: Settings,
    say: Say = lambda _: None,
    *,
    dry_run: bool = False,
    everyones: bool = False,
) -> int:
    """Delete our webhooks, with ``everyones`` those of other installations too; how many."""
    door = door_of(settings)
    count = 0
    for hook in HOOKS:
        for row in await _named(client, hook):
            if everyones or row.get("name") == door.name_of(hook):
                count += 1
                if not dry_run:
                    await _do(client.delete(f"{hook.parent}/{row_id(row)}"))
                say(f"{hook.collection}: '{row.get('name')}' {'would be' if dry_run else 'is'} removed")
    return count


async def recheck(
    client: AutotaskClient, settings: Settings, mended: Callable[[str], None] = lambda _: None
) -> Mapping[str, bool]:
    """Look, mend what is damaged, and say of each entity whether its webhook reaches us; empty: none is installed.

    What nobody installed is not made here. ``mended`` is told the entity of each webhook that had to be mended.
    """
    found = await check(client, settings)
    if _missing(found) == {hook.collection for hook in HOOKS}:
        return {}
    damaged = {one.hook for one in found if one.wrong}
    if damaged:
        await mend(client, settings)
        for hook in HOOKS:
            if hook.collection in damaged:
                mended(hook.entity)
        found = await check(client, settings)
    deaf = {one.hook for one in found if one.kind in _DEAF}
    return {hook.entity: hook.collection not in deaf for hook in HOOKS}


def _missing(found: tuple[Difference, ...]) -> set[str]:
    return {one.hook for one in found if one.kind == "missing"}


class _Mending:
    """Brings one hook into its state."""

    def __init__(self, client: AutotaskClient, door: Door, hook: Hook) -> None:
        self._client = client
        self._door = door
        self._hook = hook

    async def run(self, seen: Seen) -> None:
        """Make it or mend it; made anew when it cannot be mended."""
        if not seen.rows:
            await self._make(seen)
            return
        await self._repair(seen)
        if left := await self._left():
            if {one.kind for one in left} - {"inactive", "not_ready"}:
                raise NotRegistered("; ".join(map(str, left)))
            # Mended and yet not ready: a webhook that lost all its fields may stay so. It is replaced.
            await _do(self._client.delete(self._path(seen)))
            await self._make(await _look(self._client, self._hook, self._door))

    async def _repair(self, seen: Seen) -> None:
        for row in seen.rows[1:]:
            await _do(self._client.delete(f"{self._hook.parent}/{row_id(row)}"))
        await self._set_fields(seen, row_id(seen.rows[0]))
        for row in seen.excluded:
            await _do(self._client.delete(f"{self._path(seen)}/ExcludedResources/{row_id(row)}"))
        change = hooks.changed_attributes(seen.rows[0], self._door, self._hook)
        if change:
            await _do(self._client.update(self._hook.parent, {"id": row_id(seen.rows[0]), **change}))

    async def _set_fields(self, seen: Seen, webhook_id: int) -> None:
        path = f"{self._hook.parent}/{webhook_id}/Fields"
        there = {row.get("fieldID"): row for row in reversed(seen.fields)}
        for number, how in hooks.wanted_fields(seen).items():
            row = there.get(number)
            if row is None:
                await _do(self._client.create(path, {"fieldID": number, "webhookID": webhook_id, **how}))
            elif not hooks.carries(row, how):
                await _do(self._client.update(path, {"id": row_id(row), **how}))
        for row in hooks.strays(seen):
            await _do(self._client.delete(f"{path}/{row_id(row)}"))

    async def _make(self, seen: Seen) -> None:
        if not seen.offered:
            raise NotRegistered(f"{self._hook.collection}: Autotask offers none of the fields wanted")
        item = {
            **self._door.attributes_of(self._hook),
            "secretKey": self._door.secret,
            "sendThresholdExceededNotification": False,
        }
        try:
            webhook_id = await _do(self._client.create(self._hook.parent, item))
            await self._set_fields(seen, webhook_id)
            if left := await self._left():
                raise NotRegistered("; ".join(map(str, left)))
        except (AutotaskError, asyncio.CancelledError):
            await self._take_back()
            raise

    async def _take_back(self) -> None:
        """Remove what was half made, also when no answer said that it was made."""
        try:
            for row in await _named(self._client, self._hook):
                if row.get("name") == self._door.name_of(self._hook):
                    await _do(self._client.delete(f"{self._hook.parent}/{row_id(row)}"))
        except AutotaskError as error:
            words = "a half-made webhook may be left, which install mends and remove takes away"
            raise NotRegistered(f"{self._hook.collection}: {words} ({error})") from error

    async def _left(self) -> list[Difference]:
        """What is still wrong; readiness may take Autotask a moment."""
        left: list[Difference] = []
        for attempt in range(READS):
            if attempt:
                await self._client.pause(SECONDS_BETWEEN_READS)
            seen = await _look(self._client, self._hook, self._door)
            left = [one for one in hooks.differences(seen, self._door) if one.wrong]
            if not left:
                break
        return left

    def _path(self, seen: Seen) -> str:
        return f"{self._hook.parent}/{row_id(seen.rows[0])}"


async def _look(client: AutotaskClient, hook: Hook, door: Door) -> Seen:
    named = await _named(client, hook)
    name = door.name_of(hook)
    rows = sorted((row for row in named if row.get("name") == name), key=_best_first)
    offered = hooks.offered(hook, await _do(client.fields(hook.field_collection)))
    path = f"{hook.parent}/{row_id(rows[0])}" if rows else None
    return Seen(
        hook,
        tuple(rows),
        tuple(str(row.get("name")) for row in named if row.get("name") != name),
        () if path is None else await _do(client.children(f"{path}/Fields")),
        () if path is None else await _do(client.children(f"{path}/ExcludedResources")),
        offered,
    )


async def _named(client: AutotaskClient, hook: Hook) -> list[Row]:
    async def rows() -> list[Row]:
        return [row async for row in client.query(hook.parent, [begins_with("name", PREFIX)], ATTRIBUTES)]

    return await _do(rows())


def _best_first(row: Row) -> tuple[bool, bool, int]:
    return (row.get("isActive") is not True, row.get("isReady") is not True, row_id(row))
