"""What the API user may see and do: Autotask's refusals in words that say where to click, and silence noticed.

Autotask leaves out what may not be seen without a word: non-billable time, tickets of another line of business. Then
numbers are wrong with nothing to show for it; ``sight`` looks for the signs (reference/autotask.md §3, §5).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from ingest.autotask.client import AutotaskClient
from ingest.autotask.filters import eq
from ingest.autotask.hooks import Difference
from models.errors import AutotaskError, Invalid, PermissionMissing, Unauthorized

T = TypeVar("T")

WEBHOOKS_OFF = (
    "the security level of the API user does not allow webhooks (they are off by default): copy the level "
    "'API User (system)', enable Other > Webhooks with a maximum above 0, and give it to the API user"
)
TOO_MANY = (
    "the security level or the tenant allows no more webhooks: raise the maximum under Other > Webhooks of the API "
    "user's security level (at most 50 active ones per entity), or remove some"
)
WRONG_CREDENTIALS = (
    "Autotask refuses the credentials: TECHSCORE_AUTOTASK_USERNAME, _SECRET and _INTEGRATION_CODE must be those of an "
    "active user of the type API User (Admin > Resources), not of a person"
)
NO_NON_BILLABLE = (
    "no time entry that is non-billable can be seen: if there are any, the API user's security level lacks 'view "
    "non-billable' (Contracts, time entries), and utilization is too low"
)
NO_TICKETS = (
    "no ticket can be seen: open the API user's lines of business (Admin > Resources > Associations) and the ticket "
    "permissions of its security level; callouts too come only for tickets it may see"
)
ENOUGH_ENTRIES = 50
_SELF = "API user"


async def explained(step: Awaitable[T]) -> T:
    """The outcome of a step of the registration; its error says what to change where that is known."""
    try:
        return await step
    except PermissionMissing as error:
        raise PermissionMissing(f"{WEBHOOKS_OFF} ({error.detail})") from error
    except Unauthorized as error:
        raise Unauthorized(f"{WRONG_CREDENTIALS} ({error.detail})") from error
    except Invalid as error:
        if "maximum" in error.detail.lower() or "limit" in error.detail.lower():
            raise Invalid(f"{TOO_MANY} ({error.detail})") from error
        raise


async def sight(client: AutotaskClient, username: str) -> tuple[Difference, ...]:
    """What seems to be hidden from the API user, or wrong with it; nothing ``install`` could mend."""
    found = [*await _of_user(client, username)]
    entries = await _count(client, "TimeEntries")
    if entries is None:
        found.append(_note("time_entries_hidden", "time entries may not be read: no time KPI can be measured"))
    elif entries >= ENOUGH_ENTRIES and not await client.count("TimeEntries", [eq("isNonBillable", True)]):
        found.append(_note("non_billable_hidden", NO_NON_BILLABLE))
    if not await _count(client, "Tickets"):
        found.append(_note("tickets_hidden", NO_TICKETS))
    return tuple(found)


async def _of_user(client: AutotaskClient, username: str) -> list[Difference]:
    fields = ("licenseType", "isActive", "userName")
    try:
        rows = [row async for row in client.query("Resources", [eq("userName", username)], fields)]
        values = (await client.fields("Resources")).get("licenseType")
    except PermissionMissing:
        return [_note("resources_hidden", "resources may not be read: technicians have no names and no headcount")]
    labels = {} if values is None else {value.value: value.label for value in values.picklist}
    found: list[Difference] = []
    for row in rows:
        label = labels.get(row.get("licenseType") or -1, "")
        if label and "api" not in label.lower():
            words = f"its license is '{label}', not API User: a person's password expires and its licence is paid for"
            found.append(_note("user_type", words))
        if row.get("isActive") is False:
            found.append(_note("user_inactive", "it is inactive: Autotask is about to deactivate its webhooks"))
    return found


async def _count(client: AutotaskClient, collection: str) -> int | None:
    try:
        return await client.count(collection, [])
    except PermissionMissing:
        return None


def _note(kind: str, words: str) -> Difference:
    return Difference(_SELF, kind, words, wrong=False)


def said(error: AutotaskError) -> str:
    """An error for people."""
    return error.detail or str(error)
