"""The KPIs there are, in the order of kpis.md §3. A new KPI is one file here and one line below."""

from __future__ import annotations

from collections.abc import Mapping

from service.kpis.definition import Kpi, Measure
from service.kpis.real_time_entry import REAL_TIME_ENTRY
from service.kpis.roster import ROSTER
from service.kpis.sla import SLA_COMPLETION, SLA_ENGAGEMENT, SLA_TRIAGE

KPIS: tuple[Kpi, ...] = (REAL_TIME_ENTRY, SLA_TRIAGE, SLA_ENGAGEMENT, SLA_COMPLETION)
MEASURES: tuple[Measure, ...] = (*KPIS, ROSTER)


def by_subject() -> Mapping[str, tuple[Measure, ...]]:
    """The measures of each type of subject."""
    subjects = {measure.subject_type for measure in MEASURES}
    return {subject: tuple(m for m in MEASURES if m.subject_type == subject) for subject in sorted(subjects)}


def revisions() -> Mapping[str, int]:
    """The revision of each measure, as it enters the generation."""
    return {measure.key: measure.revision for measure in MEASURES}
