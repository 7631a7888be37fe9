"""The sheet ``Policy``: the terms that formulas read. Another target here, and the workbook says what would follow."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from models.instants import isoformat
from service.metrics.process import release
from service.scorecards.score import BANDS, FEWEST_SLOTS, LOWEST_BAND, SLOTS
from service.workbook.content import Content
from service.workbook.pen import Pen

NAME = "Policy"
_FIRST = 1
HEADS = (
    *("KPI", "Title", "Better", "Target", "Floor", "Least sample", "Slot", "Technician weight", "Team weight"),
    *("Measurable", "Reason"),
)


class Terms:
    """Cells of the policy, for formulas."""

    def __init__(self, kpis: Sequence[str]) -> None:
        self._rows = {kpi: _FIRST + number + 1 for number, kpi in enumerate(kpis)}
        self._after = _FIRST + len(kpis) + 2

    def cell(self, kpi: str, what: str) -> str:
        """The cell of a term: one of the heads."""
        return f"{NAME}!${chr(ord('A') + HEADS.index(what))}${self._rows[kpi]}"

    @property
    def slots(self) -> str:
        """The range of the eight slots."""
        return f"{NAME}!$A${self._after + 2}:$A${self._after + 1 + len(SLOTS)}"

    @property
    def fewest_slots(self) -> str:
        return f"{NAME}!$D${self._after + 2}"

    def band(self, number: int) -> tuple[str, str]:
        """Name and least score of a band; past the last one there is only a name."""
        row = self._after + 2 + number
        return f"{NAME}!$F${row}", f"{NAME}!$G${row}"

    @property
    def first_after(self) -> int:
        """The row (from 0) below the KPIs at which slots and bands begin."""
        return self._after


def write_policy(pen: Pen, content: Content, terms: Terms) -> None:
    """Every KPI's terms, then slots and bands, then what the figures are of."""
    pen.heads(0, HEADS)
    for number, one in enumerate(content.terms):
        row, definition = _FIRST + number, one.definition
        reason = content.board.reasons.get(one.key, "")
        pen.text(row, 0, one.key)
        pen.text(row, 1, definition.title)
        pen.text(row, 2, definition.direction)
        pen.number(row, 3, one.target)
        pen.number(row, 4, one.floor)
        pen.number(row, 5, one.minimum_sample)
        pen.text(row, 6, definition.slot)
        _fraction(pen, row, 7, one.tech_weight)
        _fraction(pen, row, 8, one.team_weight)
        pen.number(row, 9, 0 if reason else 1)
        pen.text(row, 10, reason)
    _write_slots_and_bands(pen, content, terms.first_after)
    pen.sheet.set_column(0, 1, 28)
    pen.sheet.set_column(2, 10, 14)


def _write_slots_and_bands(pen: Pen, content: Content, first: int) -> None:
    version = content.view.version
    bands = [*BANDS, (LOWEST_BAND, None)]
    facts = (
        ("as of", isoformat(content.view.as_of)),
        ("time zone", content.view.policy.timezone),
        ("inbox position", str(version.position)),
        ("ledger", f"{version.generation} {version.build}"),
        ("policy revision", str(version.policy_revision)),
        ("release", release()),
    )
    for column, word in ((0, "Slots"), (3, "Fewest slots"), (5, "Bands"), (6, "From score"), (8, "Made from")):
        pen.text(first, column, word, "head")
    for number, slot in enumerate(SLOTS):
        row = first + 1 + number
        pen.text(row, 0, slot)
        if number == 0:
            pen.number(row, 3, FEWEST_SLOTS)
        if number < len(bands):
            pen.text(row, 5, bands[number][0])
            pen.number(row, 6, bands[number][1])
        if number < len(facts):
            pen.text(row, 8, facts[number][0])
            pen.text(row, 9, facts[number][1])


def _fraction(pen: Pen, row: int, column: int, value: Fraction) -> None:
    """A weight as a share with its denominator, for 1/24 has no end in decimals."""
    pen.formula(row, column, f"={value.numerator}/{value.denominator}", value)
