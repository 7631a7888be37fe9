"""Just enough of PromQL to say which families and labels an expression names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SELECTOR = re.compile(r"\b(techscore_\w+|up)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_MADE = re.compile(r"\blabel_(?:replace|join)\(")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_RATED = re.compile(r"\b(rate|irate|increase)\s*\(\s*(techscore_\w+)(?:\{[^}]*\})?\[([^\]]+)\]")
_SUFFIXES = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, slots=True)
class Selector:
    """A family with its matchers."""

    family: str
    matchers: tuple[tuple[str, str], ...]


def selectors(expression: str) -> Iterator[Selector]:
    """Every selector, in order."""
    for family, matchers in _SELECTOR.findall(expression):
        yield Selector(family, tuple(_MATCHER.findall(matchers)))


def grouped(expression: str) -> set[str]:
    """The labels that are kept, matched on or carried over."""
    return {label.strip() for labels in _GROUPED.findall(unquoted(expression)) for label in labels.split(",")} - {""}


def made(expression: str) -> set[str]:
    """The labels that ``label_replace`` and ``label_join`` write."""
    return {name for name, _ in _writes(expression)}


def words(expression: str) -> set[str]:
    """The fixed values that ``label_replace`` writes."""
    return {value for _, value in _writes(expression) if value}


def rated(expression: str) -> list[tuple[str, str, str]]:
    """Function, family and range of each ``rate`` and its like."""
    return _RATED.findall(expression)


def base(family: str) -> str:
    """The family as it is documented: a histogram's parts belong to it."""
    return next((family.removesuffix(end) for end in _SUFFIXES if family.endswith(end)), family)


def unquoted(expression: str) -> str:
    """The same with nothing in its strings."""
    return _STRING.sub('""', expression)


def _writes(expression: str) -> Iterator[tuple[str, str]]:
    """Label and replacement: the first strings after the closing bracket of what is relabelled."""
    for call in _MADE.finditer(expression):
        depth, place = 1, call.end()
        while place < len(expression) and depth:  # to the first comma of this call's own arguments
            sign = expression[place]
            if sign == '"':
                place = _STRING.match(expression, place).end()  # type: ignore[union-attr] # a string is closed
                continue
            depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(sign, 0)
            if sign == "," and depth == 1:
                break
            place += 1
        name, value, *_ = _STRING.findall(expression[place:])
        yield name, value if call.group().startswith("label_replace") and "$" not in value else ""
