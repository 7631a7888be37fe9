"""Text from outside in cells and sheet names: it stays text, whatever a spreadsheet would make of it.

A cell that begins with ``= + - @``, a tab or a carriage return may be run as a formula when it is edited, pasted or
read from CSV. In a workbook it is stored as a string with the mark that keeps it one; in CSV it gets an apostrophe.
"""

from __future__ import annotations

import re
from collections.abc import Collection

MOST_CHARACTERS = 1_000
SHEET_NAME_CHARACTERS = 31
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")
_DANGEROUS_TOO = ("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula."""
    return text.startswith((*_DANGEROUS, *_DANGEROUS_TOO))


def cell_text(text: str) -> str:
    """Text that any workbook can hold, cut to a length that somebody reads."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)[:MOST_CHARACTERS]


def csv_text(text: str) -> str:
    """The text of a CSV cell that no spreadsheet runs."""
    clean = cell_text(text)
    return f"'{clean}" if is_dangerous(clean) else clean


def sheet_name(wanted: str, otherwise: str, taken: Collection[str]) -> str:
    """A name that a sheet may have and none has yet (case means nothing); ``otherwise`` when nothing is left of it."""
    clean = " ".join(_NOT_IN_SHEET_NAMES.sub(" ", cell_text(wanted)).split()).strip("' ") or otherwise
    used = {name.casefold() for name in taken} | {"history"}  # Excel keeps that name to itself
    name, number = clean[:SHEET_NAME_CHARACTERS].rstrip("' "), 1
    while name.casefold() in used:
        number += 1
        tail = f" ({number})"
        name = clean[: SHEET_NAME_CHARACTERS - len(tail)].rstrip("' ") + tail
    return name
