"""The pages made from the code are committed as the code makes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.kpis.registry import KPIS
from service.reference import kpi_reference, pages

DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_is_up_to_date(name: str) -> None:
    """The committed page is what ``make docs`` writes now."""
    assert pages()[name] == (DOCS / name).read_text(encoding="utf-8"), f"docs/{name} lags: run `make docs`"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)
def test_every_word_is_explained(kpi: object) -> None:
    """Every KPI, companion and reason of the registry is on the page."""
    page = kpi_reference()
    definition = kpi.definition  # type: ignore[attr-defined]
    words = (definition.key, *(one.key for one in definition.companions), *definition.reasons)
    assert [] == [word for word in words if f"`{word}`" not in page and f"## {word}" not in page]
