"""Reading a workbook back by what its cells say, not by where they are."""

from __future__ import annotations

from typing import Any

Figures = dict[tuple[int | None, str], dict[str, Any]]


def rows(book: Any, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet below a line of heads; an empty text is nothing."""
    head, *lines = book[sheet].iter_rows(values_only=True)
    return [{name: None if value == "" else value for name, value in zip(head, line, strict=True)} for line in lines]


def figures(book: Any) -> Figures:
    """The sheet ``Figures`` by technician (``None``: the team) and KPI."""
    found = {(one["Technician id"], one["KPI"]): one for one in rows(book, "Figures")}
    assert found
    return found


def scores(book: Any) -> list[tuple[str, float | None, str | None, str | None]]:
    """Name, score, band and focus, from the summary's team row on."""
    found = []
    for name, score, band, focus, *_ in book["Summary"].iter_rows(min_row=7, values_only=True):
        if name in (None, ""):
            break
        found.append((name, score or None, band or None, focus or None))
    return found
