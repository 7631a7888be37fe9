"""JSON values of Autotask fields, read leniently and exactly; what cannot be read is refused, never guessed."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from ingest.autotask.catalogue import Kind
from models.entities import MILLION, Value
from models.errors import Unreadable
from models.instants import day_of, parse_instant

MAX_TEXT = 500
_LIMIT = 2**63 - 1
_MAX_DECIMAL = Decimal(10**9)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def read_value(name: str, kind: Kind, raw: object) -> Value:
    """The value of one field; ``Unreadable`` (``bad_value``) when it is not of its kind."""
    if raw is None or raw == "":
        return None
    try:
        return _READERS[kind](raw)
    except (ValueError, OverflowError, InvalidOperation) as error:
        raise Unreadable("bad_value", f"{name}: {clean_text(repr(raw))[:80]}") from error


def read_id(raw: object) -> int:
    """An id given as number or string; ``ValueError`` for anything else or beyond 64 bits."""
    if type(raw) is int and -_LIMIT <= raw <= _LIMIT:
        return raw
    if isinstance(raw, bool):
        raise ValueError("a flag is no id")
    if isinstance(raw, float):
        if not raw.is_integer():
            raise ValueError("a fraction is no id")
        raw = int(raw)
    if isinstance(raw, str):
        raw = int(_plain(raw))
    if not isinstance(raw, int) or abs(raw) > _LIMIT:
        raise ValueError("not a 64 bit integer")
    return raw


def clean_text(text: str) -> str:
    """Text every database takes: no NUL, no lone surrogate, bounded."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:MAX_TEXT]


def _plain(text: str) -> str:
    """The text of a number; ``ValueError`` for what only Python takes for one: other scripts' digits, ``1_000``."""
    text = text.strip()
    if not text.isascii() or "_" in text:
        raise ValueError("not a number as JSON writes it")
    return text


def _id(raw: object) -> Value:
    try:
        return read_id(raw)
    except ValueError:
        if isinstance(raw, str) and not raw.strip().lstrip("+-").isdigit():
            return clean_text(raw.strip())  # a picklist label: roles by label need the picklist
        raise


def _instant(raw: object) -> Value:
    if not isinstance(raw, str):
        raise ValueError("not a time")
    return parse_instant(raw)


def _date(raw: object) -> Value:
    if not isinstance(raw, str):
        raise ValueError("not a date")
    return day_of(date.fromisoformat(raw.strip()[:10]))


def _decimal(raw: object) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError("not a number")
    number = Decimal(repr(raw) if isinstance(raw, float) else _plain(str(raw)))
    if not number.is_finite() or abs(number) > _MAX_DECIMAL:
        raise ValueError("out of range")
    return int((number * MILLION).to_integral_value(ROUND_HALF_EVEN))


def _flag(raw: object) -> Value:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | str):
        flag = _FLAGS.get(str(raw).strip().lower())
        if flag is not None:
            return flag
    raise ValueError("not a flag")


def _text(raw: object) -> Value:
    return clean_text(raw if isinstance(raw, str) else str(raw))


def _json(raw: object) -> Value:
    if not isinstance(raw, str):
        raise ValueError("not JSON in text")
    return raw  # written by ``ingest.own`` alone, never by outsiders


_READERS = {
    Kind.ID: _id,
    Kind.INSTANT: _instant,
    Kind.DATE: _date,
    Kind.DECIMAL: _decimal,
    Kind.FLAG: _flag,
    Kind.TEXT: _text,
    Kind.JSON: _json,
}
