"""One sheet per technician, and the team's: its KPIs this month, and thirteen months with their target lines."""

from __future__ import annotations

from collections.abc import Iterator

from service.kpis.definition import Definition
from service.pages.words import DEFINITIONS, TONE_WORDS, tone
from service.scorecards.cards import KpiFigure
from service.scorecards.effects import effects_of
from service.scorecards.score import BANDS
from service.workbook.charts import line_chart
from service.workbook.content import MONTHS, Content
from service.workbook.figures_sheet import TEAM, Block
from service.workbook.pen import Pen, Value
from service.workbook.policy_sheet import Terms
from service.workbook.trend_sheet import Trends

HEADS = ("KPI", "Value", "Target", "Floor", "Attainment", "Sample", "Standing", "Effect on the score", "Provisional")
TABLE = 5
CHARTS_A_ROW = 3
CHART_ROWS, CHART_PIXELS = 16, 560


def style_of(definition: Definition) -> str:
    """How a KPI's value is written: hours as a number, all else in per cent."""
    return "number" if definition.spells else "percent"


def standing(figure: KpiFigure) -> str:
    """What a value asks for, in words."""
    if not figure.measurable:
        return "not measurable"
    if figure.value is None:
        return "no data"
    return TONE_WORDS[tone(figure)] if figure.sufficient else "small sample"


def standing_formula(block: Block, kpi: str) -> str:
    """The same of the cells."""
    measurable, value, enough, attained = (block.cell(kpi, column) for column in "HIJK")
    words = f'IF({attained}>=1,"On target",IF(ROUND({attained},9)>=0.7,"Watch","Act"))'
    return f'=IF({measurable}=0,"not measurable",IF({value}="","no data",IF({enough}=0,"small sample",{words})))'


class PersonSheet:
    """Lays out and writes one sheet; ``score`` is the cell that has the month's score."""

    def __init__(self, pen: Pen, content: Content, block: Block, terms: Terms, trends: Trends, score: str) -> None:
        self._pen, self._content, self._block = pen, content, block
        self._terms, self._trends, self._score = terms, trends, score
        self._kpis = [figure.kpi for figure in block.card.kpis]
        self._months = TABLE + len(self._kpis) + 4

    def write(self) -> None:
        """Head, this month's table, then thirteen months."""
        pen, card = self._pen, self._block.card
        pen.sheet.set_column(0, 0, 30)
        pen.sheet.set_column(1, 40, 13)
        pen.print_wide()
        pen.text(0, 0, TEAM if card.tech_id is None else card.name, "title")
        pen.text(
            1, 0, f"{self._content.month.name}, as corrected; sums and ratios come from the sheet Evidence", "note"
        )
        pen.text(2, 0, "Score", "bold")
        pen.formula(2, 1, f"={self._score}", card.score, "score")
        pen.heads(TABLE - 1, HEADS)
        effects = effects_of(card, self._content.terms)
        for number, figure in enumerate(card.kpis):
            cells = _cells(self._block, figure, self._terms, effects.get(figure.kpi))
            pen.text(TABLE + number, 0, DEFINITIONS[figure.kpi].title)
            for column, (formula, value, style) in enumerate(cells, 1):
                pen.formula(TABLE + number, column, formula, value, style)
        self._write_months()

    def draw(self, pen: Pen, book: object, first_row: int) -> None:
        """Draw the charts of this sheet's months on a sheet (its own, or the summary)."""
        score = line_chart(book, "Score", self._pen.name, self._place(1), self._place(1 + len(self._kpis) * 2 + 1))
        charts = [score]
        for number, kpi in enumerate(self._kpis):
            first, target = self._place(2 + number), self._place(2 + len(self._kpis) + number)
            style = style_of(DEFINITIONS[kpi])
            charts.append(line_chart(book, DEFINITIONS[kpi].title, self._pen.name, first, target, style))
        for number, chart in enumerate(charts):
            row, column = divmod(number, CHARTS_A_ROW)
            pen.sheet.insert_chart(first_row + row * CHART_ROWS, 0, chart, {"x_offset": column * CHART_PIXELS})

    @property
    def charts_from(self) -> int:
        """The first row below the months."""
        return self._months + MONTHS + 3

    def _place(self, column: int) -> tuple[int, int, int]:
        return self._months + 1, self._months + MONTHS, column

    def _write_months(self) -> None:
        pen, first, kpis, content = self._pen, self._months, self._kpis, self._content
        titles = [DEFINITIONS[kpi].title for kpi in kpis]
        pen.text(first - 1, 0, f"The last {MONTHS} months, and the target of each KPI today", "bold")
        pen.heads(first, ("Month", "Score", *titles, *(f"{title}: target" for title in titles), "Best in class"))
        for number, (month, card) in enumerate(
            zip(content.months.names, content.months.cards[self._block.card.tech_id], strict=True)
        ):
            row = first + 1 + number
            is_last = number == MONTHS - 1
            pen.text(row, 0, month)
            if card is not None and card.score is not None:
                if is_last:
                    pen.formula(row, 1, f"={self._score}", card.score, "score")
                else:
                    pen.number(row, 1, card.score, "score")
            values = {} if card is None else {one.kpi: one.value for one in card.kpis}
            for column, kpi in enumerate(kpis, 2):
                style = style_of(DEFINITIONS[kpi])
                if values.get(kpi) is not None:
                    pen.formula(
                        row, column, f"={self._trends.cell(self._block.card.tech_id, kpi, number)}", values[kpi], style
                    )
            for column, figure in enumerate(self._block.card.kpis, 2 + len(kpis)):
                style = style_of(DEFINITIONS[figure.kpi])
                pen.formula(row, column, f"={self._terms.cell(figure.kpi, 'Target')}", figure.target, style)
            pen.formula(row, 2 + 2 * len(kpis), f"={self._terms.band(0)[1]}", BANDS[0][1])


def _cells(block: Block, figure: KpiFigure, terms: Terms, effect: Value) -> Iterator[tuple[str, Value, str]]:
    kpi, style = figure.kpi, style_of(DEFINITIONS[figure.kpi])
    yield f"={block.cell(kpi, 'I')}", figure.value, style
    yield f"={terms.cell(kpi, 'Target')}", figure.target, style
    yield f"={terms.cell(kpi, 'Floor')}", figure.floor, style
    yield f"={block.cell(kpi, 'K')}", figure.attainment, "percent"
    yield f"={block.cell(kpi, 'F')}", figure.sample_size, "count"
    yield standing_formula(block, kpi), standing(figure), "plain"
    yield f"={block.cell(kpi, 'O')}", effect, "percent"
    yield f"={block.cell(kpi, 'G')}", figure.provisional, "count"
