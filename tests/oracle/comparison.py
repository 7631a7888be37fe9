"""The product's rows and figures beside the oracle's: what differs, said so that one can look into it.

A *line* is what a contribution adds and why, in the words both sides share. Rows that count nothing are compared too,
by outcome and reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from models.instants import day_of, parse_instant
from models.ledger import LEDGER_METADATA, Scope
from tests.oracle.oracle_card import Oracle
from tests.oracle.replay import Figures
from tests.oracle.tapes import Tape
from tests.projection.harness import Harness

Line = tuple[Any, ...]
_KINDS = {"Ticket": "ticket", "TimeEntry": "entry", "SurveyResults": "survey", "TechnicianDays": "technician"}


def product_lines(harness: Harness, measures: Iterable[str]) -> Counter[Line]:
    """What the ledger holds; entries that count nowhere (R13) are told by the product alone."""
    contribution = LEDGER_METADATA.tables["contribution"]
    with harness.ledger.read() as connection:
        found = connection.execute(
            select(contribution).where(
                contribution.c.measure.in_(sorted(measures)),
                (contribution.c.subject_type != "TimeEntry") | contribution.c.reason.not_in(("deleted", "time_off")),
            )
        ).mappings()
        return Counter(_of_row(dict(one)) for one in found)


def _of_row(row: dict[str, Any]) -> Line:
    kind, subject_id = _KINDS[row["subject_type"]], row["subject_id"]
    if row["measure"] == "client_survey" and kind == "ticket":
        kind, subject_id = "survey", row["part"]
    return _line(row["measure"], kind, subject_id, row)


def oracle_lines(oracle: Oracle, measures: Iterable[str]) -> Counter[Line]:
    """What the oracle says."""
    wanted = set(measures)
    return Counter(
        _line(
            row.kpi,
            row.subject_type,
            row.subject_id,
            {
                "day": day_of(row.day),
                "tech_id": _id(row.tech_id),
                "queue_id": _id(row.queue_id),
                "company_id": _id(row.company_id),
                "numerator": row.numerator,
                "denominator": row.denominator,
                "sample": row.sample,
                "outcome": row.outcome,
                "reason": row.reason or "",
                "provisional": row.provisional,
            },
        )
        for row in oracle.rows
        if row.kpi in wanted
    )


def _line(measure: str, kind: str, subject_id: int, row: dict[str, Any]) -> Line:
    if row["outcome"] != "counted":
        return (measure, kind, subject_id, row["outcome"], row["reason"])
    places = ("day", "tech_id", "queue_id", "company_id", "numerator", "denominator", "sample")
    return (measure, kind, subject_id, "counted", *(row[name] for name in places), bool(row["provisional"]))


def _id(number: int | None) -> int:
    return -1 if number is None else number


def oracle_at(told: Tape, moment: str) -> Oracle:
    """The oracle that knows what a tape's facts received up to a moment say."""
    now = parse_instant(moment)
    known = [one for one in told.facts if parse_instant(one["received_at"]) <= now]
    return Oracle(known, told.policy, moment)


def differences(product: Counter[Line], oracle: Counter[Line], *, counted_only: bool = False) -> list[str]:
    """Lines that only one side has."""
    lines = [f"only the product: {line}" for line in (product - oracle)]
    lines += [f"only the oracle:  {line}" for line in (oracle - product)]
    if counted_only:
        lines = [line for line in lines if "'counted'" in line]
    return sorted(lines, key=lambda line: line[18:])


WINDOWS = ("today", "7d", "30d", "90d", "wtd", "mtd", "last_month")
_NAMED = ("value", "numerator", "denominator", "sample_size", "sufficient", "measurable", "attainment", "provisional")
_DAYS = ("from", "to")


def card_differences(figures: Figures, oracle: Oracle, window: str) -> list[str]:
    """How the two sides' cards of a window differ, in every scope the tape knows of."""
    members = figures.members(window)
    lines = [] if members == oracle.members(window) else [f"{window} members {members} {oracle.members(window)}"]
    scopes = [(Scope.TEAM, 0, ("team",)), *((Scope.TECH, one, ("tech", one)) for one in members)]
    for scope, key in ((Scope.QUEUE, "queue_id"), (Scope.COMPANY, "company_id")):
        ids = sorted({found for row in oracle.rows if (found := getattr(row, key)) is not None})
        scopes += [(scope, number, (scope.value, number)) for number in ids]
    for scope, number, asked in scopes:
        product, expected = figures.card(window, scope, number), oracle.card(window, asked)
        lines += [f"{window} {asked} {line}" for line in _card_lines(product, expected)]
    return lines


def _card_lines(product: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    lines = [
        f"{name}: product {product[name]}, oracle {expected[name]}"
        for name in ("score", "band", "focus")
        if name in product and _word(product[name]) != _word(expected[name])
    ]
    kpis = {one["kpi"]: one for one in expected["kpis"]}
    if product["kpis"].keys() != kpis.keys():
        lines.append(f"kpis: product {sorted(product['kpis'])}, oracle {sorted(kpis)}")
    for kpi in product["kpis"].keys() & kpis.keys():
        mine, theirs = product["kpis"][kpi], kpis[kpi]
        pairs = {name: (mine[name], theirs[name]) for name in (*_NAMED, *_DAYS)}
        pairs |= {"flags": (sorted(mine["flags"]), sorted(theirs["flags"]))}
        beside = {name: (value, theirs["companions"].get(name)) for name, value in mine["companions"].items()}
        beside.pop("contested", None)  # counted beside, the page gives it no key
        for name, (found, should) in (pairs | beside).items():
            if found != should:
                lines.append(f"{kpi}.{name}: product {found}, oracle {should}")
    return lines


def _word(value: Any) -> Any:
    return value.replace(" ", "_") if isinstance(value, str) else value
