"""Authentic and odd: such an event is 202 and stored, parked or applied as design §4 says, and the next one counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.projection.ledger.facts import load_states
from service.projection.ledger.tables import Key
from tests.hostile.site import DUE, TICKET, Site, document, event

GOOD_FIELDS = document()["Fields"]
PAIRS = [{"name": name, "value": value} for name, value in GOOD_FIELDS.items()]
HUGE = 2**64
STATUS = '"Status": 1'


def raw(old: str, new: str) -> bytes:
    """A good body with one text replaced."""
    body = event().decode()
    assert 1 == body.count(old)
    return body.replace(old, new).encode()


def odd_case(document: dict[str, Any]) -> dict[str, Any]:
    """Every key in another case."""
    return {key.swapcase(): odd_case(value) if isinstance(value, dict) else value for key, value in document.items()}


PARKED: dict[str, tuple[bytes, str]] = {
    "empty body": (b"", "not_json"),
    "not JSON": (b"Action=Update&Id=42", "not_json"),
    "half a document": (event()[:60], "not_json"),
    "two documents": (event() + event(), "not_json"),
    "array": (b"[" + event() + b"]", "not_an_object"),
    "scalar: number": (b"42", "not_an_object"),
    "scalar: string": (b'"Ticket"', "not_an_object"),
    "scalar: null": (b"null", "not_an_object"),
    "nested 10 000 deep: arrays": (b"[" * 10_000 + b"]" * 10_000, "not_json"),
    "nested 10 000 deep: objects": (
        raw(STATUS, '"Status": ' + '{"a":' * 10_000 + "1" + "}" * 10_000),
        "not_json",
    ),
    "invalid UTF-8": (event().replace(b"Update", b"Upd\xffate"), "not_json"),
    "UTF-16": (event().decode().encode("utf-16"), "not_json"),
    "NUL beside the document": (event() + b"\x00", "not_json"),
    "NaN": (raw(STATUS, '"Status": NaN'), "not_json"),
    "infinity": (raw(STATUS, '"Status": -Infinity'), "not_json"),
    "a number beyond floats": (raw(STATUS, '"Status": 1e999'), "not_json"),
    "a number of 10 000 digits": (raw(STATUS, '"Status": ' + "9" * 10_000), "not_json"),
    "a value beyond 64 bits": (event(Fields={"Status": HUGE}), "bad_value"),
    "a text value beyond 64 bits": (event(Fields={"Status": str(-HUGE)}), "bad_value"),
    "an object as a value": (event(Fields={"Status": {"id": 1}}), "bad_value"),
    "a list as a value": (event(Fields={"CompanyID": [7]}), "bad_value"),
    "a flag as an id": (event(Fields={"Status": True}), "bad_value"),
    "a fraction as an id": (event(Fields={"Status": 1.5}), "bad_value"),
    "digits with underscores": (event(Fields={"EstimatedHours": "1_0"}), "bad_value"),
    "no time as a time": (event(Fields={"CreateDate": "yesterday"}), "bad_value"),
    "Fields a string": (event(Fields="Status=1"), "bad_fields"),
    "Fields a number": (event(Fields=1), "bad_fields"),
    "Fields a list of values": (event(Fields=[1, 2]), "bad_fields"),
    "Fields a list of nameless pairs": (event(Fields=[{"value": 1}]), "bad_fields"),
    "Id absent": (event(Id=...), "bad_id"),
    "Id null": (event(Id=None), "bad_id"),
    "Id negative": (event(Id=-42), "bad_id"),
    "Id a negative string": (event(Id="-42"), "bad_id"),
    "Id a word": (event(Id="forty-two"), "bad_id"),
    "Id with underscores": (event(Id="4_2"), "bad_id"),
    "Id in other digits": (event(Id="\u0664\u0662"), "bad_id"),
    "Id a fraction": (event(Id=42.5), "bad_id"),
    "Id a flag": (event(Id=True), "bad_id"),
    "Id a list": (event(Id=[42]), "bad_id"),
    "Id beyond 64 bits": (event(Id=HUGE), "bad_id"),
    "EventTime absent": (event(EventTime=...), "no_event_time"),
    "EventTime null": (event(EventTime=None), "no_event_time"),
    "EventTime empty": (event(EventTime=""), "no_event_time"),
    "EventTime a number": (event(EventTime=1_789_000_000), "implausible_time"),
    "EventTime a word": (event(EventTime="now"), "implausible_time"),
    "EventTime in 0001": (event(EventTime="0001-01-01T00:00:00Z"), "implausible_time"),
    "EventTime before 0001": (event(EventTime="0001-01-01T00:00:00+14:00"), "implausible_time"),
    "EventTime in 9999": (event(EventTime="9999-12-31T23:59:59Z"), "implausible_time"),
    "EventTime after 9999": (event(EventTime="9999-12-31T23:59:59-12:00"), "implausible_time"),
    "EventTime on no day": (event(EventTime="2026-02-30T00:00:00Z"), "implausible_time"),
    "unknown Action": (event(Action="Melt"), "unknown_action"),
    "Action absent": (event(Action=...), "unknown_action"),
    "Action a number": (event(Action=5), "unknown_action"),
    "Action with NUL and a lone surrogate": (event(Action="Upd\x00ate\ud800\x1b[2J"), "unknown_action"),
    "unknown EntityType": (event(EntityType="Spaceship"), "unknown_entity"),
    "EntityType absent": (event(EntityType=...), "unknown_entity"),
    "EntityType with NUL": (event(EntityType="Tick\x00et"), "unknown_entity"),
}

APPLIED: dict[str, bytes] = {
    "BOM": b"\xef\xbb\xbf" + event(),
    "white space around": b"\r\n\t " + event() + b" \r\n",
    "NUL and lone surrogates in a title": event(Fields=GOOD_FIELDS | {"Title": "a\x00b\ud800c"}),
    "NUL and lone surrogates in keys nobody knows": event(
        Fields=GOOD_FIELDS | {"a\x00\ud800": 1}, **{"\ud800": "\x00"}
    ),
    "duplicate keys": raw(STATUS, '"Status": 5, "Status": 1'),
    "duplicate keys in other case": raw('"Id": 42', '"ID": 41, "Id": 42'),
    "a sequence beyond 64 bits": event(SequenceNumber=HUGE),
    "a sequence that is a word": event(SequenceNumber="first"),
    "a person beyond 64 bits": event(PersonID=HUGE),
    "an unknown number beyond 64 bits": event(Fields=GOOD_FIELDS | {"userDefinedFields": HUGE}, Bonus=HUGE),
    "Fields a list of name/value pairs": event(Fields=PAIRS),
    "Fields a list of Name/Value pairs": event(Fields=[{"Name": p["name"], "Value": p["value"]} for p in PAIRS]),
    "Id a string": event(Id="42"),
    "Id a string with blanks": event(Id=" 42 "),
    "Id a whole fraction": event(Id=42.0),
    "PersonId for PersonID": raw('"PersonID"', '"PersonId"'),
    "other casing of keys": json.dumps(odd_case(document())).encode(),
    "other casing of words": event(Action="UPDATE", EntityType="tickets"),
    "EventTime without Z": event(EventTime="2026-09-14T12:00:00"),
    "EventTime with 7 digits": event(EventTime="2026-09-14T12:00:00.1234567Z"),
    "EventTime with an offset": event(EventTime="2026-09-14T08:00:00-04:00"),
    "EventTime with a blank": event(EventTime="2026-09-14 12:00:00Z "),
    "values as strings": event(Fields={"Status": "1", "CompanyID": "7", "FirstResponseDueDateTime": f" {DUE} "}),
}

WITHOUT_FIGURE: dict[str, bytes] = {
    "Fields null": event(Fields=None),
    "Fields an empty list": event(Fields=[]),
    "Fields an empty object": event(Fields={}),
    "Fields absent": event(Fields=...),
    "an entity that nothing reads": event(EntityType="Contact"),
    "a Deactivated body at the normal URL": b'{"Action":"Deactivated","Guid":"00000000-0000-0000-0000-000000000001"}',
    "a Delete of what was never created": event(Action="Delete", Fields=...),
}


@pytest.mark.parametrize("name", PARKED)
async def test_what_cannot_be_read_is_stored_and_parked(site: Site, name: str) -> None:
    """202, in the inbox, parked with its reason; the ticket's later good event counts."""
    body, reason = PARKED[name]
    position = await site.post(body)
    assert (1, {position: reason}) == (site.stored(), await site.parked())
    assert {} == site.triage()
    await site.assert_sane()


@pytest.mark.parametrize("name", APPLIED)
async def test_what_is_odd_and_can_be_read_is_applied(site: Site, name: str) -> None:
    """202, in the inbox, folded into ticket 42 as any other event; its later good event counts."""
    await site.post(APPLIED[name])
    assert (1, {}) == (site.stored(), await site.parked())
    assert {TICKET: ("pending", -1)} == site.triage()
    await site.assert_sane()


@pytest.mark.parametrize("name", WITHOUT_FIGURE)
async def test_what_says_nothing_changes_nothing(site: Site, name: str) -> None:
    """202, in the inbox, neither parked nor seen in any figure; the ticket's later good event counts."""
    await site.post(WITHOUT_FIGURE[name])
    assert (1, {}) == (site.stored(), await site.parked())
    assert {"no_sla", "deleted"} >= {reason for reason, _ in site.triage().values()}
    await site.assert_sane()


async def test_a_delete_before_its_create(site: Site) -> None:
    """A late Create does not bring back what was deleted after it; a later sighting does."""
    await site.post(event(Action="Delete", Fields=..., EventTime="2026-09-14T12:02:00Z", SequenceNumber=2))
    await site.post(event(Action="Create"))
    assert ({TICKET: ("deleted", -1)}, {}) == (site.triage(), await site.parked())
    await site.assert_sane()


async def test_the_actor_is_known_by_either_spelling(site: Site) -> None:
    """PersonId is PersonID."""
    await site.post(APPLIED["PersonId for PersonID"])
    with site.shop.harness.ledger.read() as connection:
        state = load_states(connection, [Key("Ticket", TICKET)])[Key("Ticket", TICKET)]
    assert [30691780] == [sighting.actor_id for sighting in state.sightings]


async def test_a_detail_is_fit_for_a_terminal(site: Site) -> None:
    """What a sender wrote where an action belongs is shown without control characters, on either database."""
    await site.post(PARKED["Action with NUL and a lone surrogate"][0])
    (item,) = (await site.client.get("/api/v1/parked")).json()["items"]
    assert "update?\N{REPLACEMENT CHARACTER}[2j" == item["detail"]


async def test_the_last_of_a_key_that_stands_twice_counts(site: Site) -> None:
    """And the loser, which may hold prose, is not stored."""
    await site.post(raw(STATUS, '"Description": "hunter2", "Description": "", "Status": 1'))
    with site.shop.database.read() as connection:
        stored = connection.exec_driver_sql("SELECT body FROM inbox").scalar_one()
    assert b"hunter2" not in bytes(stored)
    assert {TICKET: ("pending", -1)} == site.triage()


_TIMES = ("0001-01-01T00:00:00", "1899-12-30T00:00:00Z", "9999-12-31T23:59:59.9999999Z")


@pytest.mark.parametrize("time", _TIMES)
@pytest.mark.parametrize(
    "field",
    ["CreateDate", "CompletedDate", "FirstResponseDueDateTime", "FirstResponseDateTime", "ResolvedDueDateTime"],
)
async def test_a_field_at_the_end_of_time_harms_its_ticket_only(site: Site, field: str, time: str) -> None:
    """.NET writes 0001 for "never": the event is applied or its subject parked, another ticket is not touched."""
    await site.post(event(Id=1))
    await site.post(event(Fields=GOOD_FIELDS | {"Status": 5, field: time}))
    site.shop.harness.advance_to(site.shop.now + 3_600_000_000)
    assert {} == await site.parked()
    assert "pending" != site.triage()[1][0]
    assert [] == site.shop.harness.verify().differences
    await site.post(event(Fields={field: None, "FirstResponseDueDateTime": None}, EventTime="2026-09-14T12:30:00Z"))
    assert [] == site.shop.harness.verify().differences
    assert [] == (await site.client.get("/api/v1/parked?kind=subject")).json()["items"]
