"""A month's workbook, written to a file: which sheets there are, and in which order."""

from __future__ import annotations

from pathlib import Path

from xlsxwriter import Workbook  # type: ignore[import-untyped] # it has hints and no py.typed

from models.instants import to_datetime
from models.settings import Settings
from service.access.scopes import Principal
from service.reading import View
from service.workbook import figures_sheet, policy_sheet, summary_sheet, trend_sheet
from service.workbook.content import Content
from service.workbook.evidence_sheet import ROWS_A_SHEET, Places, sheets_for, write_evidence
from service.workbook.figures_sheet import TEAM, blocks, write_figures
from service.workbook.pen import Pen, Styles
from service.workbook.person_sheet import PersonSheet
from service.workbook.policy_sheet import Terms, write_policy
from service.workbook.summary_sheet import Summary
from service.workbook.texts import sheet_name
from service.workbook.trend_sheet import lay, write_trend

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(
    view: View, month: str, principal: Principal, settings: Settings, path: Path, *, rows_a_sheet: int = ROWS_A_SHEET
) -> None:
    """Write the workbook of a month (``YYYY-MM``) as this principal may see it; ``UnknownWindow`` for no month."""
    content = Content(view, month, principal)
    laid = blocks([content.card.team, *content.card.technicians])
    evidence = sheets_for(content.count(), rows_a_sheet)
    own = (figures_sheet.NAME, trend_sheet.NAME, policy_sheet.NAME, *evidence)
    names = [summary_sheet.NAME, TEAM]
    for block in laid[1:]:
        card = block.card
        names.append(sheet_name(card.name, f"Technician {card.tech_id}", [*names, *own]))
    book = Workbook(path, _OPTIONS)
    styles = Styles(book)
    pens = {name: Pen(book.add_worksheet(name), styles) for name in (*names, *own)}
    terms, trends = Terms([one.key for one in content.terms]), lay(laid)
    summary = Summary(content, laid, terms)
    summary.write(pens[summary_sheet.NAME])
    for number, (block, name) in enumerate(zip(laid, names[1:], strict=True)):
        person = PersonSheet(pens[name], content, block, terms, trends, summary.score_cell(number))
        person.write()
        if block.card.tech_id is None:
            person.draw(pens[summary_sheet.NAME], book, summary.charts_from)
        else:
            person.draw(pens[name], book, person.charts_from)
    write_figures(pens[figures_sheet.NAME], content, laid, Places(evidence), terms)
    write_trend(pens[trend_sheet.NAME], content, laid)
    write_policy(pens[policy_sheet.NAME], content, terms)
    write_evidence([pens[name] for name in evidence], content, settings, rows_a_sheet)
    book.set_properties({"title": f"Tech Balanced Scorecard {month}", "created": to_datetime(view.as_of)})
    book.close()
