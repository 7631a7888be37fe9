"""The workbook as it is served: its sheets, its evidence, who sees what, and what hostile text does in it."""

from __future__ import annotations

import csv
import re
import zipfile
from io import BytesIO, StringIO
from typing import Any

import httpx
import openpyxl  # type: ignore[import-untyped] # it has no types of its own
import pytest

from models.entities import MILLION
from service.kpis.registry import KPIS
from tests.access.site import bearer, new_token, settings_with_tokens
from tests.api.conftest import serving_figures
from tests.door import problem_of
from tests.scorecards.shop import Shop
from tests.workbook.reading import rows
from tests.workbook.tenancy import HOSTILE, month_of_it

CSV, XLSX = "/api/v1/scorecard.csv", "/api/v1/scorecard.xlsx"


async def fetched(client: httpx.AsyncClient, shop: Shop, **more: Any) -> bytes:
    answer = await client.get(XLSX, params={"month": month_of_it(shop)}, **more)
    assert 200 == answer.status_code, answer.text
    assert f'attachment; filename="techscore-{month_of_it(shop)}.xlsx"' == answer.headers["content-disposition"]
    return answer.content


async def test_a_sheet_for_everybody_and_charts_with_target_lines(client: httpx.AsyncClient, tenancy: Shop) -> None:
    """Summary, team, each technician by name, then what they are made of; a chart for the score and for each KPI."""
    content = await fetched(client, tenancy)
    book = openpyxl.load_workbook(BytesIO(content))
    people = len(tenancy.card(month_of_it(tenancy)).technicians)
    assert ["Summary", "Team"] == book.sheetnames[:2]
    assert ["Figures", "Trend", "Policy", "Evidence"] == book.sheetnames[2 + people :]
    with zipfile.ZipFile(BytesIO(content)) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert 1 + len(KPIS) + people * (1 + len(KPIS) - 1) == len(charts)
    assert all(chart.count("<c:ser>") == 2 for chart in charts)
    assert book["Summary"].conditional_formatting


async def test_evidence_is_what_the_api_gives(client: httpx.AsyncClient, tenancy: Shop) -> None:
    """Row for row: who, which ticket, when, how much of how much, and why not."""
    book = openpyxl.load_workbook(BytesIO(await fetched(client, tenancy)), data_only=True)
    told = rows(book, "Evidence")
    for kpi in KPIS:
        asked = {"window": month_of_it(tenancy), "limit": "500"}
        answer = await client.get(f"/api/v1/kpis/{kpi.key}/evidence", params=asked)
        expected = [
            (
                *(one[name] for name in ("ticket_number", "tech_id", "day", "outcome", "reason", "subject_id")),
                *_sums(one),
            )
            for one in answer.json()["items"]
        ]
        mine = [one for one in told if one["KPI"] == kpi.key and one["Subject"] != "ConfigurationItem"]
        assert expected == [_told(one) for one in mine]
    assert any(one["Subject"] == "ConfigurationItem" for one in told)


def _sums(one: dict[str, Any]) -> tuple[float, float, int]:
    return one["numerator"] / MILLION, one["denominator"] / MILLION, one["sample"]


def _told(one: dict[str, Any]) -> tuple[Any, ...]:
    number = one["Ticket"] if one["Ticket"] and not one["Ticket"].startswith("#") else None
    whose = (number, one["Technician id"], one["Day"].date().isoformat(), one["Outcome"], one["Reason"])
    return (*whose, one["Subject id"], one["Numerator"], one["Denominator"], one["Sample"])


async def test_a_name_that_is_a_formula_stays_a_name(client: httpx.AsyncClient, tenancy: Shop) -> None:
    """Every cell that has it is a string; no formula of the workbook has a word of it; nothing links out."""
    content = await fetched(client, tenancy)
    book = openpyxl.load_workbook(BytesIO(content))
    cells = [cell for sheet in book.worksheets for row in sheet.rows for cell in row if cell.value is not None]
    named = [cell for cell in cells if str(cell.value).startswith(HOSTILE)]
    assert len(named) > 10
    assert {"s"} == {_kind(content, book, cell) for cell in named}
    assert [] == [cell.value for cell in cells if "evil" in str(cell.value) and cell not in named]


def _kind(content: bytes, book: Any, cell: Any) -> str:
    """What the file itself says of a cell (``openpyxl`` takes any text that begins with ``=`` for a formula)."""
    with zipfile.ZipFile(BytesIO(content)) as parts:
        number = book.sheetnames.index(cell.parent.title) + 1
        sheet = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
    found = re.search(rf'<c r="{cell.coordinate}"[^>]*?t="(\w+)"', sheet)
    assert found is not None
    return "s" if found[1] in {"s", "inlineStr"} else found[1]


async def test_two_people_of_one_name_are_told_apart(client: httpx.AsyncClient, tenancy: Shop) -> None:
    """By their ids on the summary, by a number in the names of their sheets."""
    book = openpyxl.load_workbook(BytesIO(await fetched(client, tenancy)))
    sams = [one.tech_id for one in tenancy.card(month_of_it(tenancy)).technicians if one.name == "Sam"]
    assert 2 == len(sams)
    assert {f"Sam ({number})" for number in sams} <= {cell.value for cell in book["Summary"]["A"]}
    assert {"Sam", "Sam (2)"} <= set(book.sheetnames)


async def test_csv_has_the_numbers_of_the_scorecard(client: httpx.AsyncClient, tenancy: Shop) -> None:
    """One line per KPI and person; a name that is a formula begins with an apostrophe."""
    month = month_of_it(tenancy)
    text = (await client.get(CSV, params={"month": month})).text
    document = (await client.get("/api/v1/scorecard", params={"window": month})).json()
    lines = list(csv.DictReader(StringIO(text)))
    expected = [
        (
            str(card.get("tech_id", "")),
            kpi["kpi"],
            *(_cell(kpi[name]) for name in ("value", "numerator", "denominator")),
        )
        for card in (document["team"], *document["technicians"])
        for kpi in card["kpis"]
    ]
    told = [(one["tech_id"], one["kpi"], one["value"], one["numerator"], one["denominator"]) for one in lines]
    assert expected == told
    assert {f"'{HOSTILE} [Ann]/Bob"} == {one["name"] for one in lines if one["tech_id"] == "101"}


def _cell(value: object) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize("path", [XLSX, CSV])
async def test_a_month_that_is_none_is_refused(client: httpx.AsyncClient, path: str) -> None:
    """A word, and a month to come."""
    for month in ("mtd", "2026-13", "2031-01"):
        assert (400, "unknown_month") == problem_of(await client.get(path, params={"month": month}))


@pytest.mark.parametrize("path", [XLSX, CSV])
async def test_who_has_it_is_told_so(client: httpx.AsyncClient, tenancy: Shop, path: str) -> None:
    """A script that polls costs nothing until something changes."""
    first = await client.get(path, params={"month": month_of_it(tenancy)})
    headers = {"If-None-Match": first.headers["etag"]}
    assert 304 == (await client.get(path, params={"month": month_of_it(tenancy)}, headers=headers)).status_code


async def test_a_technicians_token_gets_nothing_of_others(tenancy: Shop) -> None:
    """No name, no row and no ticket of another technician; the team's figures are there."""
    text = new_token(tenancy.database, "technician:102")
    async with serving_figures(tenancy.database, tenancy.harness.clock, settings_with_tokens()) as client:
        content = await fetched(client, tenancy, headers=bearer(text))
        lines = (await client.get(CSV, params={"month": month_of_it(tenancy)}, headers=bearer(text))).text
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    assert {102} == {one["Technician id"] for one in rows(book, "Evidence")}
    assert {None, 102} == {one["Technician id"] for one in rows(book, "Figures")}
    assert {"", "102"} == {one["tech_id"] for one in csv.DictReader(StringIO(lines))}
    assert HOSTILE not in str([cell for sheet in book.worksheets for cell in sheet.values])
