"""The sheet ``Summary``: technicians by KPIs as managers know it, by name; then the same in words, then the trend.

Colour follows the words below the numbers, so that nothing is said by colour alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from models.instants import isoformat
from service.pages.words import DEFINITIONS, days, window_word
from service.scorecards.cards import Card
from service.workbook.content import Content
from service.workbook.figures_sheet import TEAM, Block
from service.workbook.pen import Pen
from service.workbook.person_sheet import standing, standing_formula, style_of
from service.workbook.policy_sheet import Terms
from service.workbook.score_cells import band_formula, focus_formula, score_formula
from service.workbook.trend_sheet import figure_of

NAME = "Summary"
_HEAD = 4
_LEFT = ("Technician", "Score", "Band", "Focus")
_KPIS = len(_LEFT)
_BAND_STYLES = (("best_in_class", "best"), ("on_track", "good"), ("coach", "watch"), ("intervene", "act"))
_WORD_STYLES = (("On target", "good"), ("Watch", "watch"), ("Act", "act"))


class Summary:
    """Lays out and writes the sheet. Rows: head, targets, team, technicians."""

    def __init__(self, content: Content, laid: Sequence[Block], terms: Terms) -> None:
        self._content, self._laid, self._terms = content, laid, terms
        self._kpis = [one.key for one in content.terms]
        self._names = Counter(block.card.name for block in laid)
        self._words = _HEAD + 3 + len(laid) + 2

    def score_cell(self, number: int) -> str:
        """The cell of a card's score, from other sheets."""
        return f"{NAME}!$B${_HEAD + 3 + number}"

    @property
    def charts_from(self) -> int:
        """The first row below all."""
        return self._words + len(self._laid) + 4

    def write(self, pen: Pen) -> None:
        """Write the sheet."""
        content, sheet = self._content, pen.sheet
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 8)
        sheet.set_column(2, 3, 24)
        sheet.set_column(_KPIS, _KPIS + len(self._kpis), 14)
        sheet.freeze_panes(_HEAD + 2, 1)
        pen.print_wide()
        pen.text(0, 0, f"Tech Balanced Scorecard, {window_word(content.month.name)}", "title")
        span = days(content.month.first_day, content.month.last_day)
        pen.text(1, 0, f"{span}, as of {isoformat(content.view.as_of)}, as corrected", "note")
        where = "Every ratio and score is a formula over the sheet Evidence; terms are on the sheet Policy."
        alone = "The team's sums are numbers here: their evidence tells about other people."
        pen.text(2, 0, where if content.tells_all else alone, "note")
        pen.heads(_HEAD, (*_LEFT, *(DEFINITIONS[kpi].title for kpi in self._kpis)))
        pen.text(_HEAD + 1, 0, "Target", "note")
        for column, one in enumerate(content.terms, _KPIS):
            pen.formula(
                _HEAD + 1, column, f"={self._terms.cell(one.key, 'Target')}", one.target, style_of(one.definition)
            )
        for number, block in enumerate(self._laid):
            self._write_card(pen, _HEAD + 2 + number, block)
        self._write_words(pen)
        self._colour(pen)

    def _write_card(self, pen: Pen, row: int, block: Block) -> None:
        card = block.card
        pen.text(row, 0, self._whose(card), "bold")
        pen.formula(row, 1, score_formula(block, self._terms), card.score, "score")
        pen.formula(row, 2, band_formula(f"$B{row + 1}", self._terms), card.band)
        pen.formula(row, 3, focus_formula(block), card.focus)
        for column, kpi in enumerate(self._kpis, _KPIS):
            figure = figure_of(card, kpi)
            if figure is not None:
                pen.formula(row, column, f"={block.cell(kpi, 'I')}", figure.value, style_of(DEFINITIONS[kpi]))

    def _write_words(self, pen: Pen) -> None:
        pen.heads(self._words, ("In words", "", "", "", *(DEFINITIONS[kpi].title for kpi in self._kpis)))
        for number, block in enumerate(self._laid):
            row = self._words + 1 + number
            pen.text(row, 0, self._whose(block.card))
            for column, kpi in enumerate(self._kpis, _KPIS):
                figure = figure_of(block.card, kpi)
                if figure is not None:
                    pen.formula(row, column, standing_formula(block, kpi), standing(figure))

    def _colour(self, pen: Pen) -> None:
        first, last = _HEAD + 2, _HEAD + 1 + len(self._laid)
        for word, style in _BAND_STYLES:
            rule = {"type": "formula", "criteria": f'=$C{first + 1}="{word}"', "format": pen.styles[style]}
            pen.sheet.conditional_format(first, 1, last, 2, rule)
        right = _KPIS + len(self._kpis) - 1
        letter = chr(ord("A") + _KPIS)
        for word, style in _WORD_STYLES:
            for top in (first, self._words + 1):
                criteria = f'={letter}{self._words + 2}="{word}"'
                rule = {"type": "formula", "criteria": criteria, "format": pen.styles[style]}
                pen.sheet.conditional_format(top, _KPIS, top + len(self._laid) - 1, right, rule)

    def _whose(self, card: Card) -> str:
        """A name; with the id where two people have one name."""
        if card.tech_id is None:
            return TEAM
        return card.name if self._names[card.name] == 1 else f"{card.name} ({card.tech_id})"
