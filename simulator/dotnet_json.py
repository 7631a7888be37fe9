"""JSON byte for byte as .NET's ``System.Text.Json`` writes it with its default encoder.

Autotask signs the bytes it sends, and this is how they look (reference/autotask.md §2.2): no spaces,
``& < > ' " ` +`` and everything outside printable ASCII as ``\\uXXXX`` in upper-case hex. A receiver that
verifies over re-serialised JSON fails on such a body; one that verifies the raw bytes does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_SHORT = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_ESCAPED = re.compile("[^ !#$%()*,\\-./0-9:;=?@A-Z\\[\\]^_a-z{|}~]")
_DOUBLE_FIXED_ABOVE = -5
_DOUBLE_FIXED_BELOW = 15


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if short := _SHORT.get(character):
        return short
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"  # a lone surrogate is no text; .NET writes the replacement character
    if code < 0x10000:
        return f"\\u{code:04X}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04X}\\u{0xDC00 + (code & 0x3FF):04X}"


def _text(value: str) -> str:
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _double(value: float) -> str:
    """The shortest decimal that reads back the same, as ``Utf8Formatter`` writes it: 1, 0.25, 1E+15, 1E-05."""
    if not math.isfinite(value):
        raise ValueError(f"{value} has no JSON form")
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    number = Decimal(repr(value)).normalize()
    point = number.adjusted()  # power of ten of the first figure
    if _DOUBLE_FIXED_ABOVE < point < _DOUBLE_FIXED_BELOW:
        return format(number, "f")
    mantissa = format(number.scaleb(-point), "f")
    return f"{mantissa}E{'-' if point < 0 else '+'}{abs(point):02d}"


def _write(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _double(value)
        case str():
            return _text(value)
        case Mapping():
            return "{" + ",".join(f"{_text(key)}:{_write(item)}" for key, item in value.items()) + "}"
        case _:
            return "[" + ",".join(map(_write, value)) + "]"


def dumps(document: Json) -> bytes:
    """The document as ASCII bytes; ``ValueError`` for a float that JSON cannot hold."""
    return _write(document).encode("ascii")
