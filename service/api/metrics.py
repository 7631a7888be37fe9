"""``GET /metrics``: the ledger's metrics (the same on every replica, scrape one) and this process's own (design §6)."""

from __future__ import annotations

from contextlib import ExitStack

from fastapi import APIRouter, Request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from service.access.guard import needs
from service.access.scopes import Need
from service.api.problems import problem
from service.api.reader import Figures
from service.metrics import live
from service.metrics.packed import Packed
from service.projection.ledger.snapshot import read_snapshot
from service.reading import NoFiguresYet, Reader, View
from service.web import Web, web_of

LEDGER = "ledger"
PROCESS = "process"
PARTS = (LEDGER, PROCESS)
_NOTHING = Packed.of(b"")

router = APIRouter(tags=["metrics"], route_class=needs(Need.SCRAPE))


@router.get("/metrics", response_model=None)
def read_metrics(request: Request, reader: Figures, part: str = "") -> Response:
    """Prometheus text. ``part=ledger``: the last snapshot and what is read at the scrape; ``part=process``: this
    replica's own; both when no part is named."""
    if part and part not in PARTS:
        return problem(400, "unknown_part", f"allowed parts: {', '.join(PARTS)}", allowed=PARTS)
    web = web_of(request)
    snapshot, rest = (_NOTHING, b"") if part == PROCESS else _of_ledger(web, reader)
    if part != LEDGER:
        rest += web.metrics.render()
    headers = {"Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(snapshot.text() + rest, headers=headers, media_type=CONTENT_TYPE_PLAIN_0_0_4)
    headers["Content-Encoding"] = "gzip"
    return Response(snapshot.gzip(rest), headers=headers, media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _of_ledger(web: Web, reader: Reader) -> tuple[Packed, bytes]:
    """The snapshot as it is stored, and what must stay true while nobody writes snapshots."""
    with ExitStack() as stack:
        view: View | None = None
        try:
            view = stack.enter_context(reader.view())
        except NoFiguresYet:
            view = None
        snapshot = None if view is None else read_snapshot(view.connection)
        return snapshot or _NOTHING, live.render(web.database, view, web.clock)
