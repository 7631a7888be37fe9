"""How a ticket's history is worded, by language: data only, read by ``ingest.history.reader``.

A *template* is one way to say that a field changed; ``{field}``, ``{old}`` and ``{new}`` stand for what differs.
Quotes around values need no template of their own. A language that Techscore cannot read yet is one more entry.

Action names are those of the vendor's page "Viewing the ticket history". What an action says of the field it
names, its detail need not repeat ("Status Changed" with "New to Complete").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language. All are compared without regard to case.

    ``fields``: what the told fields are called. ``others``: fields that no KPI reads the changes of; ``prose``: those
    among them whose values may run over several lines. ``actions``: rows that tell no change of a told field.
    ``action_suffixes``: what makes an action of a field's name. ``nobody``: an empty value.
    """

    name: str
    fields: Mapping[str, tuple[str, ...]]
    templates: tuple[str, ...]
    others: frozenset[str]
    prose: frozenset[str]
    actions: frozenset[str]
    edits: frozenset[str]
    action_suffixes: tuple[str, ...]
    nobody: frozenset[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in text.replace("\n", ",").split(",") if word.strip())


ENGLISH = Language(
    name="English",
    fields={
        "status": ("status", "ticket status"),
        "queueID": ("queue", "queue name"),
        "assignedResourceID": (
            "primary resource",
            "assigned resource",
            "resource",
            "primary resource (role)",
            "assigned to",
            "assignedresourceid",
        ),
        "priority": ("priority",),
    },
    templates=(
        "{field} changed from {old} to {new}",
        "{field}: changed from {old} to {new}",
        "{field} changed: {old} to {new}",
        "{field}: from {old} to {new}",
        "{field} from {old} to {new}",
        "{field}: {old} -> {new}",
        "{field}: {old} \N{RIGHTWARDS ARROW} {new}",
    ),
    others=_words(
        """due date, due date/time, due time, estimated hours, hours to be scheduled, issue type, sub-issue type,
        sub issue type, ticket type, type, ticket category, category, source, contact, contract, contract service,
        company, organization, account, location, device, asset, configuration item, installed product, project,
        opportunity, problem ticket, work type, role, primary resource role, secondary resource, secondary resources,
        additional resources, secondary resource(s), complete date, completed date, completed by, completed by resource,
        service level agreement, sla, first response, first response date, first response date/time,
        first response due date, resolution plan, resolution plan date, resolution plan due date, resolved,
        resolved date, resolved due date, line of business, division > line of business, purchase order number,
        external id, co-managed visibility, rma status, rma type, change approval status, change approval type,
        change advisory board, impact analysis, implementation plan, roll out plan, back out plan, review notes,
        created, create date, last activity date, creator, monitor id, alert id"""
    ),
    prose=_words("title, description, resolution, ticket title, ticket description, ticket resolution"),
    actions=_words(
        """created, ticket created, create, deleted, ticket deleted, delete, note, note added, note created,
        note edited, note deleted, time entry added, time entry created, time entry edited, time entry deleted,
        time added,
        attachment added, attachment deleted, attachment created, notification sent, email sent, forwarded,
        ticket forwarded, viewed, printed, merged, ticket merged, absorbed, ticket absorbed, copied, ticket copied,
        charge added, charge edited, charge deleted, expense added, expense edited, expense deleted,
        service call added, service call created, service call deleted, service call completed, to-do added,
        checklist item added, checklist item completed, checklist item uncompleted, checklist item deleted,
        checklist applied, workflow rule fired, workflow rule, service level agreement event, sla event,
        sla event changed, survey sent, survey completed, secondary resource added, secondary resource removed,
        secondary resource deleted, additional resource added, additional resource removed,
        additional contact added, additional contact removed, device added, device removed,
        problem association added, problem association removed, incident association added, accepted, ticket accepted"""
    ),
    edits=_words("edited, ticket edited, edit, updated, update, changed, field changed"),
    action_suffixes=(" changed", " edited", " updated", " change", ""),
    nobody=_words("none, nobody, unassigned, not assigned, (none), [none], <none>, (blank), blank, empty, null, -")
    | {""},
)

GERMAN = Language(
    name="German",
    fields={
        "status": ("status", "ticketstatus"),
        "queueID": ("warteschlange", "queue"),
        "assignedResourceID": (
            "primäre ressource",
            "primärressource",
            "hauptressource",
            "zugewiesene ressource",
            "ressource",
            "zugewiesen an",
        ),
        "priority": ("priorität",),
    },
    templates=(
        "{field} geändert von {old} zu {new}",
        "{field} geändert von {old} in {new}",
        "{field} geändert von {old} auf {new}",
        "{field}: geändert von {old} zu {new}",
        "{field}: geändert von {old} in {new}",
        "{field} wurde von {old} zu {new} geändert",
        "{field} wurde von {old} in {new} geändert",
        "{field} wurde von {old} auf {new} geändert",
        "{field} von {old} zu {new} geändert",
        "{field} von {old} in {new} geändert",
        "{field} von {old} auf {new} geändert",
        "{field}: von {old} zu {new}",
        "{field} von {old} zu {new}",
        "{field}: {old} -> {new}",
        "{field}: {old} \N{RIGHTWARDS ARROW} {new}",
    ),
    others=_words(
        """fälligkeitsdatum, fällig am, geschätzte stunden, zu planende stunden, problemtyp, unterproblemtyp,
        tickettyp, typ, ticketkategorie, kategorie, quelle, kontakt, vertrag, vertragsservice, firma, organisation,
        unternehmen, konto, standort, gerät, asset, konfigurationselement, projekt, verkaufschance, arbeitstyp, rolle,
        sekundäre ressource, sekundäre ressourcen, weitere ressourcen, abschlussdatum, abgeschlossen am,
        abgeschlossen von, service-level-vereinbarung, service level agreement, sla, erste reaktion,
        erste reaktion fällig, lösungsplan, lösungsplan fällig, gelöst, gelöst am, lösung fällig, geschäftsbereich,
        bestellnummer, externe id, erstellt am, letzte aktivität"""
    ),
    prose=_words("titel, beschreibung, lösung, tickettitel, ticketbeschreibung"),
    actions=_words(
        """erstellt, ticket erstellt, gelöscht, ticket gelöscht, notiz, notiz hinzugefügt, notiz erstellt,
        notiz bearbeitet, notiz gelöscht, zeiteintrag hinzugefügt, zeiteintrag erstellt, zeiteintrag bearbeitet,
        zeiteintrag gelöscht,
        anhang hinzugefügt, anhang gelöscht, benachrichtigung gesendet, e-mail gesendet, weitergeleitet,
        ticket weitergeleitet, angesehen, angezeigt, gedruckt, zusammengeführt, ticket zusammengeführt, kopiert,
        checklistenelement hinzugefügt, checklistenelement abgeschlossen, checklistenelement gelöscht,
        workflow-regel ausgelöst, workflow-regel, sla-ereignis, sla-ereignis geändert, umfrage gesendet,
        sekundäre ressource hinzugefügt, sekundäre ressource entfernt, weitere ressource hinzugefügt,
        weitere ressource entfernt, ticket angenommen, angenommen"""
    ),
    edits=_words("bearbeitet, ticket bearbeitet, geändert, aktualisiert, feld geändert"),
    action_suffixes=(" geändert", " bearbeitet", " aktualisiert", ""),
    nobody=_words("keine, keiner, kein, niemand, nicht zugewiesen, (keine), (leer), leer, -") | {""},
)

LANGUAGES = (ENGLISH, GERMAN)


def _together(languages: Sequence[Language]) -> Language:
    """All languages as one: a tenant's action names and details need not be in the same."""
    fields = {name: tuple(w for one in languages for w in one.fields[name]) for name in languages[0].fields}
    return Language(
        name="+".join(one.name for one in languages),
        fields=fields,
        templates=tuple(dict.fromkeys(template for one in languages for template in one.templates)),
        others=frozenset().union(*(one.others for one in languages)),
        prose=frozenset().union(*(one.prose for one in languages)),
        actions=frozenset().union(*(one.actions for one in languages)),
        edits=frozenset().union(*(one.edits for one in languages)),
        action_suffixes=tuple(dict.fromkeys(suffix for one in languages for suffix in one.action_suffixes)),
        nobody=frozenset().union(*(one.nobody for one in languages)),
    )


ALL = _together(LANGUAGES)

REVISION = 1
"""Raise it with the words or the reader: histories not understood are then fetched once more."""
