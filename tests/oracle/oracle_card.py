"""The oracle's interface: what kpis.md says of a tape at `now`.

    rows = contributions(tape, policy, now)            list[Row], every KPI and companion measure, counting or not
    card(tape, policy, now, window, scope)             dict in the shape of design §6 (instants and fractions as there)
    members(tape, policy, now, window)                 ids of the technicians with a scorecard row (R9)
    measurability(tape, policy, now)                   {kpi: reason or None}
    oracle = Oracle(tape, policy, now)                 the same as methods, judging the tape once: .rows .card .members

`now`: datetime with a zone, ISO text, or int microseconds. `since` (a date) bounds the days of capacity and endpoint
rows, which have no natural beginning; default: the first of the month 13 months ago. Windows that reach further back
want an earlier `since` (`card` of the module sees to that by itself).
`window`: today 7d 30d 90d wtd mtd last_month YYYY-MM. `scope`: ("team",) ("tech", id) ("queue", id) ("company", id),
an id of None or -1 meaning nobody / none.

Row (oracle_world.Row): kpi, subject_type, subject_id, day (date), numerator, denominator, sample (millionths, sample a
count), ticket_id, tech_id, queue_id, company_id (None: nobody / none), happened_at (microseconds or None), outcome,
reason (None: none), provisional, witness (SLA: decided by rule 3).
kpi = a KPI key, or a companion measure: utilization.time_coverage, real_time_entry.real_time_entry_hours,
real_time_entry.restated, sla_*.sla_coverage, client_survey.survey_response_rate. subject_type: entry, technician (one
row per day with scheduled hours), endpoint (one row per day), ticket, survey. Several completions of a ticket are rows
with different happened_at. utilization has no queue and company, reactive hours no technician and queue: None there.
A card's kpis without a scope are left out: reactive hours for tech and queue, utilization for queue and company.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from tests.oracle.oracle_facts import Facts
from tests.oracle.oracle_hours import Hours
from tests.oracle.oracle_outcomes import escalation_rows, estimate_rows, first_contact_row, reopen_rows, survey_rows
from tests.oracle.oracle_policy import KPIS, SLA_KPIS, Policy
from tests.oracle.oracle_sla import sla_rows
from tests.oracle.oracle_ticket import Story
from tests.oracle.oracle_values import EPOCH, MILLION, instant
from tests.oracle.oracle_windows import kpi_days, window_days
from tests.oracle.oracle_world import Row, World

__all__ = ["Facts", "Oracle", "Row", "card", "contributions", "measurability", "members"]

Tape = Iterable[dict[str, Any]]
Scope = tuple[Any, ...]
DAY = timedelta(days=1)
HISTORY_KPIS = ("escalation_rate", "reopen_rate", "first_contact_resolution")
WITHOUT = {
    "team": set[str](),
    "tech": {"reactive_hours_per_endpoint"},
    "queue": {"utilization", "reactive_hours_per_endpoint"},
    "company": {"utilization"},
}


def microseconds(now: int | str | datetime) -> int:
    """`now` in any of its forms."""
    if isinstance(now, int):
        return now
    if isinstance(now, str):
        read = instant(now)
        assert read is not None, now
        return read
    return (now - EPOCH) // timedelta(microseconds=1)


def rounded(value: Fraction | None, digits: int = 6) -> float | None:
    """Half-even to decimals, from the exact fraction."""
    return None if value is None else float(Fraction(round(value * 10**digits), 10**digits))


def ratio(rows: Iterable[Row]) -> Fraction | None:
    """R1, R2."""
    numerator = denominator = 0
    for row in rows:
        numerator, denominator = numerator + row.numerator, denominator + row.denominator
    return Fraction(numerator, denominator) if denominator else None


def wilson_low(value: Fraction, count: Fraction) -> Fraction:
    """The lower 95 % Wilson bound."""
    with localcontext() as context:
        context.prec = 50
        z = Decimal("1.959964")
        p, n = (Decimal(part.numerator) / Decimal(part.denominator) for part in (value, count))
        spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).sqrt()
        low = (p + z * z / (2 * n) - spread) / (1 + z * z / n)
        return Fraction(low.quantize(Decimal("1e-30"), ROUND_HALF_EVEN))


class Oracle:
    """One tape judged at one `now`."""

    def __init__(
        self,
        tape: Tape,
        policy: dict[str, Any],
        now: int | str | datetime,
        since: date | None = None,
        facts: Facts | None = None,
    ) -> None:
        self.policy = Policy(policy)
        self.world = World(facts or Facts(tape), self.policy, microseconds(now))
        self.today = self.world.today
        if since is None:
            since = self.today.replace(year=self.today.year - 1, day=1) - DAY
        self.hours = Hours(self.world, since)
        self.stories = {found.id: Story(self.world, found) for found in self.world.facts.all("Ticket")}
        self.rows = self._contributions()
        self.unmeasurable = self._measurability()

    # -- contributions ------------------------------------------------------------------------------------------------

    def _contributions(self) -> list[Row]:
        rows = [*self.hours.utilization(), *self.hours.real_time(), *self.hours.reactive(self.stories)]
        for story in self.stories.values():
            rows += sla_rows(self.world, story)
            rows += estimate_rows(story)
            rows += escalation_rows(story)
            rows += reopen_rows(story)
            rows.append(first_contact_row(story))
        return rows + survey_rows(self.world, self.stories)

    def _measurability(self) -> dict[str, str | None]:
        found: dict[str, str | None] = dict.fromkeys(KPIS)
        for kpi in SLA_KPIS:
            recent = (row for row in self.rows if row.kpi == kpi and self.today - 89 * DAY <= row.day <= self.today)
            found[kpi] = None if any(row.witness for row in recent) else "no_event_decided"
        found["escalation_rate"] = None if self.policy.has_tiers() else "no_tiers"
        return found

    def pick(self, measure: str, days: tuple[date, date], scope: Scope) -> list[Row]:
        """Rows of a measure on the days, in the scope."""
        name = {"tech": "tech_id", "queue": "queue_id", "company": "company_id"}.get(scope[0])
        wanted = None if len(scope) < 2 or scope[1] == -1 else scope[1]
        return [
            row
            for row in self.rows
            if row.kpi == measure and days[0] <= row.day <= days[1] and (name is None or getattr(row, name) == wanted)
        ]

    # -- members ------------------------------------------------------------------------------------------------------

    def members(self, window: str) -> list[int]:
        """R9: technicians with a row in the window."""
        first, last = window_days(window, self.today)
        return [
            who
            for who in self.hours.candidates()
            if self.hours.is_member(who, first, last) and (last != self.today or self.hours.is_active_now(who))
        ]

    # -- the card -----------------------------------------------------------------------------------------------------

    def card(self, window: str, scope: Scope = ("team",)) -> dict[str, Any]:
        """The scorecard of a scope."""
        days = window_days(window, self.today)
        kpis = [kpi for kpi in KPIS if kpi not in WITHOUT[scope[0]]]
        told = {kpi: self._kpi(kpi, days, scope) for kpi in kpis}
        score, focus = self._score(told, scope[0])
        return {
            "score": rounded(score),
            "band": None if score is None else band(score),
            "focus": focus if scope[0] == "tech" else None,
            "kpis": [{key: value for key, value in kpi.items() if not key.startswith("_")} for kpi in told.values()],
        }

    def _kpi(self, kpi: str, window: tuple[date, date], scope: Scope) -> dict[str, Any]:
        days = kpi_days(kpi, window)
        rows = self.pick(kpi, days, scope)
        numerator, denominator = sum(row.numerator for row in rows), sum(row.denominator for row in rows)
        sample = sum(row.sample for row in rows)
        reason = self.unmeasurable[kpi]
        value = Fraction(numerator, denominator) if denominator and reason is None else None
        target, floor = self.policy.target(kpi), self.policy.floor(kpi)
        attainment = None
        if value is not None and target != floor:
            attainment = min(max((value - floor) / (target - floor), Fraction(0)), Fraction(1))
        elif value is not None:
            attainment = Fraction(int(value >= target))
        enough = denominator > 0 if kpi == "reactive_hours_per_endpoint" else sample >= self.policy.minimum(kpi)
        return {
            "kpi": kpi,
            "value": rounded(value),
            "numerator": numerator,
            "denominator": denominator,
            "sample_size": sample,
            "sufficient": enough,
            "measurable": reason is None,
            "reason": reason,
            "target": float(target),
            "floor": float(floor),
            "attainment": rounded(attainment),
            "provisional": sum(row.provisional for row in rows if row.outcome == "counted"),
            "from": days[0].isoformat(),
            "to": days[1].isoformat(),
            "companions": self._companions(kpi, days, scope, rows),
            "flags": self._flags(kpi, days, scope, value),
            "_attainment": attainment,
        }

    def _flags(self, kpi: str, days: tuple[date, date], scope: Scope, value: Fraction | None) -> list[str]:
        if kpi == "utilization":
            recent = ratio(self.pick(kpi, (days[1] - 27 * DAY, days[1]), scope))
            return ["burnout_risk"] if recent is not None and recent > Fraction(9, 10) else []
        padded = kpi == "estimate_accuracy" and value is not None and value > Fraction(3, 2)
        return ["padding"] if padded else []

    def _companions(self, kpi: str, days: tuple[date, date], scope: Scope, rows: list[Row]) -> dict[str, Any]:
        def of(measure: str) -> list[Row]:
            return self.pick(f"{kpi}.{measure}", days, scope)

        coverage = (
            ratio(self.pick("utilization.time_coverage", days, scope))
            if "utilization" not in WITHOUT[scope[0]]
            else None
        )
        if kpi == "utilization":
            value, scheduled = ratio(rows), Fraction(sum(row.denominator for row in rows), MILLION)
            lost = (
                None
                if value is None
                else max(Fraction(0), self.policy.target(kpi) - value) * scheduled * self.policy.rate
            )
            return {"time_coverage": rounded(coverage), "lost_utilization_cost": rounded(lost, 2)}
        if kpi == "real_time_entry":
            return {
                "time_coverage": rounded(coverage),
                "real_time_entry_hours": rounded(ratio(of("real_time_entry_hours"))),
                "restated": len(of("restated")),
            }
        if kpi in SLA_KPIS:
            return {"sla_coverage": rounded(ratio(of("sla_coverage"))), **self._misses(kpi, scope)}
        if kpi in HISTORY_KPIS:
            known = sum(row.denominator != 0 for row in rows)
            unknown = sum(row.reason == "history_unknown" for row in rows)
            return {"history_coverage": rounded(Fraction(known, known + unknown) if known + unknown else None)}
        if kpi == "client_survey":
            value, count = ratio(rows), Fraction(sum(row.denominator for row in rows), MILLION)
            low = None if value is None else wilson_low(value, count)
            return {
                "survey_response_rate": rounded(ratio(of("survey_response_rate"))),
                "survey_wilson_low": rounded(low),
            }
        if kpi == "reactive_hours_per_endpoint":
            managed = {row.company_id for row in rows if row.denominator}
            hours = sum(row.numerator for row in rows if row.company_id not in managed)
            return {"unassigned_hours": rounded(Fraction(hours, MILLION))}
        return {}

    def _misses(self, kpi: str, scope: Scope) -> dict[str, int]:
        months = [self.pick(kpi, window_days(name, self.today), scope) for name in ("mtd", "last_month")]
        decisions = [sum(row.sample for row in rows) for rows in months]
        allowed = (1 - self.policy.target(kpi)) * max(decisions)
        misses = sum(row.sample for row in months[0] if row.numerator == 0)
        return {"misses_allowed": allowed // 1, "misses_left": allowed // 1 - misses}

    def _score(self, told: dict[str, dict[str, Any]], scope: str) -> tuple[Fraction | None, str | None]:
        if scope not in {"team", "tech"}:
            return None, None
        weighed: dict[str, tuple[Fraction, Fraction]] = {}
        for kpi, found in told.items():
            weight = self.policy.weight(kpi, scope)
            if weight and found["measurable"] and found["sufficient"] and found["_attainment"] is not None:
                weighed[kpi] = (weight, found["_attainment"])
        whole = sum((weight for weight, _ in weighed.values()), Fraction(0))
        if not whole:
            return None, None
        effects = {kpi: weight * (1 - attained) / whole for kpi, (weight, attained) in weighed.items()}
        worst = max(effects, key=lambda kpi: effects[kpi])
        focus = worst if effects[worst] > 0 else None
        slots = {"sla" if kpi in SLA_KPIS else kpi for kpi in weighed}
        if len(slots) < 5:
            return None, focus
        return 100 * sum((weight * attained for weight, attained in weighed.values()), Fraction(0)) / whole, focus


def band(score: Fraction) -> str:
    """The band of the unrounded score."""
    return "best in class" if score >= 96 else "on track" if score >= 85 else "coach" if score >= 70 else "intervene"


def reaching(policy: dict[str, Any], now: int | str | datetime, window: str) -> date:
    """A `since` that serves a window, last month's budget and the 28 days of burnout."""
    today = World(Facts([]), Policy(policy), microseconds(now)).today
    first, last = window_days(window, today)
    return min(first, last - 90 * DAY, today - 100 * DAY)


def contributions(
    tape: Tape, policy: dict[str, Any], now: int | str | datetime, since: date | None = None
) -> list[Row]:
    """Every row of every KPI."""
    return Oracle(tape, policy, now, since).rows


def card(
    tape: Tape, policy: dict[str, Any], now: int | str | datetime, window: str, scope: Scope = ("team",)
) -> dict[str, Any]:
    """The scorecard of a window and scope."""
    return Oracle(tape, policy, now, reaching(policy, now, window)).card(window, scope)


def members(tape: Tape, policy: dict[str, Any], now: int | str | datetime, window: str) -> list[int]:
    """Technicians with a scorecard row."""
    return Oracle(tape, policy, now, reaching(policy, now, "today")).members(window)


def measurability(tape: Tape, policy: dict[str, Any], now: int | str | datetime) -> dict[str, str | None]:
    """Why a KPI cannot be measured; None: it can."""
    return Oracle(tape, policy, now, reaching(policy, now, "90d")).unmeasurable
