"""Writing cells: text that stays text, numbers, days, and formulas with the value they have now.

Rows are written in order and leave memory at once (``constant_memory``), so a sheet of any length costs the same.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from xlsxwriter import Workbook  # type: ignore[import-untyped] # it has hints and no py.typed
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # the same

from models.instants import Day, date_of
from service.workbook.texts import cell_text, is_dangerous

Value: TypeAlias = Fraction | float | str | None
MOST_IN_A_FORMULA = 250
"""Characters of a text inside a formula; Excel takes 255."""

_STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "kept": {"quote_prefix": True},
    "title": {"bold": True, "font_size": 16},
    "note": {"font_color": "#595959"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "bold": {"bold": True},
    "percent": {"num_format": "0.0%"},
    "number": {"num_format": "0.00"},
    "count": {"num_format": "#,##0"},
    "score": {"num_format": "0.0", "bold": True},
    "day": {"num_format": "yyyy-mm-dd"},
    "good": {"bg_color": "#d7f0dd", "font_color": "#0b4a1f"},
    "watch": {"bg_color": "#fff0c2", "font_color": "#5c4300"},
    "act": {"bg_color": "#fbd9d6", "font_color": "#7a120b"},
    "best": {"bg_color": "#b7e4c3", "font_color": "#0b4a1f"},
}


class Styles:
    """The formats of one workbook, by name."""

    def __init__(self, book: Workbook) -> None:
        self._formats = {name: book.add_format(wanted) for name, wanted in _STYLES.items()}

    def __getitem__(self, name: str) -> Any:
        return self._formats[name]


class Pen:
    """Writes one sheet, row after row."""

    def __init__(self, sheet: Worksheet, styles: Styles) -> None:
        self.sheet = sheet
        self.styles = styles
        self.name: str = sheet.get_name()

    def text(self, row: int, column: int, text: str, style: str = "plain") -> None:
        """Text as it is, whatever it begins with."""
        if text:
            clean = cell_text(text)
            style = "kept" if style == "plain" and is_dangerous(clean) else style
            self.sheet.write_string(row, column, clean, self.styles[style])

    def number(self, row: int, column: int, value: Fraction | float | None, style: str = "plain") -> None:
        """A number; nothing for ``None``."""
        if value is not None:
            self.sheet.write_number(row, column, float(value), self.styles[style])

    def day(self, row: int, column: int, day: Day) -> None:
        """A local day as a date."""
        self.sheet.write_datetime(row, column, date_of(day), self.styles["day"])

    def formula(self, row: int, column: int, formula: str, value: Value, style: str = "plain") -> None:
        """A formula of our own words, and what comes of it now: for viewers that do not calculate."""
        shown: float | str = value if isinstance(value, str) else "" if value is None else float(value)
        self.sheet.write_formula(row, column, formula, self.styles[style], shown)

    def link(self, row: int, column: int, address: str) -> None:
        """A link that costs the sheet nothing (a workbook takes 65 530 of the other kind)."""
        if '"' in address or len(address) > MOST_IN_A_FORMULA:
            self.text(row, column, address)
        else:
            self.formula(row, column, f'=HYPERLINK("{address}","open")', "open")

    def print_wide(self) -> None:
        """Printed landscape, as many pages long as it takes and one wide."""
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)

    def heads(self, row: int, words: tuple[str, ...]) -> None:
        """A line of column heads, two lines high."""
        self.sheet.set_row(row, 32)
        for column, word in enumerate(words):
            self.text(row, column, word, "head")
