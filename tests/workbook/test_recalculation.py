"""The workbook recomputes itself: a spreadsheet given formulas and evidence alone comes to the API's numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types of its own
import pytest

from models.entities import MILLION
from service.access.scopes import EVERYBODY, Need, Principal
from service.api.scorecard import document_of
from service.workbook.writing import write_workbook
from tests.door import settings_for
from tests.scorecards.shop import Shop
from tests.workbook.calc import recalculated
from tests.workbook.reading import figures, scores
from tests.workbook.tenancy import month_of_it

HALF = 0.500001e-6
"""What the API rounds to, and a hair."""

ONE_TECHNICIAN = Principal(frozenset((Need.OWN,)), 102, "t")


def written(shop: Shop, folder: Path, principal: Principal = EVERYBODY, rows_a_sheet: int = 500_000) -> Path:
    path = folder / "scorecard.xlsx"
    with shop.view() as view:
        settings = settings_for("sqlite:///unused.db")
        write_workbook(view, month_of_it(shop), principal, settings, path, rows_a_sheet=rows_a_sheet)
    return path


def compare(book: Any, document: dict[str, Any]) -> int:
    """Hold every figure and score of a workbook against the API's; how many numbers were compared."""
    found, compared = figures(book), 0
    for card in (document["team"], *document["technicians"]):
        for kpi in card["kpis"]:
            row = found.pop((card.get("tech_id"), kpi["kpi"]))
            exact = (row["Numerator"] * MILLION, row["Denominator"] * MILLION, row["Sample"], row["Provisional"])
            assert (kpi["numerator"], kpi["denominator"]) == tuple(round(one) for one in exact[:2])
            assert (kpi["sample_size"], kpi["provisional"]) == exact[2:]
            assert (kpi["sufficient"], kpi["measurable"]) == (bool(row["Sufficient"]), bool(row["Measurable"]))
            assert kpi["value"] == pytest.approx(row["Value"], abs=HALF)
            assert kpi["attainment"] == pytest.approx(row["Attainment"], abs=HALF)
            compared += 8
    assert {} == found
    told = scores(book)
    for card, (_, score, band, focus) in zip((document["team"], *document["technicians"]), told, strict=True):
        assert card["score"] == pytest.approx(score, abs=HALF)
        assert card["band"] == band
        assert card.get("focus", focus) == focus
        compared += 3
    return compared


@pytest.fixture(scope="module")
def whole(on_sqlite: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of everybody."""
    return written(on_sqlite, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def anew(whole: Path) -> Any:
    """The same, recomputed once for all that is asked of it."""
    return recalculated(whole, whole.parent)


def test_a_spreadsheet_comes_to_the_figures_and_scores_of_the_api(on_sqlite: Shop, anew: Any) -> None:
    """All kept values thrown away, LibreOffice recomputes: every KPI and score."""
    document = document_of(on_sqlite.card(month_of_it(on_sqlite)))
    assert 11 == sum(kpi["value"] is not None for kpi in document["team"]["kpis"])
    assert 3 == sum(card["score"] is not None for card in document["technicians"])
    assert compare(anew, document) > 300


def test_evidence_that_fills_a_sheet_goes_on_in_the_next(on_sqlite: Shop, tmp_path: Path) -> None:
    """Sums over several sheets come to the same."""
    book = recalculated(written(on_sqlite, tmp_path, rows_a_sheet=40), tmp_path)
    assert {"Evidence", "Evidence2", "Evidence3"} <= set(book.sheetnames)
    assert compare(book, document_of(on_sqlite.card(month_of_it(on_sqlite)))) > 300


def test_the_values_kept_for_viewers_are_the_same(on_sqlite: Shop, whole: Path) -> None:
    """Who only looks and does not calculate sees the API's numbers too."""
    book = openpyxl.load_workbook(whole, data_only=True)
    assert compare(book, document_of(on_sqlite.card(month_of_it(on_sqlite)))) > 300


def test_every_formula_comes_to_what_is_kept_of_it(whole: Path, anew: Any) -> None:
    """On every sheet: words, trends, targets and links too; no formula fails."""
    told, kept = openpyxl.load_workbook(whole), openpyxl.load_workbook(whole, data_only=True)
    compared = 0
    for sheet in told.worksheets:
        for cell in (cell for row in sheet.rows for cell in row if cell.data_type == "f"):
            expected, actual = (book[sheet.title][cell.coordinate].value for book in (kept, anew))
            where = f"{sheet.title}!{cell.coordinate} {cell.value}"
            if isinstance(expected, str) or expected is None:
                assert (expected or "") == (actual or ""), where
            else:
                assert expected == pytest.approx(actual, abs=1e-9), where
            compared += 1
    assert compared > 1_500


def test_a_technicians_own_workbook_recomputes_too(on_sqlite: Shop, tmp_path: Path) -> None:
    """Their figures from their evidence; the team's sums are numbers."""
    book = recalculated(written(on_sqlite, tmp_path, ONE_TECHNICIAN), tmp_path)
    whole = document_of(on_sqlite.card(month_of_it(on_sqlite)))
    own = {**whole, "technicians": [one for one in whole["technicians"] if one["tech_id"] == 102]}
    assert compare(book, own) > 100
