"""``GET /api/v1/doctor``: what can be measured here, what cannot, and what to change (kpis.md R2)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.instants import isoformat
from service.access.guard import needs
from service.access.scopes import Need
from service.api.examples import answers
from service.api.figures import answer
from service.api.reader import Figures
from service.reading import View
from service.scorecards.doctor import Diagnosis, diagnose
from service.sources import Source, sources
from service.web import web_of

_EXAMPLE = {
    "as_of": "2026-09-14T12:00:00Z",
    "kpis": [
        {
            "kpi": "escalation_rate",
            "measurable": False,
            "reason": "no_tiers",
            "findings": [
                {
                    "severity": "stops",
                    "reason": "no_tiers",
                    "words": "Nothing is ranked, so nobody can be seen to hand a ticket up.",
                    "remedy": "In the policy, [tiers.queues] or [tiers.technicians]: give ranks.",
                }
            ],
        }
    ],
    "technicians": [{"tech_id": 29682885, "name": "Ann Ash", "is_in": True, "reason": "works_for_customers"}],
    "sources": [
        {"source": "autotask", "last_at": "2026-09-14T11:59:58Z", "silent_since": None, "reason": None},
        {
            "source": "webhook Ticket",
            "last_at": None,
            "silent_since": "2026-09-14T11:00:00Z",
            "reason": "webhook_inactive",
        },
    ],
}

router = APIRouter(tags=["operations"], route_class=needs(Need.READ))


@router.get(
    "/api/v1/doctor",
    response_model=None,
    responses=answers(_EXAMPLE),
)
def read_doctor(request: Request, reader: Figures) -> Response:
    """For each KPI whether it can be measured with what is known, else why and what to change; who is in, and why."""

    web = web_of(request)

    def document(view: View) -> object:
        found = [source_document(one) for one in sources(web.database, view)]
        return {"as_of": isoformat(view.as_of), **diagnosis_document(diagnose(view)), "sources": found}

    return answer(request, reader, document, tag_of_body=True)


def source_document(source: Source) -> dict[str, Any]:
    """A source as the API writes it."""
    return {
        "source": source.name,
        "last_at": None if source.last_at is None else isoformat(source.last_at),
        "silent_since": None if source.silent_since is None else isoformat(source.silent_since),
        "reason": source.reason,
    }


def diagnosis_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as the API writes it."""
    return {
        "kpis": [
            {
                "kpi": kpi,
                "measurable": reason is None,
                "reason": reason,
                "findings": [
                    {"severity": one.severity.value, "reason": one.reason, "words": one.words, "remedy": one.remedy}
                    for one in diagnosis.findings
                    if one.kpi == kpi
                ],
            }
            for kpi, reason in diagnosis.measurable.items()
        ],
        "technicians": [asdict(one) for one in diagnosis.people],
    }
