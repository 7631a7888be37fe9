"""The bytes of ``System.Text.Json``: known answers, and a law."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.callouts import sign
from simulator.dotnet_json import Json, dumps

KNOWN_BODY = (
    rb'{"Action":"Update","Guid":"00000000-0000-0000-0000-000000000001","EntityType":"Ticket","Id":351182,'
    rb'"Fields":{"Title":"R\u0026D \u003Cb\u003E\u0022caf\u00E9\u0022\u003C/b\u003E \u002B O\u0027Neil \u0060x\u0060'
    rb' C:\\tmp\nline2","Status":"5"},"EventTime":"2025-09-15T15:10:00Z","SequenceNumber":2,"PersonID":30691780}'
)

text = st.text(st.characters(exclude_categories=["Cs"]))
documents: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


def test_the_known_body_is_written_byte_for_byte() -> None:
    """Reading the documented example and writing it again gives the documented bytes."""
    assert KNOWN_BODY == dumps(json.loads(KNOWN_BODY))


def test_the_known_body_has_the_known_signature() -> None:
    """The documented example under the documented secret has the documented signature."""
    assert sign(KNOWN_BODY, "test-secret-123456") == "sha1=XJZMobRnW7dtrYltLf16Ye6IsEY="


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("\b\t\n\f\r\\", rb'"\b\t\n\f\r\\"'),
        ("\x00\x1f\x7f\x80", rb'"\u0000\u001F\u007F\u0080"'),
        ("<>&'\"`+/", rb'"\u003C\u003E\u0026\u0027\u0022\u0060\u002B/"'),
        ("\N{MOBILE PHONE}", rb'"\uD83D\uDCF1"'),
        ("\ud83d", rb'"\uFFFD"'),
        (1.0, b"1"),
        (0.25, b"0.25"),
        (-0.0, b"-0"),
        (0.0001, b"0.0001"),
        (0.00001, b"1E-05"),
        (123456789012345.0, b"123456789012345"),
        (1e15, b"1E+15"),
        (1.5e300, b"1.5E+300"),
        ([True, None, {"a": []}], b'[true,null,{"a":[]}]'),
    ],
)
def test_single_values(value: Json, written: bytes) -> None:
    """Each kind of value is written as .NET's default encoder writes it."""
    assert written == dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(value: float) -> None:
    """A float that is no number raises instead of being written as something else."""
    with pytest.raises(ValueError, match="no JSON form"):
        dumps({"hours": value})


@given(documents)
def test_what_is_written_reads_back_the_same(document: Json) -> None:
    """Any document survives a round trip, in bytes that are plain ASCII without the escaped characters."""
    written = dumps(document)
    assert document == json.loads(written)
    assert not set(written) & set(b"<>&'`\x7f")
    assert all(0x20 <= byte < 0x7F for byte in written)
