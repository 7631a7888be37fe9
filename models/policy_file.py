"""Reads the policy file and knows on which line each key stands, so that an error can be found by its number.

A *path* is the way to a value in the document: keys, and indexes for the elements of lists. ``tomllib`` reads
the document but tells no lines; ``key_lines`` walks the same text, which ``tomllib`` has already found valid,
and notes the line of every path.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from models.errors import PolicyError

KeyPath: TypeAlias = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRINGS = (
    r'"""(?:\\.|[^\\])*?"{3,5}',
    r"'''.*?'{3,5}",
    r'"(?:\\.|[^"\\])*"',
    r"'[^']*'",
)
_STRING = re.compile("|".join(_STRINGS), re.DOTALL)
_SYNTAX_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """A TOML file as read: its ``name`` for messages, its ``content`` and the line of every path."""

    name: str
    content: dict[str, Any]
    lines: dict[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """The line of a path, else of the nearest table around it; 1 when nothing of it is written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_document(path: Path) -> Document:
    """Read a TOML file, decimals exact. ``PolicyError`` when it is no UTF-8 TOML; ``FileNotFoundError`` as is."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{path}:{line}: is not UTF-8 text") from error
    try:
        return Document(str(path), tomllib.loads(text, parse_float=Decimal), key_lines(text))
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_PLACE.match(str(error))
        last_line = text.rstrip("\n").count("\n") + 1
        message, line = (place[1], int(place[2] or last_line)) if place else (str(error), last_line)
        raise PolicyError(f"{path}:{line}: is not valid TOML: {message}") from error


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table, key and list element of a valid TOML text."""
    return _Scanner(text).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._tables_of: dict[KeyPath, int] = {}  # arrays of tables: how many tables so far

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._next():
            if self._next() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _next(self) -> str:
        """The next character that is neither blank nor comment; empty at the end."""
        self._take(_BLANK)
        return self._text[self._at : self._at + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        found = match.group() if match else ""
        self._at += len(found)
        return found

    def _note(self, path: KeyPath, start: int) -> None:
        line = bisect_left(self._newlines, start) + 1
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            quoted = self._next() in ('"', "'")
            part = self._take(_STRING if quoted else _BARE_KEY)
            parts.append(tomllib.loads(f"key = {part}")["key"] if quoted else part)
            if self._next() != ".":
                return tuple(parts)
            self._at += 1

    def _header(self) -> KeyPath:
        start = self._at
        repeated = self._text.startswith("[[", start)
        self._at += 2 if repeated else 1
        key = self._key()
        self._at += 2 if repeated else 1
        path: KeyPath = ()
        for part in key[:-1]:
            path = self._latest((*path, part))
        path = (*path, key[-1])
        if repeated:
            self._tables_of[path] = self._tables_of.get(path, 0) + 1
            path = self._latest(path)
        self._note(path, start)
        return path

    def _latest(self, path: KeyPath) -> KeyPath:
        return (*path, self._tables_of[path] - 1) if path in self._tables_of else path

    def _pair(self, table: KeyPath) -> None:
        start = self._at
        path = (*table, *self._key())
        self._note(path, start)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        first = self._next()
        self._note(path, self._at)
        if first == "[":
            self._at += 1
            index = 0
            while self._next() != "]":
                self._value((*path, index))
                index += 1
                self._comma()
            self._at += 1
        elif first == "{":
            self._at += 1
            while self._next() != "}":
                self._pair(path)
                self._comma()
            self._at += 1
        else:
            self._take(_STRING if first in ('"', "'") else _BARE_VALUE)

    def _comma(self) -> None:
        if self._next() == ",":
            self._at += 1
