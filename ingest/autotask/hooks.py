"""The webhooks Techscore wants in Autotask, and how one that is there differs: values and pure functions.

A *hook* is one webhook of ours: for tickets, companies and configuration items it carries the fields anything here
reads; for ticket notes it only says that something happened on a ticket. Never prose. The *door* is where callouts
come in. Ours are known by their name: a prefix, the collection, and a *mark* made of the door's address, so that
two installations on one tenant leave each other's webhooks alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from ingest.autotask.catalogue import CATALOGUE
from ingest.autotask.values import FieldInfo, Row
from models import entities as e
from models.errors import ConfigurationError
from models.settings import Settings
from models.settings_values import is_loopback

PREFIX = "Techscore "
MOST_NAME, MOST_URL, MOST_SECRET = 50, 500, 64
NOTE = "TicketNote"
_ALWAYS = {"ticketNumber", "createDate", "ticketID"}

ATTRIBUTES = (
    "name",
    "webhookUrl",
    "deactivationUrl",
    "secretKey",
    "isActive",
    "isReady",
    "isSubscribedToCreateEvents",
    "isSubscribedToUpdateEvents",
    "isSubscribedToDeleteEvents",
)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook that should be there. ``wanted``: the REST names of its fields."""

    entity: str
    collection: str
    wanted: tuple[str, ...]
    deletes: bool = True

    @property
    def parent(self) -> str:
        """The collection of such webhooks."""
        return f"{self.entity}Webhooks"

    @property
    def field_collection(self) -> str:
        """Where the ids of its fields are found, and nowhere else."""
        return f"{self.entity}WebhookFields"


def _hook(entity: str) -> Hook:
    return Hook(entity, CATALOGUE[entity].collection, tuple(CATALOGUE[entity].fields))


HOOKS = (
    _hook(e.TICKET),
    Hook(NOTE, "TicketNotes", ("ticketID", "noteType", "publish", "lastActivityDate"), deletes=False),
    _hook(e.COMPANY),
    _hook(e.ENDPOINT),
)


@dataclass(frozen=True, slots=True)
class Door:
    """Where callouts go and what signs them. ``older``: secrets still accepted, but no longer given out."""

    url: str = field(repr=False)
    deactivation_url: str = field(repr=False)
    secret: str = field(repr=False)
    older: tuple[str, ...] = field(repr=False, default=())

    def name_of(self, hook: Hook) -> str:
        """The name of the hook in Autotask, at most 50 characters."""
        return f"{PREFIX}{hook.collection} {sha256(self.url.encode()).hexdigest()[:8]}"[:MOST_NAME]

    def attributes_of(self, hook: Hook) -> dict[str, object]:
        """What the webhook should say of itself; ``secretKey`` and ``isReady`` are looked at apart."""
        return {
            "name": self.name_of(hook),
            "webhookUrl": self.url,
            "deactivationUrl": self.deactivation_url,
            "isActive": True,
            "isSubscribedToCreateEvents": True,
            "isSubscribedToUpdateEvents": True,
            "isSubscribedToDeleteEvents": hook.deletes,
        }


def door_of(settings: Settings) -> Door:
    """The door of this installation; ``ConfigurationError`` says what is missing."""
    settings.require_webhook_secrets()
    assert settings.webhook_token is not None
    if settings.public_url is None:
        raise ConfigurationError(
            "TECHSCORE_PUBLIC_URL is not set: Autotask needs to know where to send its webhooks; set it to the address "
            "under which this service is reached from the Internet, such as https://scorecard.example.com"
        )
    parts = urlsplit(settings.public_url)
    if not is_loopback(parts.hostname or "") and (parts.scheme != "https" or parts.port not in (None, 443)):
        raise ConfigurationError("TECHSCORE_PUBLIC_URL must be https on port 443: Autotask sends webhooks nowhere else")
    secret, *older = (one.get_secret_value() for one in settings.webhook_secrets)
    if len(secret) > MOST_SECRET:
        raise ConfigurationError(
            f"the first of TECHSCORE_WEBHOOK_SECRETS is longer than the {MOST_SECRET} characters Autotask takes"
        )
    url = f"{settings.public_url}/webhooks/autotask/{settings.webhook_token.get_secret_value()}"
    if len(f"{url}/deactivated") > MOST_URL:
        raise ConfigurationError(f"TECHSCORE_PUBLIC_URL and _WEBHOOK_TOKEN together are longer than {MOST_URL}")
    return Door(url, f"{url}/deactivated", secret, tuple(older))


@dataclass(frozen=True, slots=True)
class Seen:
    """What Autotask has of one hook.

    ``rows``: webhooks with our name, the best first; ``others``: names with our prefix that are not ours; ``fields``
    and ``excluded``: children of the first; ``offered``: the id of each wanted field that Autotask offers.
    """

    hook: Hook
    rows: tuple[Row, ...]
    others: tuple[str, ...]
    fields: tuple[Row, ...]
    excluded: tuple[Row, ...]
    offered: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be. ``wrong``: mended by ``install``; else it is only worth knowing."""

    hook: str
    kind: str
    words: str
    wrong: bool = True

    def __str__(self) -> str:
        return f"{self.hook}: {self.words}"


def offered(hook: Hook, info: Mapping[str, FieldInfo]) -> dict[str, int]:
    """The ids of the wanted fields, by the labels of the tenant's picklist, whether these are names or words."""
    picklist = info["fieldID"].picklist if "fieldID" in info else ()
    labels = {_word(value.label): value.value for value in reversed(picklist) if value.is_active}
    found: dict[str, int] = {}
    for name in hook.wanted:
        number = next((labels[word] for word in _words(hook, name) if word in labels), None)
        if isinstance(number, int):
            found[name] = number
    return found


def flags(name: str, *, alone: bool) -> dict[str, bool]:
    """How a field is carried: always, or when it changed. ``alone``: nothing else triggers, and something has to."""
    always = name in _ALWAYS
    return {"isDisplayAlwaysField": always, "isSubscribedField": alone or not always}


def differences(seen: Seen, door: Door) -> list[Difference]:
    """Everything in which a hook differs from what it should be."""
    hook = seen.hook
    found = [
        Difference(hook.collection, "foreign", f"'{name}' is not this installation's; it is left alone", wrong=False)
        for name in seen.others
    ]
    if not seen.rows:
        return [*found, Difference(hook.collection, "missing", "there is no webhook")]
    row, *more = seen.rows
    found += [Difference(hook.collection, "duplicate", f"webhook {other['id']} is there twice over") for other in more]
    found += [Difference(hook.collection, *pair) for pair in _of_attributes(row, door.attributes_of(hook))]
    found += _of_secret(hook, row, door)
    found += [Difference(hook.collection, *pair) for pair in _of_fields(seen)]
    found += [
        Difference(hook.collection, "excluded_resource", f"what resource {one.get('resourceID')} does is left out")
        for one in seen.excluded
    ]
    missing = [name for name in hook.wanted if name not in seen.offered]
    if missing:
        words = f"Autotask offers no webhook field for {', '.join(missing)}; the feeds read them"
        found.append(Difference(hook.collection, "not_offered", words, wrong=False))
    return found


def changed_attributes(row: Row, door: Door, hook: Hook) -> dict[str, object]:
    """What of a webhook has to be set."""
    change = {name: value for name, value in door.attributes_of(hook).items() if row.get(name) != value}
    if row.get("secretKey") not in (None, "", door.secret):
        change["secretKey"] = door.secret
    return change


def wanted_fields(seen: Seen) -> dict[int, dict[str, bool]]:
    """The fields the hook should have: id and how each is carried."""
    alone = seen.offered.keys() <= _ALWAYS
    return {number: flags(name, alone=alone) for name, number in seen.offered.items()}


def strays(seen: Seen) -> list[Row]:
    """Fields that should not be there: unknown, prose, or there twice."""
    wanted = wanted_fields(seen)
    known: set[int] = set()
    stray: list[Row] = []
    for row in seen.fields:
        number = row.get("fieldID")
        if number in wanted and number not in known:
            known.add(number)
        else:
            stray.append(row)
    return stray


def _of_attributes(row: Row, wanted: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    if row.get("isActive") is not True:
        yield "inactive", "the webhook is inactive: Autotask sends nothing"
    if row.get("isReady") is not True:
        yield "not_ready", "the webhook is not ready: Autotask sends nothing"
    if row.get("webhookUrl") != wanted["webhookUrl"]:
        yield "url", f"its URL is not this service's, but at {_host(row.get('webhookUrl'))}"
    if row.get("deactivationUrl") != wanted["deactivationUrl"]:
        yield (
            "deactivation_url",
            f"its deactivation URL is not this service's, but at {_host(row.get('deactivationUrl'))}",
        )
    for word in ("Create", "Update", "Delete"):
        name = f"isSubscribedTo{word}Events"
        if row.get(name) != wanted[name]:
            yield "events", f"{word} events are {'sent' if row.get(name) else 'not sent'}"


def _of_secret(hook: Hook, row: Row, door: Door) -> list[Difference]:
    secret = row.get("secretKey")
    if not secret:
        words = "Autotask does not show the secret, so it cannot be compared; install --renew-secret sets it anew"
        return [Difference(hook.collection, "secret_unknown", words, wrong=False)]
    if secret == door.secret:
        return []
    if secret in door.older:
        return [Difference(hook.collection, "secret_older", "it signs with an older secret, still accepted")]
    return [Difference(hook.collection, "secret_wrong", "it signs with a secret that is not accepted")]


def _of_fields(seen: Seen) -> Iterable[tuple[str, str]]:
    names = {number: name for name, number in seen.offered.items()}
    wanted = wanted_fields(seen)
    there = {row.get("fieldID"): row for row in reversed(seen.fields)}
    missing = [names[number] for number in wanted if number not in there]
    if missing:
        yield "fields_missing", f"fields missing: {', '.join(missing)}"
    if stray := strays(seen):
        yield "fields_extra", f"fields too many: {', '.join(str(row.get('fieldID')) for row in stray)} (Autotask's ids)"
    other = [names[number] for number, how in wanted.items() if number in there and not carries(there[number], how)]
    if other:
        yield "fields_flags", f"fields carried otherwise: {', '.join(other)}"


def carries(row: Row, how: Mapping[str, bool]) -> bool:
    """Whether a field's row says so."""
    return all(row.get(name) == value for name, value in how.items())


def _words(hook: Hook, name: str) -> Sequence[str]:
    aliases = CATALOGUE[hook.entity].field_aliases.items() if hook.entity in CATALOGUE else ()
    words = [_word(name), *(alias for alias, meant in aliases if meant == name)]
    return [*words, *(word.removesuffix("id") for word in words if word.endswith("id"))]


def _word(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _host(url: object) -> str:
    """Where a URL leads; the rest of it may be somebody's secret."""
    try:
        return urlsplit(str(url or "")).hostname or "no address"
    except ValueError:
        return "no address"
