"""The entities of the make-believe Autotask: their fields with types, cursors and indexes, and the webhook families.

Names and types are those of the vendor's REST models (``entities.json``). A *family* is one of the five entities
that have webhooks; its children are fields and excluded resources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

Row = dict[str, Any]

_TEXT = files(__package__).joinpath("entities.json").read_text(encoding="utf-8")
SCHEMA: dict[str, dict[str, str]] = json.loads(_TEXT)

FAMILIES: Mapping[str, tuple[str, str]] = {
    "Ticket": ("Tickets", "Ticket"),
    "TicketNote": ("TicketNotes", "TicketNote"),
    "Company": ("Companies", "Account"),
    "ConfigurationItem": ("ConfigurationItems", "InstalledProduct"),
    "Contact": ("Contacts", "Contact"),
}
"""Family to the collection it watches and the legacy name its callouts use."""

_FLAGS = ("isActive", "isReady", *(f"isSubscribedTo{word}Events" for word in ("Create", "Update", "Delete")))
_WEBHOOK = {
    "id": "int64",
    "ownerResourceID": "int32",
    **dict.fromkeys((*_FLAGS, "sendThresholdExceededNotification"), "boolean"),
    **dict.fromkeys(
        ("name", "webhookUrl", "deactivationUrl", "secretKey", "notificationEmailAddress", "webhookGUID"), "string"
    ),
}
for _family in FAMILIES:
    SCHEMA[f"{_family}Webhooks"] = _WEBHOOK
    SCHEMA[f"{_family}WebhookFields"] = {
        "id": "int64",
        "fieldID": "int32",
        "isDisplayAlwaysField": "boolean",
        "isSubscribedField": "boolean",
        "webhookID": "int32",
    }
    SCHEMA[f"{_family}WebhookExcludedResources"] = {"id": "int64", "resourceID": "int32", "webhookID": "int32"}

CURSORS: Mapping[str, str] = {
    "Tickets": "lastActivityDate",
    "TicketNotes": "lastActivityDate",
    "Companies": "lastActivityDate",
    "Contacts": "lastModifiedDate",
    "Tasks": "lastActivityDateTime",
    "Projects": "lastActivityDateTime",
    "TimeEntries": "lastModifiedDateTime",
    "TimeOffRequests": "lastModifiedDateTime",
    "Contracts": "lastModifiedDateTime",
    "ConfigurationItems": "lastModifiedTime",
    "SurveyResults": "completeDate",
    "DeletedTicketLogs": "deletedDateTime",
    "DeletedTicketActivityLogs": "deletedDateTime",
    "DeletedTaskActivityLogs": "deletedDateTime",
    "WebhookEventErrorLogs": "createDateTime",
}
"""The field by which changes of a collection are found (reference/autotask.md, change cursors)."""

STAMPED = frozenset(CURSORS) - {"SurveyResults"}
"""Collections whose cursor Autotask itself moves at every change."""

INDEXED: Mapping[str, tuple[str, ...]] = {
    "TimeEntries": ("ticketID", "taskID"),
    "TicketNotes": ("ticketID",),
    "TicketHistory": ("ticketID",),
    "ServiceLevelAgreementResults": ("ticketID",),
    "SurveyResults": ("ticketID",),
    "ResourceDailyAvailabilities": ("resourceID",),
    "Holidays": ("holidaySetID",),
    "DeletedTicketActivityLogs": ("ticketID",),
    "TicketSecondaryResources": ("ticketID",),
    **{f"{family}WebhookFields": ("webhookID",) for family in FAMILIES},
    **{f"{family}WebhookExcludedResources": ("webhookID",) for family in FAMILIES},
}

CHILDREN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("Resources", "DailyAvailabilities"): ("ResourceDailyAvailabilities", "resourceID"),
    ("Tickets", "Notes"): ("TicketNotes", "ticketID"),
    ("Tickets", "SecondaryResources"): ("TicketSecondaryResources", "ticketID"),
    ("HolidaySets", "Holidays"): ("Holidays", "holidaySetID"),
    ("Projects", "Tasks"): ("Tasks", "projectID"),
    **{(f"{family}Webhooks", "Fields"): (f"{family}WebhookFields", "webhookID") for family in FAMILIES},
    **{
        (f"{family}Webhooks", "ExcludedResources"): (f"{family}WebhookExcludedResources", "webhookID")
        for family in FAMILIES
    },
}
"""Route of a parent's children to their collection and the field that names the parent."""

UNQUERYABLE: Mapping[str, frozenset[str]] = {
    "Tickets": frozenset(("creatorType", "lastActivityPersonType", "userDefinedFields"))
}


def family_of(collection: str) -> str | None:
    """The family of a ``…Webhooks`` collection."""
    name = collection.removesuffix("Webhooks")
    return name if name != collection and name in FAMILIES else None


def webhook_fields(family: str) -> dict[int, str]:
    """The numbers of a family's webhook fields; they differ per family, and are found nowhere else."""
    collection, legacy = FAMILIES[family]
    first = 3 * len(legacy)
    names = [name for name in SCHEMA[collection] if name not in ("id", "userDefinedFields")]
    return {first + place: name for place, name in enumerate(names)}
