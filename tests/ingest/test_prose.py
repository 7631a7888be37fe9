"""Prose: blanked wherever it stands, and nothing else is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prose import MAX_DEPTH, blank, parse
from ingest.webhooks import fact_of
from models.errors import Unreadable
from models.inbox import NO_ENTITY, NO_ID
from tests.door import KNOWN_BODY

PASSWORD = "hunter2"
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = st.sampled_from(["Description", "Fields", "Id", "Status", "resolution", "Title", "SummaryNotes"]) | st.text()
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)


def test_a_body_without_prose_is_kept_byte_for_byte() -> None:
    """The known body, escapes and all, is stored as it came."""
    assert blank(KNOWN_BODY).body == KNOWN_BODY


@pytest.mark.parametrize(
    "body",
    [
        b'{"Fields":{"Description":"hunter2"}}',
        b'{"fields":{"dEsCrIpTiOn":"hunter2","RESOLUTION":"hunter2"}}',
        b'{"Description":"hunter2"}',
        b'{"Fields":{"SummaryNotes":"hunter2","internalNotes":"hunter2"}}',
        b'{"Fields":{"Internal Notes":"hunter2","summary_notes":"hunter2"}}',
        b'{"Fields":{"note":"hunter2","Notes":["hunter2",{"x":"hunter2"}]}}',
        b'{"Fields":{"Description":{"text":"hunter2"}}}',
        b'{"Fields":[{"Name":"Description","Value":"hunter2"}]}',
        b'{"Fields":[{"value":"hunter2","name":"internal notes"}]}',
        b'{"Fields":[{"field":"Resolution","oldValue":"hunter2","newValue":"hunter2"}]}',
        b'{"Fields":{"Description":"hunter2"},"Fields":{"Status":1}}',
        b'{"Description":"hunter2","Description":""}',
        b'{"D\\u0065scription":"\\u0068unter2"}',
        b'[[[{"a":[{"description":"hunter2"}]}]]]',
    ],
)
def test_prose_is_blanked_wherever_it_stands(body: bytes) -> None:
    """Neither case, nor place, nor pair lists, nor a key that stands twice keeps a password."""
    stored = blank(body).body

    assert PASSWORD.encode() not in stored
    assert PASSWORD not in json.dumps(parse(stored))


def test_everything_beside_prose_stays() -> None:
    """Titles, statuses and unknown keys survive the blanking."""
    body = b'{"Id":7,"Fields":{"Title":"Printer","Description":"x","Status":"5","Udf":{"a":[1,2.5,null]}}}'

    assert parse(blank(body).body) == {
        "Id": 7,
        "Fields": {"Title": "Printer", "Description": "", "Status": "5", "Udf": {"a": [1, 2.5, None]}},
    }


@pytest.mark.parametrize("empty", [b'{"Fields":{"Description":""}}', b'{"Fields":{"Description":null}}'])
def test_empty_prose_is_left_alone(empty: bytes) -> None:
    """Where nothing is to blank the bytes stay as they came."""
    assert blank(empty).body == empty


def test_a_byte_order_mark_hides_nothing() -> None:
    """A body that begins with one is read, so that its prose is blanked too."""
    assert b'{"Note":"","Id":1}' == blank(b'\xef\xbb\xbf{"Note":"hunter2","Id":1}').body
    assert {"Id": 1} == parse(b'\xef\xbb\xbf{"Id":1}')


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    """The stored body holds one of each key, the one a reader would take."""
    assert blank(b'{"Id":1,"Id":2}').body == b'{"Id":2}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"Id":1',
        b'{"Id":NaN}',
        b'{"Id":-Infinity}',
        b'{"Id":1e999}',
        b'{"Id":"\xff"}',
        '{"Id":1}'.encode("utf-16"),
        b"\xef\xbb\xbf" * 2 + b"{}",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"Id":' + b"9" * 5_000 + b"}",
    ],
)
def test_what_cannot_be_read_is_kept_as_it_came(body: bytes) -> None:
    """An unreadable body becomes a fact of no entity, and reading it later fails just the same."""
    fact = fact_of(body, 0)

    assert (body, NO_ENTITY, NO_ID) == (fact.body, fact.entity_type, fact.entity_id)
    with pytest.raises(Unreadable, match="not_json"):
        parse(fact.body)


def test_nesting_up_to_the_limit_is_read() -> None:
    """The limit counts levels, not brackets."""
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    wide = b"[" + b",".join([b"{}"] * 1_000) + b"]"

    assert blank(deepest).document is not None
    assert blank(wide).document == [{}] * 1_000


@given(DOCUMENTS)
def test_blanking_is_all_or_nothing_and_final(document: Any) -> None:
    """Whatever the document: prose is empty, the rest is as before, and blanking again changes nothing."""
    body = json.dumps(document).encode()
    once = blank(body).body

    assert parse(once) == _without_prose(document)
    assert blank(once).body == once


PROSE = {
    *("description", "resolution", "note", "notes", "notetext", "notedescription"),
    *("summary", "summarynote", "summarynotes", "internalnote", "internalnotes"),
}


NAMING, NAMED = {"name", "field", "fieldname", "key"}, {"value", "oldvalue", "newvalue"}


def _word(key: str) -> str:
    return "".join(one for one in key if one.isalnum()).casefold()


def _is_prose(key: Any) -> bool:
    return isinstance(key, str) and _word(key) in PROSE


def _without_prose(document: Any) -> Any:
    if isinstance(document, list):
        return [_without_prose(item) for item in document]
    if isinstance(document, dict):
        named = any(_word(key) in NAMING and _is_prose(value) for key, value in document.items())
        blanked = {key for key in document if _is_prose(key) or (named and _word(key) in NAMED)}
        return {
            key: ("" if value is not None else None) if key in blanked else _without_prose(value)
            for key, value in document.items()
        }
    return document
