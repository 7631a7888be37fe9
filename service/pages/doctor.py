"""The values of the page ``/doctor``: each KPI with what stands in its way, and who is a technician."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.pages import words
from service.pages.words import DEFINITIONS
from service.reading import View
from service.scorecards.doctor import Finding, Person, Severity, diagnose
from service.sources import Source

_STATES = {None: "Can be measured", Severity.DOUBT: "Measured, with doubt", Severity.STOPS: "Not measurable"}
_SILENT = {
    "nothing_heard": "nothing came from Autotask for more than an hour of business time",
    "webhook_inactive": "it is switched off in Autotask",
}
_WHY = {
    "works_for_customers": "has a row",
    "ignored_resource": "the policy ignores it",
    "api_user": "is an API user",
    "inactive": "is inactive",
    "not_listed": "is not in the policy's list",
    "no_customer_work_in_60_days": "no customer-facing entry in 60 days",
}


@dataclass(frozen=True, slots=True)
class Examined:
    """One KPI: its state in words, and the findings."""

    kpi: str
    title: str
    state: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class DoctorSheet:
    """Everything the template shows."""

    as_of: str
    kpis: tuple[Examined, ...]
    people: tuple[tuple[Person, str], ...]
    sources: tuple[tuple[Source, str], ...]


def doctor_sheet(view: View, heard: Sequence[Source]) -> DoctorSheet:
    """The page's values."""
    said = diagnose(view)
    kpis = []
    for kpi, reason in said.measurable.items():
        findings = tuple(one for one in said.findings if one.kpi == kpi)
        doubted = any(one.severity is Severity.DOUBT for one in findings)
        worst = Severity.STOPS if reason else Severity.DOUBT if doubted else None
        kpis.append(Examined(kpi, DEFINITIONS[kpi].title, _STATES[worst], findings))
    people = tuple((one, _WHY[one.reason]) for one in said.people)
    told = tuple((one, _standing(one, view)) for one in heard)
    return DoctorSheet(words.clock_time(view.as_of, view.policy.zone), tuple(kpis), people, told)


def _standing(source: Source, view: View) -> str:
    """How a source stands, in words."""
    at = source.last_at if source.silent_since is None else source.silent_since
    when = "" if at is None else words.moment(at, view.as_of, view.policy.zone)
    if source.reason is not None:
        return f"silent since {when}: {_SILENT.get(source.reason, source.reason)}" if when else "never heard of yet"
    return f"last heard {when}" if when else "never read yet"
