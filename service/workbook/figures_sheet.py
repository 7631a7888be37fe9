"""The sheet ``Figures``: each KPI of the team and of each technician, from the evidence to its part of the score.

Every cell but names and ids is a formula (kpis.md §1 R1 to R3, §3 tech_score). Sums are in whole hours and things, as
the evidence has them; a sum is rounded to the millionths it is made of, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.entities import MILLION
from service.scorecards.cards import Card, KpiFigure
from service.scorecards.effects import effects_of, weight_of
from service.scorecards.terms import Terms as Term
from service.workbook.content import Content
from service.workbook.evidence_sheet import Places
from service.workbook.pen import Pen
from service.workbook.policy_sheet import Terms

NAME = "Figures"
TEAM = "Team"
HEADS = (
    *("Who", "Technician id", "KPI", "Numerator", "Denominator", "Sample", "Provisional", "Measurable", "Value"),
    *("Sufficient", "Attainment", "Weight", "Counts", "Counted weight", "Effect", "Slot"),
)
_SUMS = (("numerator", "D"), ("denominator", "E"), ("sample", "F"), ("provisional", "G"))


@dataclass(frozen=True)
class Block:
    """The rows of one card on the sheet (numbered as a spreadsheet does)."""

    card: Card
    first: int

    @property
    def last(self) -> int:
        return self.first + len(self.card.kpis) - 1

    def cell(self, kpi: str, column: str) -> str | None:
        """The cell of a KPI, from other sheets; ``None`` where the card has no such KPI."""
        rows = {figure.kpi: self.first + number for number, figure in enumerate(self.card.kpis)}
        return f"{NAME}!${column}${rows[kpi]}" if kpi in rows else None

    def range(self, column: str, *, sheet: bool = True) -> str:
        """A column of the card."""
        return f"{f'{NAME}!' if sheet else ''}${column}${self.first}:${column}${self.last}"


def blocks(cards: Sequence[Card]) -> list[Block]:
    """Where each card's rows lie."""
    found: list[Block] = []
    first = 2
    for card in cards:
        found.append(Block(card, first))
        first += len(card.kpis)
    return found


def write_figures(pen: Pen, content: Content, laid: Sequence[Block], places: Places, terms: Terms) -> None:
    """Write all rows."""
    pen.heads(0, HEADS)
    pen.sheet.freeze_panes(1, 3)
    for column, width in enumerate((24, 12, 28, *[12] * 12, 24)):
        pen.sheet.set_column(column, column, width)
    by_kpi = {one.key: one for one in content.terms}
    for block in laid:
        effects = effects_of(block.card, content.terms)
        for number, figure in enumerate(block.card.kpis):
            row = _Row(pen, block, block.first + number, figure, by_kpi[figure.kpi], terms)
            row.write_sums(places, as_formulas=content.tells_all or block.card.tech_id is not None)
            row.write_value()
            row.write_part(effects)


class _Row:
    """One KPI of one card."""

    def __init__(self, pen: Pen, block: Block, row: int, figure: KpiFigure, term: Term, terms: Terms) -> None:
        self._pen, self._block, self._row = pen, block, row
        self._figure, self._term, self._terms = figure, term, terms

    def write_sums(self, places: Places, *, as_formulas: bool) -> None:
        pen, row, figure, card = self._pen, self._row, self._figure, self._block.card
        pen.text(row - 1, 0, TEAM if card.tech_id is None else card.name)
        pen.number(row - 1, 1, card.tech_id)
        pen.text(row - 1, 2, figure.kpi)
        values = (
            *(Fraction(one, MILLION) for one in (figure.numerator, figure.denominator)),
            *(Fraction(one) for one in (figure.sample_size, figure.provisional)),
        )
        for (what, column), value in zip(_SUMS, values, strict=True):
            place = ord(column) - ord("A")
            if as_formulas:
                formula = places.sum(what, f"$C{row}", None if card.tech_id is None else f"$B{row}")
                pen.formula(row - 1, place, formula, value)
            else:
                pen.number(row - 1, place, value)

    def write_value(self) -> None:
        row, figure, kpi = self._row, self._figure, self._figure.kpi
        target, floor = self._terms.cell(kpi, "Target"), self._terms.cell(kpi, "Floor")
        reached = ">=" if self._term.definition.higher_is_better else "<="
        enough = f"E{row}>0" if self._term.definition.spells else f"F{row}>={self._terms.cell(kpi, 'Least sample')}"
        self._formula("H", f"={self._terms.cell(kpi, 'Measurable')}", int(figure.measurable))
        self._formula("I", f'=IF(AND(H{row}=1,E{row}<>0),D{row}/E{row},"")', figure.value)
        self._formula("J", f"=IF({enough},1,0)", int(figure.sufficient))
        way = f"MAX(0,MIN(1,(I{row}-{floor})/({target}-{floor})))"
        all_or_nothing = f"IF(ROUND(I{row}-{target},12){reached}0,1,0)"
        attained = f'=IF(I{row}="","",IF({target}={floor},{all_or_nothing},{way}))'
        self._formula("K", attained, figure.attainment)

    def write_part(self, effects: dict[str, Fraction]) -> None:
        row, card, kpi = self._row, self._block.card, self._figure.kpi
        weight, counts = weight_of(card, self._term), kpi in effects
        whose = "Team weight" if card.tech_id is None else "Technician weight"
        whole = f"SUM({self._block.range('N', sheet=False)})"
        self._formula("L", f"={self._terms.cell(kpi, whose)}", weight)
        self._formula("M", f'=IF(AND(H{row}=1,J{row}=1,K{row}<>"",L{row}>0),1,0)', int(counts))
        self._formula("N", f"=L{row}*M{row}", weight if counts else 0)
        self._formula("O", f'=IF(M{row}=1,ROUND(L{row}*(1-K{row})/{whole},9),"")', effects.get(kpi))
        self._formula("P", f"={self._terms.cell(kpi, 'Slot')}", self._term.definition.slot)

    def _formula(self, column: str, formula: str, value: Fraction | int | str | None) -> None:
        self._pen.formula(self._row - 1, ord(column) - ord("A"), formula, value)
