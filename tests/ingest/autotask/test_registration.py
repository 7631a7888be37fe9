"""Webhooks in Autotask: installed once and for all, every kind of damage seen and mended, half-made ones taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ingest.autotask.hooks import HOOKS, MOST_NAME, door_of
from ingest.autotask.permissions import sight
from ingest.autotask.registration import check, mend, recheck, remove
from models.errors import (
    AutotaskError,
    ConfigurationError,
    Invalid,
    NotRegistered,
    OutcomeUnknown,
    PermissionMissing,
    Unauthorized,
)
from tests.ingest.autotask.hookstand import PERMISSION, SECRET, TOKEN, Hooks, nothing, settings
from tests.ingest.autotask.stand import errors

URL = f"https://scorecard.example.com/webhooks/autotask/{TOKEN}"


async def _kinds(hooks: Hooks, *, wrong: bool = True, **overrides: Any) -> list[tuple[str, str]]:
    found = await check(hooks.client, settings(**overrides))
    return [(one.hook, one.kind) for one in found if one.wrong is wrong]


async def test_installed() -> None:
    """Four webhooks, active and ready, with our address, secret, events and fields; never prose."""
    hooks = Hooks()
    assert [(hook.collection, "missing") for hook in HOOKS] == await _kinds(hooks)
    mended = await mend(hooks.client, settings())
    assert ["missing"] * 4 == [one.kind for one in mended]
    ticket = hooks.first()
    assert {
        "webhookUrl": URL,
        "deactivationUrl": f"{URL}/deactivated",
        "secretKey": SECRET,
        "isActive": True,
        "isSubscribedToCreateEvents": True,
        "isSubscribedToUpdateEvents": True,
        "isSubscribedToDeleteEvents": True,
        "sendThresholdExceededNotification": False,
    } == {name: value for name, value in ticket.items() if name not in ("id", "name")}
    assert all(row["name"].startswith("Techscore ") and len(row["name"]) <= MOST_NAME for row in (ticket,))
    assert [] == await _kinds(hooks)
    numbers = hooks.offers["TicketWebhookFields"]
    carried = {
        row["fieldID"]: (row["isDisplayAlwaysField"], row["isSubscribedField"]) for row in hooks.fields().values()
    }
    assert {"status": (False, True), "ticketNumber": (True, False), "createDate": (True, False)} == {
        name: carried[numbers[name]] for name in ("status", "ticketNumber", "createDate")
    }
    assert {numbers["description"], numbers["resolution"]}.isdisjoint(carried)
    assert set() == {row["webhookID"] for row in hooks.fields().values()} - {ticket["id"]}


async def test_a_note_is_only_a_nudge() -> None:
    """Its webhook says of which ticket, and nothing that was written; Autotask has no deletion of notes."""
    hooks = await Hooks().installed()
    names = {number: name for name, number in hooks.offers["TicketNoteWebhookFields"].items()}
    fields = {names[row["fieldID"]] for row in hooks.fields("TicketNoteWebhooks").values()}
    assert {"ticketID", "noteType", "publish", "lastActivityDate"} == fields
    assert hooks.first("TicketNoteWebhooks")["isSubscribedToDeleteEvents"] is False


async def test_a_second_run_changes_nothing() -> None:
    """Nothing is written, also where Autotask does not show the secret."""
    hooks = await Hooks().installed()
    assert () == await mend(hooks.client, settings())
    hooks.shows_secret = False
    assert () == await mend(hooks.client, settings())
    assert [] == hooks.writes
    assert [(hook.collection, "secret_unknown") for hook in HOOKS] == await _kinds(hooks, wrong=False)


def _set(**values: Any) -> Callable[[Hooks], None]:
    return lambda hooks: hooks.first().update(values)


def _drop_status(hooks: Hooks) -> None:
    number = hooks.offers["TicketWebhookFields"]["status"]
    fields = hooks.fields()
    del fields[next(key for key, row in fields.items() if row["fieldID"] == number)]


def _drop_all(hooks: Hooks) -> None:
    hooks.fields().clear()


def _prose(hooks: Hooks) -> None:
    hooks.fields()[7] = {"id": 7, "fieldID": 90, "isSubscribedField": True, "isDisplayAlwaysField": False}


def _twice(hooks: Hooks) -> None:
    row = next(iter(hooks.fields().values()))
    hooks.fields()[7] = {**row, "id": 7}


def _otherwise(hooks: Hooks) -> None:
    next(iter(hooks.fields().values()))["isSubscribedField"] = False


def _duplicate(hooks: Hooks) -> None:
    hooks.rows["TicketWebhooks"][7] = {**hooks.first(), "id": 7, "isActive": False}


def _exclude(hooks: Hooks) -> None:
    hooks.excluded()[7] = {"id": 7, "resourceID": 29, "webhookID": 1}


def _delete(hooks: Hooks) -> None:
    hooks.rows["TicketWebhooks"].clear()


DAMAGES: list[tuple[str, Callable[[Hooks], None]]] = [
    ("missing", _delete),
    ("inactive", _set(isActive=False)),
    ("not_ready", _set(isReady=False)),
    ("url", _set(webhookUrl="https://elsewhere.example.com/secret-path")),
    ("deactivation_url", _set(deactivationUrl=URL)),
    ("events", _set(isSubscribedToUpdateEvents=False)),
    ("secret_wrong", _set(secretKey="another")),
    ("secret_older", _set(secretKey="older-secret")),
    ("fields_missing", _drop_status),
    ("fields_missing", _drop_all),
    ("fields_extra", _prose),
    ("fields_extra", _twice),
    ("fields_flags", _otherwise),
    ("duplicate", _duplicate),
    ("excluded_resource", _exclude),
]


@pytest.mark.parametrize(("kind", "damage"), DAMAGES)
async def test_every_damage_is_seen_and_mended(kind: str, damage: Callable[[Hooks], None]) -> None:
    """Status names it, a dry run changes nothing, install mends it, a second install finds nothing."""
    hooks = await Hooks().installed()
    damage(hooks)
    assert ("Tickets", kind) in await _kinds(hooks)
    await mend(hooks.client, settings(), dry_run=True)
    assert [] == hooks.writes
    assert kind in [one.kind for one in await mend(hooks.client, settings())]
    assert [] == await _kinds(hooks)
    hooks.writes.clear()
    assert () == await mend(hooks.client, settings())
    assert [] == hooks.writes
    assert 1 == len(hooks.rows["TicketWebhooks"])


async def test_everything_damaged_at_once() -> None:
    """One run mends it all."""
    hooks = await Hooks().installed()
    for kind, damage in DAMAGES[1:]:
        if kind != "duplicate":
            damage(hooks)
    await mend(hooks.client, settings())
    assert [] == await _kinds(hooks)


async def test_no_message_tells_a_secret() -> None:
    """Neither the token, nor a secret, nor somebody else's address beyond its host."""
    hooks = await Hooks().installed()
    _set(webhookUrl="https://elsewhere.example.com/secret-path", secretKey="another")(hooks)
    words: list[str] = [str(one) for one in await check(hooks.client, settings())]
    await mend(hooks.client, settings(), words.append)
    shown = " ".join(words) + repr(door_of(settings()))
    assert [] == [word for word in (TOKEN, SECRET, "another", "secret-path") if word in shown]
    assert "elsewhere.example.com" in shown


async def test_readiness_may_take_a_moment() -> None:
    """It is looked at again, with pauses; nothing is taken back meanwhile."""
    hooks = Hooks()
    hooks.ready_after = 2
    await mend(hooks.client, settings())
    assert [2.0, 2.0] == hooks.stand.waits
    assert [] == [write for write in hooks.writes if write.startswith("DELETE")]


async def test_a_half_made_one_is_taken_back() -> None:
    """When a field cannot be added or it never gets ready, nothing stays behind, and the words say why."""
    hooks = Hooks()
    hooks.refuse = lambda verb, path: errors(500, "Field is invalid") if verb == "POST" and "Fields" in path else None
    with pytest.raises(Invalid):
        await mend(hooks.client, settings())
    assert {} == hooks.rows["TicketWebhooks"]
    never = Hooks()
    never.ready_after = 10**6
    with pytest.raises(NotRegistered, match="not ready"):
        await mend(never.client, settings())
    assert {} == never.rows["TicketWebhooks"]


async def test_one_that_was_made_without_an_answer_is_found() -> None:
    """The answer to its creation is lost: it is taken back, and the next run makes it."""
    hooks = Hooks()

    def lose(verb: str, path: str) -> httpx.Response | None:
        if verb == "POST" and path == "TicketWebhooks" and not hooks.rows["TicketWebhooks"]:
            hooks.rows["TicketWebhooks"][1] = {"id": 1, "name": door_of(settings()).name_of(HOOKS[0])}
            return httpx.Response(502)
        return None

    hooks.refuse = lose
    with pytest.raises(OutcomeUnknown):
        await mend(hooks.client, settings())
    assert {} == hooks.rows["TicketWebhooks"]
    hooks.refuse = nothing
    await mend(hooks.client, settings())
    assert [] == await _kinds(hooks)


async def test_what_cannot_be_taken_back_is_said() -> None:
    """Then install mends it later."""
    hooks = Hooks()
    hooks.refuse = lambda verb, path: (
        errors(500, "is invalid") if ("Fields" in path and verb == "POST") or verb == "DELETE" else None
    )
    with pytest.raises(NotRegistered, match="half-made"):
        await mend(hooks.client, settings())
    hooks.refuse = nothing
    await mend(hooks.client, settings())
    assert [] == await _kinds(hooks)


async def test_thread_limits_while_fields_are_added() -> None:
    """A field refused for haste is tried again; nothing is rolled back."""
    hooks = Hooks()
    count = 0

    def hurry(verb: str, _: str) -> httpx.Response | None:
        nonlocal count
        count += verb == "POST"
        return errors(500, "Thread Threshold Exceeded") if verb == "POST" and count % 3 == 0 else None

    hooks.refuse = hurry
    await mend(hooks.client, settings())
    assert [] == await _kinds(hooks)


async def test_labels_of_the_picklist() -> None:
    """Names, words and legacy names are understood; what is not offered is worth knowing, and no damage."""
    hooks = Hooks()
    hooks.offers["TicketWebhookFields"] = {"Ticket Number": 1, "Status": 2, "Queue": 3, "TicketCreateDate": 4}
    hooks.offers["CompanyWebhookFields"] = {"AccountName": 7}
    await mend(hooks.client, settings())
    assert {1, 2, 3, 4} == {row["fieldID"] for row in hooks.fields().values()}
    assert [(7, True)] == [(r["fieldID"], r["isSubscribedField"]) for r in hooks.fields("CompanyWebhooks").values()]
    assert [("Tickets", "not_offered"), ("Companies", "not_offered")] == await _kinds(hooks, wrong=False)


async def test_nothing_offered() -> None:
    """Without any field a webhook never gets ready; none is made."""
    hooks = Hooks()
    hooks.offers["TicketWebhookFields"] = {}
    with pytest.raises(NotRegistered, match="none of the fields"):
        await mend(hooks.client, settings())
    assert [] == hooks.writes


async def test_a_secret_that_is_not_shown_can_be_set_anew() -> None:
    """For each webhook, on demand."""
    hooks = await Hooks().installed()
    hooks.shows_secret = False
    await mend(hooks.client, settings(webhook_secrets="newest"), renew_secret=True)
    assert {"newest"} == {hooks.first(hook.parent)["secretKey"] for hook in HOOKS}
    assert 4 == len(hooks.writes)


async def test_another_installations_webhooks_are_left_alone() -> None:
    """They are mentioned; removing takes only ours, unless all are meant."""
    hooks = await Hooks().installed()
    await mend(hooks.client, settings(public_url="https://staging.example.com"))
    assert [(hook.collection, "foreign") for hook in HOOKS] == await _kinds(hooks, wrong=False)
    hooks.rows["TicketWebhooks"][1] = {"id": 1, "name": "Somebody's"}
    hooks.writes.clear()
    assert 4 == await remove(hooks.client, settings(), dry_run=True)
    assert [] == hooks.writes
    assert 4 == await remove(hooks.client, settings())
    assert 0 == await remove(hooks.client, settings())
    assert {2, 1} == {len(rows) for rows in hooks.rows.values()}
    assert 4 == await remove(hooks.client, settings(), everyones=True)
    assert ["Somebody's"] == [row["name"] for rows in hooks.rows.values() for row in rows.values()]


async def test_the_recheck() -> None:
    """Nothing installed stays so; what is damaged is mended and told; what is active is said by entity."""
    hooks = Hooks()
    mended: list[str] = []
    assert {} == await recheck(hooks.client, settings(), mended.append)
    await hooks.installed()
    whole = {hook.entity: True for hook in HOOKS}
    assert whole == await recheck(hooks.client, settings(), mended.append)
    assert ([], []) == (mended, hooks.writes)
    _set(isActive=False)(hooks)
    assert whole == await recheck(hooks.client, settings(), mended.append)
    assert ["Ticket"] == mended
    assert hooks.first()["isActive"]


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (errors(403, PERMISSION), PermissionMissing, "Other > Webhooks"),
        (errors(500, PERMISSION), PermissionMissing, "Other > Webhooks"),
        (errors(401, "no"), Unauthorized, "API User"),
        (errors(500, "The maximum number of webhooks cannot be exceeded"), Invalid, "raise the maximum"),
    ],
)
async def test_refusals_say_what_to_change(reply: httpx.Response, error: type[AutotaskError], words: str) -> None:
    """Webhooks off in the security level, too few allowed, the wrong kind of user."""
    hooks = Hooks()
    hooks.refuse = lambda verb, path: reply if (verb, path) == ("POST", "TicketWebhooks") else None
    with pytest.raises(error, match=words):
        await mend(hooks.client, settings())


async def test_what_the_api_user_cannot_see() -> None:
    """Non-billable time, tickets, its own kind: silent omissions become words."""
    hooks = Hooks()
    hooks.counts = {"TimeEntries": (5_000, 0), "Tickets": (0, 0)}
    hooks.resources = [{"id": 5, "licenseType": 1, "isActive": False, "userName": "api@example.com"}]
    kinds = [one.kind for one in await sight(hooks.client, "api@example.com")]
    assert ["user_type", "user_inactive", "non_billable_hidden", "tickets_hidden"] == kinds
    well = Hooks()
    well.counts = {"TimeEntries": (5_000, 900)}
    well.resources = [{"id": 5, "licenseType": 7, "isActive": True, "userName": "api@example.com"}]
    assert () == await sight(well.client, "api@example.com")
    blind = Hooks()
    blind.refuse = lambda *_: errors(500, PERMISSION)
    kinds = [one.kind for one in await sight(blind.client, "api@example.com")]
    assert ["resources_hidden", "time_entries_hidden", "tickets_hidden"] == kinds


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"public_url": None}, "PUBLIC_URL is not set"),
        ({"public_url": "http://scorecard.example.com"}, "https on port 443"),
        ({"public_url": "https://scorecard.example.com:8443"}, "https on port 443"),
        ({"public_url": "https://scorecard.example.com/" + "x" * 500}, "longer"),
        ({"webhook_secrets": "x" * 65}, "longer"),
        ({"webhook_secrets": ()}, "WEBHOOK_SECRETS"),
        ({"webhook_token": None}, "WEBHOOK_TOKEN"),
    ],
)
def test_settings_with_which_nothing_can_be_registered(overrides: dict[str, Any], words: str) -> None:
    """Each is named."""
    with pytest.raises(ConfigurationError, match=words):
        door_of(settings(**overrides))
