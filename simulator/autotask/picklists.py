"""A tenant's picklists: values with labels in its language, by collection and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Labels = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Picklists:
    """``lists``: (collection, field) to labels in order; ``inactive``: values no longer offered."""

    lists: Mapping[tuple[str, str], Labels]
    inactive: frozenset[tuple[str, str, int]] = frozenset()

    def of(self, collection: str, field: str) -> Labels:
        """The labels of a field; empty when it is no picklist."""
        return self.lists.get((collection, field), {})


_STATUS = {
    "en": "New|Complete|Waiting Customer|In Progress|Waiting Materials|Scheduled|Escalated|Waiting Vendor",
    "de": "Neu|Abgeschlossen|Wartet auf Kunde|In Bearbeitung|Wartet auf Ware|Geplant|Eskaliert|Wartet auf Hersteller",
}
_STATUS_IDS = (1, 5, 7, 8, 9, 10, 11, 12)
_PRIORITY = {"en": "High|Medium|Low|Critical", "de": "Hoch|Mittel|Niedrig|Kritisch"}
_QUEUE = {
    "en": "Client Portal|Service Desk|Field Service|Monitoring",
    "de": "Kundenportal|Servicedesk|Außendienst|Überwachung",
}
_QUEUE_IDS = (5, 29683354, 29683355, 29683356)
_TYPE = {
    "en": "Service Request|Incident|Problem|Change Request|Alert",
    "de": "Serviceanfrage|Störung|Problem|Änderung|Alarm",
}
_SOURCE = {"en": "Phone|E-mail|Client Portal|Monitoring", "de": "Telefon|E-Mail|Kundenportal|Überwachung"}
_CATEGORY = {"en": "Standard|AEM Alert|Onboarding", "de": "Standard|AEM-Alarm|Einführung"}
_TIME_OFF = {"en": "Requested|Approved|Rejected|Cancelled", "de": "Beantragt|Genehmigt|Abgelehnt|Storniert"}
_LICENSE = "Professional|Executive|Team Member|Time & Attendance|Dashboard User|Co-managed|API"


def _labels(text: str, ids: tuple[int, ...] = ()) -> dict[int, str]:
    labels = text.split("|")
    return dict(zip(ids or range(1, len(labels) + 1), labels, strict=True))


def standard(language: str = "en") -> Picklists:
    """Picklists as many tenants have them; languages are those of the ticket history."""
    tickets = {
        "status": _labels(_STATUS[language], _STATUS_IDS),
        "priority": _labels(_PRIORITY[language]),
        "queueID": _labels(_QUEUE[language], _QUEUE_IDS),
        "ticketType": _labels(_TYPE[language]),
        "source": _labels(_SOURCE[language]),
        "ticketCategory": _labels(_CATEGORY[language]),
    }
    others = {
        ("TimeOffRequests", "status"): _labels(_TIME_OFF[language]),
        ("Resources", "licenseType"): _labels(_LICENSE),
        ("BillingCodes", "useType"): _labels("Work Type|Internal" if language == "en" else "Arbeitstyp|Intern", (1, 3)),
        ("BillingCodes", "billingCodeType"): _labels("Normal|System|Non-Billable", (0, 1, 2)),
        ("Companies", "companyType"): _labels("Customer|Lead" if language == "en" else "Kunde|Interessent"),
        ("ConfigurationItems", "configurationItemType"): _labels("Workstation|Server|Firewall|Switch|Printer"),
        ("TicketNotes", "noteType"): _labels("Task Notes|Workflow", (1, 13)),
    }
    return Picklists({("Tickets", name): labels for name, labels in tickets.items()} | others)
