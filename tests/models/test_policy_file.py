"""The locator of the policy file: every path of what ``tomllib`` reads, and its line."""

from __future__ import annotations

import tomllib

import pytest

from models.policy_file import KeyPath, key_lines

TRICKY = "\n".join(
    [
        "plain = 1 # not = this",
        "\"quoted.key\" = 'a # b'",
        r"'single' = " + r'"a \" = b"',
        'a.b . "c d" = 2',
        'empty = ""',
        "many = [ # [",
        "  [1, 2], \"]\", '''",
        "[no.table]",
        "x = 1''',",
        '  { y = [3], "z" = { w = 4 } }, # }',
        "]",
        'text = """',
        "[no.table]",
        r'last = ""two"" quotes \"""a"""""',
        "moment = 2026-01-01 08:00:00",
        '[ table . "in side" ]',
        "k = true",
        "[[rows]]",
        "n = 1",
        "[rows.below]",
        "m = 1",
        "[[rows]]",
        "n = 2",
        "[[rows.deep]]",
        "o = 3",
        "[after]",
    ]
)


def paths(content: object, path: KeyPath = ()) -> set[KeyPath]:
    """Every way into a document."""
    inner: dict[str | int, object] = {}
    if isinstance(content, dict):
        inner = content
    elif isinstance(content, list):
        inner = dict(enumerate(content))
    here = {path} if path else set()
    return here.union(*(paths(value, (*path, key)) for key, value in inner.items()))


def test_it_finds_every_path_and_no_other() -> None:
    """Quoted and dotted keys, nested lists and tables, brackets and keys inside texts, arrays of tables."""
    assert paths(tomllib.loads(TRICKY)) == set(key_lines(TRICKY))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("quoted.key",), '"quoted.key" ='),
        (("a", "b", "c d"), "a.b"),
        (("many", 0, 1), "[1, 2]"),
        (("many", 3, "z", "w"), "{ y ="),
        (("moment",), "moment ="),
        (("table", "in side", "k"), "k ="),
        (("rows", 0, "below", "m"), "m = 1"),
        (("rows", 1, "n"), "n = 2"),
        (("rows", 1, "deep", 0, "o"), "o = 3"),
        (("after",), "[after]"),
    ],
)
def test_it_knows_the_line(path: KeyPath, text: str) -> None:
    """The line of a path holds its text."""
    assert text in TRICKY.splitlines()[key_lines(TRICKY)[path] - 1]
