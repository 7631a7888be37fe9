"""The sheet ``Trend``: thirteen months of every KPI, the numbers that the charts are drawn from.

The last month is the workbook's own and comes from its figures; the sums of earlier ones are numbers (their evidence
is in their own workbooks), of which the ratio is a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.entities import MILLION
from service.scorecards.cards import Card, KpiFigure
from service.workbook.content import MONTHS, Content
from service.workbook.figures_sheet import TEAM, Block
from service.workbook.pen import Pen

NAME = "Trend"
HEADS = ("Who", "Technician id", "KPI", "Month", "Numerator", "Denominator", "Value")
_VALUE = "G"


@dataclass(frozen=True)
class Trends:
    """Where each KPI's thirteen rows lie, by card."""

    first: dict[tuple[int | None, str], int]

    def cell(self, tech_id: int | None, kpi: str, month: int) -> str:
        """The value of a KPI in a month (0 the oldest)."""
        return f"{NAME}!${_VALUE}${self.first[tech_id, kpi] + month}"


def lay(laid: Sequence[Block]) -> Trends:
    """Thirteen rows for each KPI of each card."""
    whose = [(block.card.tech_id, figure.kpi) for block in laid for figure in block.card.kpis]
    return Trends({key: 2 + number * MONTHS for number, key in enumerate(whose)})


def figure_of(card: Card | None, kpi: str) -> KpiFigure | None:
    """A KPI of a card."""
    return None if card is None else next((one for one in card.kpis if one.kpi == kpi), None)


def write_trend(pen: Pen, content: Content, laid: Sequence[Block]) -> None:
    """Write all rows."""
    pen.heads(0, HEADS)
    pen.sheet.freeze_panes(1, 0)
    pen.sheet.set_column(0, 2, 24)
    row = 1
    for block in laid:
        cards = content.months.cards[block.card.tech_id]
        for own in block.card.kpis:
            for number, month in enumerate(content.months.names):
                pen.text(row, 0, TEAM if block.card.tech_id is None else block.card.name)
                pen.number(row, 1, block.card.tech_id)
                pen.text(row, 2, own.kpi)
                pen.text(row, 3, month)
                if number == MONTHS - 1:
                    _write_own(pen, row, block, own)
                elif (then := figure_of(cards[number], own.kpi)) is not None:
                    _write_then(pen, row, then)
                row += 1


def _write_own(pen: Pen, row: int, block: Block, figure: KpiFigure) -> None:
    sums = (("D", figure.numerator), ("E", figure.denominator))
    for column, (place, value) in enumerate(sums, 4):
        pen.formula(row, column, f"={block.cell(figure.kpi, place)}", Fraction(value, MILLION))
    if figure.value is not None:
        pen.formula(row, 6, f"={block.cell(figure.kpi, 'I')}", figure.value)


def _write_then(pen: Pen, row: int, figure: KpiFigure) -> None:
    pen.number(row, 4, Fraction(figure.numerator, MILLION))
    pen.number(row, 5, Fraction(figure.denominator, MILLION))
    if figure.value is not None:
        pen.formula(row, 6, f"=E{row + 1}/F{row + 1}", figure.value)
