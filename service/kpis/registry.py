"""The KPIs there are, in the order of kpis.md §3. A new KPI is one file here and one line below."""

from __future__ import annotations

from collections.abc import Mapping

from service.kpis.client_survey import CLIENT_SURVEY, CLIENT_SURVEY_ALONE
from service.kpis.definition import Kpi, Measure
from service.kpis.endpoints import ENDPOINTS
from service.kpis.escalation_rate import ESCALATION_RATE
from service.kpis.estimate_accuracy import ESTIMATE_ACCURACY
from service.kpis.first_contact_resolution import FIRST_CONTACT_RESOLUTION
from service.kpis.reactive_hours_per_endpoint import REACTIVE_HOURS_PER_ENDPOINT
from service.kpis.real_time_entry import REAL_TIME_ENTRY
from service.kpis.reopen_rate import REOPEN_RATE
from service.kpis.roster import ROSTER
from service.kpis.scheduled import SCHEDULED_HOURS
from service.kpis.sla import SLA_COMPLETION, SLA_ENGAGEMENT, SLA_TRIAGE
from service.kpis.utilization import UTILIZATION

KPIS: tuple[Kpi, ...] = (
    UTILIZATION,
    REAL_TIME_ENTRY,
    SLA_TRIAGE,
    SLA_ENGAGEMENT,
    SLA_COMPLETION,
    ESTIMATE_ACCURACY,
    ESCALATION_RATE,
    REOPEN_RATE,
    FIRST_CONTACT_RESOLUTION,
    CLIENT_SURVEY,
    REACTIVE_HOURS_PER_ENDPOINT,
)
MEASURES: tuple[Measure, ...] = (*KPIS, ROSTER, SCHEDULED_HOURS, CLIENT_SURVEY_ALONE, ENDPOINTS)


def by_subject() -> Mapping[str, tuple[Measure, ...]]:
    """The measures of each type of subject."""
    subjects = {measure.subject_type for measure in MEASURES}
    return {subject: tuple(m for m in MEASURES if m.subject_type == subject) for subject in sorted(subjects)}


def revisions() -> Mapping[str, int]:
    """The revision of each measure, as it enters the generation."""
    return {measure.key: measure.revision for measure in MEASURES}
