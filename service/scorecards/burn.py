"""How fast the month's allowance of SLA misses is being used up (kpis.md §3, sla companions).

A *burn rate* of 1 uses exactly what the target allows; spans are business time that ends at ``as_of``. An
*event* is the SLA KPI's key without its prefix: ``triage``, ``engagement``, ``completion``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import Connection

from models.entities import HOLIDAY, LOCATION
from models.instants import Day, local_day
from service.kpis.companions import ratio
from service.projection.ledger.facts import states_of
from service.reading import View
from service.scorecards.calendar import BusinessCalendar
from service.scorecards.sums import Decisions, read_decisions
from service.scorecards.terms import Terms

PREFIX = "sla_"


@dataclass(frozen=True)
class Burn:
    """``spans``: decisions (millionths) by KPI, span and queue; ``rates``: by KPI and span, of the whole team.

    A rate is ``None`` where nothing was decided, or where the target allows no misses at all.
    """

    spans: Mapping[tuple[str, str, int], Decisions]
    rates: Mapping[tuple[str, str], Fraction | None]


def event_of(kpi: str) -> str:
    """The SLA event of a KPI: ``sla_triage`` is ``triage``."""
    return kpi.removeprefix(PREFIX)


def business_calendar(view: View) -> BusinessCalendar:
    """The business hours of the policy, without the holidays of the default location."""
    holidays = default_holidays(view.connection, view.policy.default_location)
    return BusinessCalendar(view.policy.business_day, view.policy.zone, holidays)


def default_holidays(connection: Connection, location_id: int | None = None) -> frozenset[Day]:
    """The holidays of the default location's holiday set; none while there is no such location or set.

    ``location_id``: the policy's default location, which stands above Autotask's (as in kpis.md §4).
    """
    locations = [one for one in states_of(connection, LOCATION) if one.exists]
    if location_id is None:
        defaults = [one for one in locations if one.value("isDefault") is True]
    else:
        defaults = [one for one in locations if one.entity_id == location_id]
    holiday_set = defaults[0].number("holidaySetId") if defaults else None
    if holiday_set is None:
        return frozenset()
    return frozenset(
        day
        for holiday in states_of(connection, HOLIDAY)
        if holiday.exists
        and holiday.number("holidaySetID") == holiday_set
        and (day := holiday.number("holidayDate")) is not None
    )


def burn(view: View, terms: tuple[Terms, ...], calendar: BusinessCalendar) -> Burn:
    """The burn of every SLA KPI at the view's ``as_of``; provisional breaches are in neither sum."""
    kpis = {one.key: one for one in terms if one.definition.slot == "sla"}
    starts = calendar.spans(view.as_of)
    spans = read_decisions(view.connection, kpis, starts, view.as_of, local_day(min(starts.values()), view.policy.zone))
    rates: dict[tuple[str, str], Fraction | None] = {}
    for kpi, one in kpis.items():
        for span in starts:
            found = [decisions for key, decisions in spans.items() if key[:2] == (kpi, span)]
            met, decided = sum(d.met for d in found), sum(d.decided for d in found)
            missed = ratio(decided - met, decided)
            rates[kpi, span] = None if missed is None or one.target >= 1 else missed / (1 - one.target)
    return Burn(spans, rates)
