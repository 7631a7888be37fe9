"""The sheets ``Evidence``, ``Evidence2``, …: every contribution the month's figures consist of, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.entities import MILLION
from models.settings import Settings
from service.links import ticket_url
from service.workbook.content import Content, Row
from service.workbook.pen import Pen

ROWS_A_SHEET = 500_000
HEADS = (
    *("KPI", "Ticket", "Link", "Technician id", "Technician", "Queue", "Company", "Day", "Numerator", "Denominator"),
    *("Sample", "Outcome", "Reason", "Provisional", "Subject", "Subject id", "Rule"),
)
_WIDTHS = (24, 16, 8, 12, 22, 20, 26, 11, 11, 11, 8, 10, 20, 10, 14, 12, 20)
_KPI, _TECH, _OUTCOME = "A", "D", "L"
COLUMNS = {"numerator": "I", "denominator": "J", "sample": "K", "provisional": "N"}


class Places:
    """Where the evidence lies, for formulas."""

    def __init__(self, sheets: dict[str, int]) -> None:
        self._sheets = sheets

    def sum(self, what: str, kpi: str, tech: str | None) -> str:
        """The formula of a sum; ``kpi`` and ``tech`` are cells, ``tech`` ``None`` for everybody."""
        parts = []
        for name, rows in self._sheets.items():
            criteria = f"{_range(name, _KPI, rows)},{kpi}"
            if tech is not None:
                criteria += f",{_range(name, _TECH, rows)},{tech}"
            if what == "provisional":
                criteria += f',{_range(name, _OUTCOME, rows)},"counted"'
            parts.append(f"SUMIFS({_range(name, COLUMNS[what], rows)},{criteria})")
        return f"=ROUND({'+'.join(parts)},6)"


def sheets_for(count: int, most: int = ROWS_A_SHEET) -> dict[str, int]:
    """Names of the evidence sheets with the rows of each: one more where one is full."""
    full, rest = divmod(count, most)
    rows = [most] * full + ([rest] if rest or not full else [])
    return {f"Evidence{number if number > 1 else ''}": size for number, size in enumerate(rows, 1)}


def write_evidence(pens: Iterable[Pen], content: Content, settings: Settings, most: int = ROWS_A_SHEET) -> None:
    """Write all rows, sheet after sheet."""
    rows = content.rows()
    for pen in pens:
        pen.heads(0, HEADS)
        pen.sheet.freeze_panes(1, 0)
        for column, width in enumerate(_WIDTHS):
            pen.sheet.set_column(column, column, width)
        last = 0
        for last, row in enumerate(_some(rows, most), 1):
            _write(pen, last, row, content, settings)
        pen.sheet.autofilter(0, 0, last, len(HEADS) - 1)


def _some(rows: Iterator[Row], most: int) -> Iterator[Row]:
    for _, row in zip(range(most), rows, strict=False):
        yield row


def _write(pen: Pen, number: int, row: Row, content: Content, settings: Settings) -> None:
    address = ticket_url(settings, row.ticket_id) or _own_page(settings, row.ticket_id)
    pen.text(number, 0, row.kpi)
    pen.text(number, 1, row.ticket_number)
    if address is not None:
        pen.link(number, 2, address)
    if row.tech_id >= 0:
        pen.number(number, 3, row.tech_id)
        pen.text(number, 4, content.technician(row.tech_id))
    pen.text(number, 5, content.queues.get(row.queue_id, str(row.queue_id) if row.queue_id >= 0 else ""))
    pen.text(number, 6, content.company(row.company_id))
    pen.day(number, 7, row.day)
    pen.number(number, 8, row.numerator / MILLION)
    pen.number(number, 9, row.denominator / MILLION)
    pen.number(number, 10, row.sample)
    pen.text(number, 11, row.outcome)
    pen.text(number, 12, row.reason)
    pen.number(number, 13, row.provisional)
    pen.text(number, 14, row.subject_type)
    pen.number(number, 15, row.subject_id)
    pen.text(number, 16, row.rule)


def _own_page(settings: Settings, ticket_id: int | None) -> str | None:
    return None if ticket_id is None or not settings.public_url else f"{settings.public_url}/tickets/{ticket_id}"


def _range(sheet: str, column: str, rows: int) -> str:
    return f"{sheet}!${column}$2:${column}${max(rows, 1) + 1}"
