"""Text from outside, made safe for cells, CSV and sheet names."""

from __future__ import annotations

import pytest

from service.workbook.evidence_sheet import sheets_for
from service.workbook.texts import cell_text, csv_text, sheet_name


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(begin: str) -> None:
    """Every beginning that a spreadsheet takes for a formula, also the wide ones of East Asian keyboards."""
    assert f"'{begin}cmd|'/c calc'!A1" == csv_text(f"{begin}cmd|'/c calc'!A1")


def test_other_text_stays_as_it_is() -> None:
    """A name with a hyphen inside is a name."""
    assert "Anne-Marie = O'Neil" == csv_text("Anne-Marie = O'Neil")


def test_what_no_workbook_can_hold_is_replaced() -> None:
    """Control characters and lone surrogates; and no cell is longer than anybody reads."""
    assert "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}" == cell_text("a\x00b\ud800")
    assert 1_000 == len(cell_text("x" * 40_000))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Ann Archer", "Ann Archer"),
        ("a[b]c:d*e?f/g\\h", "a b c d e f g h"),
        ("'quoted'", "quoted"),
        ("[]", "Technician 1"),
        ("", "Technician 1"),
        ("history", "history (2)"),
        ("summary", "summary (2)"),
        ("x" * 40, "x" * 31),
        ("y" * 40, "y" * 27 + " (2)"),
    ],
)
def test_a_sheet_has_a_name_that_it_may_have_and_that_is_its_own(wanted: str, expected: str) -> None:
    """At most 31 characters, none of ``[]:*?/\\``, no apostrophe at either end, no name twice whatever its case."""
    assert expected == sheet_name(wanted, "Technician 1", ["Summary", "Y" * 31])


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, {"Evidence": 0}),
        (3, {"Evidence": 3}),
        (4, {"Evidence": 4}),
        (9, {"Evidence": 4, "Evidence2": 4, "Evidence3": 1}),
    ],
)
def test_a_full_sheet_is_followed_by_another(count: int, expected: dict[str, int]) -> None:
    """Nothing is cut."""
    assert expected == sheets_for(count, 4)
