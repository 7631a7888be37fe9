"""The pages made from the code are committed as the code makes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from models.policy import BusinessDay, KpiPolicy, Policy, Roles, default_policy, load_policy
from service.kpis.registry import KPIS
from service.policy_reference import policy_reference
from service.reference import kpi_reference, pages
from service.scorecards.terms import terms_in_force

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


def test_the_annotated_policy_is_the_default_policy() -> None:
    """Read as it stands, every key in it means what it means when it is left out."""
    written = load_policy(DOCS / "scorecard.toml")
    terms = terms_in_force(written)
    assert default_policy() == written.model_copy(update={"kpis": {}})
    assert terms_in_force(default_policy()) == terms


def test_every_key_of_the_policy_is_explained() -> None:
    """Each key of each table stands in the file, with what it means and what is allowed."""
    page = policy_reference()
    tables: list[type[BaseModel]] = [Policy, BusinessDay, KpiPolicy]
    tables += [type(getattr(Roles(), name)) for name in Roles.model_fields]
    for table in tables:
        for name, field in table.model_fields.items():
            assert name in page
            assert field.description, f"{table.__name__}.{name} has no docstring"
    for name, info in Policy.model_fields.items():
        first_words = " ".join((info.description or "").split()[:5])
        assert first_words in page, name
