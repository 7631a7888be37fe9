"""The formulas of score, band and focus over the rows of a card (kpis.md §3, tech_score)."""

from __future__ import annotations

from service.scorecards.score import BANDS
from service.workbook.figures_sheet import Block
from service.workbook.policy_sheet import Terms


def score_formula(block: Block, terms: Terms) -> str:
    """A hundred times the weighed mean of the attainments that count; empty while fewer slots than wanted have one."""
    slots = f"SUMPRODUCT(--(COUNTIFS({block.range('P')},{terms.slots},{block.range('M')},1)>0))"
    weighed = f"100*SUMPRODUCT({block.range('N')},{block.range('K')})/SUM({block.range('N')})"
    return f'=IF({slots}<{terms.fewest_slots},"",{weighed})'


def band_formula(score: str, terms: Terms) -> str:
    """The band of the score in a cell; a hair's breadth of floating point does not lose one."""
    formula = terms.band(len(BANDS))[0]
    for number in reversed(range(len(BANDS))):
        name, least = terms.band(number)
        formula = f"IF(ROUND({score},9)>={least},{name},{formula})"
    return f'=IF({score}="","",{formula})'


def focus_formula(block: Block) -> str:
    """The KPI whose effect is largest, the first of equals; empty when none costs anything."""
    effects = block.range("O")
    return f'=IF(MAX({effects})=0,"",INDEX({block.range("C")},MATCH(MAX({effects}),{effects},0)))'
