"""``GET /api/v1/proof``: how the last verifications of the ledger ended (design §5)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from models.instants import isoformat
from service.access.guard import needs
from service.access.scopes import Need
from service.api.examples import answers
from service.api.figures import answer
from service.api.reader import Figures
from service.proofs import Proven, proofs_of
from service.web import web_of

_EXAMPLE = {
    "items": [
        {
            "kind": "full",
            "agreed": True,
            "as_of": "2026-09-14T07:00:00Z",
            "finished_at": "2026-09-14T07:04:10Z",
            "position": 1042,
            "subjects": 871,
            "differences": 0,
            "details": [],
        }
    ],
    "next_cursor": None,
}

router = APIRouter(tags=["operations"], route_class=needs(Need.READ))


@router.get(
    "/api/v1/proof",
    response_model=None,
    responses=answers(_EXAMPLE),
)
def read_proof(request: Request, reader: Figures) -> Response:
    """The last full verification and the last sample of the ledger that is shown, with the first differences."""
    main = web_of(request).database
    return answer(
        request,
        reader,
        lambda view: {"items": [_document(one) for one in proofs_of(main, view)], "next_cursor": None},
        tag_of_body=True,
    )


def _document(proven: Proven) -> dict[str, Any]:
    return {
        "kind": proven.kind.value,
        "agreed": not proven.differences,
        "as_of": isoformat(proven.as_of),
        "finished_at": isoformat(proven.finished_at),
        "position": proven.position,
        "subjects": proven.subjects,
        "differences": proven.differences,
        "details": list(proven.details),
    }
