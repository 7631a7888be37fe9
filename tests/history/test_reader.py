"""Reading a ticket's history: each wording, both languages, and text that only pretends (kpis.md R14)."""

from __future__ import annotations

import string
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.history.labels import Labels, names_of
from ingest.history.reader import MAX_DETAIL, MAX_UNKNOWN, read_history
from ingest.history.words import ENGLISH, LANGUAGES, Language
from ingest.own import HistoryLine
from models.instants import parse_instant

AT = "2026-09-14T09:30:00.123Z"
LABELS = Labels.of(
    {
        "status": [
            ("New", 1),
            ("In Progress", 8),
            ("Complete", 5),
            ("Neu", 1),
            ("Erledigt", 5),
            ("Waiting to Bill", 20),
        ],
        "queueID": [
            ("Level I", 11),
            ("Level II", 12),
            ("Stufe Eins", 11),
            ("Stufe Zwei", 12),
            ("Twin", 1),
            ("Twin", 2),
        ],
        "assignedResourceID": [(name, 7) for name in names_of("Ada", "Lovelace")] + [("Grace Hopper", 9)],
        "priority": [("High", 1), ("Low", 3), ("Hoch", 1), ("Niedrig", 3)],
    }
)
VALUES = {
    "English": {
        "status": ("New", 1, "Complete", 5),
        "queueID": ("Level I", 11, "Level II", 12),
        "assignedResourceID": ("Ada Lovelace", 7, "Grace Hopper (Engineer)", 9),
        "priority": ("High", 1, "Low", 3),
    },
    "German": {
        "status": ("Neu", 1, "Erledigt", 5),
        "queueID": ("Stufe Eins", 11, "Stufe Zwei", 12),
        "assignedResourceID": ("Lovelace, Ada", 7, "Grace Hopper", 9),
        "priority": ("Hoch", 1, "Niedrig", 3),
    },
}
QUOTES = [('"', '"'), ("'", "'"), ("\N{DOUBLE LOW-9 QUOTATION MARK}", "\N{LEFT DOUBLE QUOTATION MARK}"), ("", "")]


def row(detail: str | None, action: str | None = "Edited", *, number: int = 1, at: str = AT) -> Mapping[str, Any]:
    """A row of TicketHistory as served."""
    return {"id": number, "ticketID": 42, "resourceID": 7, "action": action, "date": at, "detail": detail}


def changes(*rows: Mapping[str, Any]) -> list[tuple[str, int | None, int | None]] | None:
    """What the rows tell, or ``None`` when not every row was understood."""
    reading = read_history(rows, LABELS)
    return [(line.field, line.old, line.new) for line in reading.lines] if reading.understood else None


@pytest.mark.parametrize("field", ENGLISH.fields)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
def test_each_wording(language: Language, field: str) -> None:
    """Every name of a field in every template, with each kind of quotes and without."""
    old, old_id, new, new_id = VALUES[language.name][field]
    for word, template, (first, last) in product(language.fields[field], language.templates, QUOTES):
        detail = template.format(field=word.title(), old=f"{first}{old}{last}", new=f"{first}{new}{last}")
        assert [(field, old_id, new_id)] == changes(row(detail, min(language.edits))), detail


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
def test_a_field_named_by_the_action(language: Language) -> None:
    """The action names the field, the detail only the values."""
    for field, words in language.fields.items():
        old, old_id, new, new_id = VALUES[language.name][field]
        for template in language.templates:
            detail = template.format(field="", old=old, new=new).lstrip(": ")
            action = f"{words[0]}{language.action_suffixes[0]}"
            assert [(field, old_id, new_id)] == changes(row(detail, action)), detail


def test_when_and_in_which_order() -> None:
    """Lines stand in the order of their dates, then of the rows; milliseconds are kept."""
    later = row("Status changed from In Progress to Complete", number=9, at="2026-09-14T10:00:00Z")
    first = row("Status changed from New to In Progress", number=3, at="2026-09-14T09:00:00.5")
    expected = (
        HistoryLine(parse_instant("2026-09-14T09:00:00.5Z"), "status", 1, 8),
        HistoryLine(parse_instant("2026-09-14T10:00:00Z"), "status", 8, 5),
    )
    assert expected == read_history([later, first], LABELS).lines


def test_several_changes_in_one_row() -> None:
    """Each line of a detail is a change; fields nothing reads are passed over."""
    detail = "Status changed from New to Complete\r\nDue Date changed from x to y\nQueue: Level I -> Level II\n"
    assert [("status", 1, 5), ("queueID", 11, 12)] == changes(row(detail))


def test_nobody() -> None:
    """An empty value is nobody, in each of its words."""
    for word in ("", '""', "None", "Unassigned", "(none)"):
        assert [("assignedResourceID", None, 7)] == changes(
            row(f"Primary Resource changed from {word} to Ada Lovelace")
        )
    assert [("assignedResourceID", 9, None)] == changes(row("Hauptressource geändert von Grace Hopper zu Keine"))


def test_irrelevant_rows_are_understood() -> None:
    """Rows that tell no change of a told field leave the history complete."""
    for action, detail in [
        ("Created", None),
        ("Ticket Created", "Ticket created by workflow"),
        ("Note Added", "Called back"),
        ("Due Date Changed", "from 1 to 2"),
        ("Description Changed", "changed from a\nb to c\nd"),
        ("Ticketkategorie geändert", "von A zu B"),
        ("Edited", "Title changed from Old to New"),
        ("Edited", None),
        ("Bearbeitet", "Fälligkeitsdatum geändert von 1 zu 2"),
    ]:
        assert [] == changes(row(detail, action)), (action, detail)


def test_a_value_that_holds_the_word_between() -> None:
    """Where a label holds the separator, the one cut of which both halves are known is taken."""
    assert [("status", 20, 5)] == changes(row("Status changed from Waiting to Bill to Complete"))


@pytest.mark.parametrize(
    ("action", "detail"),
    [
        ("Edited", "Status changed from New to Unheard Of"),
        ("Edited", "Queue changed from Level I to Twin"),
        ("Edited", "Estado cambiado de Nuevo a Completo"),
        ("Edited", "Urgency changed from New to Complete"),
        ("Edited", "Status"),
        ("Edited", "Status changed to Complete"),
        ("Status Changed", None),
        ("Status Changed", "New"),
        ("Teleported", None),
        ("Editado", "Status changed from New to Complete"),
        ("Edited", "Description changed from a to b\nStatus changed from New to Complete"),
        ("Description Changed", "from a to b\nStatus changed from New to Complete"),
        ("Note Added", "Status changed from New to Complete"),
        ("Edited", "Statuses changed from New to Complete"),
        ("Edited", "Status changed from New to Complete" + " " * MAX_DETAIL),
    ],
)
def test_what_nobody_understands_is_kept(action: str, detail: str | None) -> None:
    """Unknown values, fields, actions and hidden changes: nothing is told, the row is kept verbatim."""
    reading = read_history([row(detail, action)], LABELS)
    assert ((), (f"{action}: {detail or ''}"[:500],)) == (reading.lines, reading.unknown)


def test_a_letter_that_grows() -> None:
    """Letters whose other case is longer (``ß``) move no cut."""
    labels = Labels.of({"queueID": [("Außen", 1), ("İnnen", 2)]})
    detail = 'Warteschlange geändert von "Außen" in "İnnen"'
    assert [(1, 2)] == [(line.old, line.new) for line in read_history([row(detail)], labels).lines]


def test_a_prose_change_cannot_forge_a_status() -> None:
    """A title that says the words of a change is a title."""
    assert [] == changes(row("Title changed from x to Status changed from New to Complete"))


def test_a_missing_change_leaves_the_history_incomplete() -> None:
    """What a field had become is what it changes from next, or a line is missing."""
    rows = [
        row("Status changed from New to In Progress", number=1),
        row("Status changed from Complete to New", number=2, at="2026-09-15T09:00:00Z"),
    ]
    reading = read_history(rows, LABELS)
    assert (2, ("status was 8, a later line says it was 5",)) == (len(reading.lines), reading.unknown)


@pytest.mark.parametrize("date", [None, "", "yesterday", 5, "2026-13-01T00:00:00Z"])
def test_a_row_without_a_time_is_unknown(date: Any) -> None:
    """A change nobody can date is no change."""
    assert not read_history([{**row("Status changed from New to Complete"), "date": date}], LABELS).understood


def test_what_is_kept_is_bounded() -> None:
    """Of a history in a language nobody reads, the first rows are kept."""
    reading = read_history([row("Statut modifié", "Modifié", number=n) for n in range(1_000)], LABELS)
    assert MAX_UNKNOWN == len(reading.unknown)


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.text(string.printable, max_size=40))
def test_no_text_breaks_the_reading(detail: str, action: str) -> None:
    """Whatever text comes, it is read or kept, and what is kept can be stored."""
    reading = read_history([row(detail, action), row("Status: " + detail, "Edited", number=2)], LABELS)
    assert all("\x00" not in text and text.encode() for text in reading.unknown)
