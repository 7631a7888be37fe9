"""Text kept compressed, with more joined to it, is one gzip member."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from service.metrics.packed import Packed

TEXTS = st.binary(max_size=200) | st.integers(0, 5_000).map(lambda count: b'kpi{tech="30000001"} 1.0\n' * count)


@given(TEXTS, TEXTS)
def test_text_and_rest_are_read_as_one_text(text: bytes, rest: bytes) -> None:
    """Whatever they are, by a reader that checks size and checksum."""
    assert text + rest == gzip.decompress(Packed.of(text).gzip(rest))


@given(TEXTS, TEXTS)
def test_it_is_one_member(text: bytes, rest: bytes) -> None:
    """A client that knows of one member only is left with nothing unread."""
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert text + rest == reader.decompress(Packed.of(text).gzip(rest))
    assert (True, b"") == (reader.eof, reader.unused_data)


@given(TEXTS)
def test_it_is_stored_and_read_back(text: bytes) -> None:
    """A row holds all of it."""
    packed = Packed.load(Packed.of(text).dump())
    assert (Packed.of(text), text) == (packed, packed.text())
