"""What every page behind the wall has in common: one view, an ETag, the menu, a page that says why not."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from fastapi import Request
from starlette.responses import Response

from models.errors import Refused, StorageUnavailable
from service.access.guard import principal_of
from service.api.figures import etag
from service.pages import assets, render
from service.pages.menu import MenuLink, menu
from service.pages.status import Status, read_freshness, status
from service.reading import NoFiguresYet, Reader, View
from service.scorecards.windows import UnknownWindow
from service.web import web_of

_HTML = "text/html; charset=utf-8"
_SAYS = {
    "unknown_ticket": "No fact of this ticket has arrived, or it is not yours to see.",
    "unknown_technician": "No fact and no figure names this technician.",
    "unknown_kpi": "There is no such KPI.",
    "unknown_plan": "There is no such plan, or it is not yours to see.",
    "scope_missing": "Your token shows your own numbers only.",
}


def page_of(request: Request, view: View, template: str, title: str, sheet: object) -> str:
    """A page with its menu, and whether its figures are live."""
    return render.sheet(template, title, sheet=sheet, menu=menu_of(request), status=status_of(request, view))


def menu_of(request: Request) -> tuple[MenuLink, ...]:
    """The pages that whoever asks may open."""
    return menu(principal_of(request), request.url.path)


def status_of(request: Request, view: View) -> Status:
    """Whether the figures of a view are live."""
    web = web_of(request)
    return status(read_freshness(view, web.database, web.clock), view.policy.zone)


def answer_page(
    request: Request,
    reader: Reader,
    body: Callable[[View], str],
    *,
    tag_of_body: bool = False,
    without_ledger: Callable[[], str] | None = None,
) -> Response:
    """The page, 304 when the browser has it, or a page that says why there is none.

    ``tag_of_body``: for what may change without a new version of the figures (what people write).
    ``without_ledger``: what is shown before there are any figures, of a page that can say something then.
    """
    try:
        with reader.view() as view:
            made = body(view) if tag_of_body else None
            basis = f"{etag(view.version, request)}{assets.VERSION}{status_of(request, view)}" if made is None else made
            tag = f'W/"{sha256(basis.encode()).hexdigest()[:24]}"'
            headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
            if tag in {one.strip() for one in request.headers.get("if-none-match", "").split(",")}:
                return Response(status_code=304, headers=headers)
            return Response(body(view) if made is None else made, 200, headers, _HTML)
    except Refused as error:
        return refused(error)
    except UnknownWindow as error:
        return notice(400, "There is no such window", str(error))
    except NoFiguresYet as error:
        if without_ledger is not None:
            return Response(without_ledger(), 200, {"Cache-Control": "no-store"}, _HTML)
        return notice(503, "No figures yet", str(error))
    except StorageUnavailable:
        return notice(503, "The database cannot be reached", "Try again in a moment.")


def refused(error: Refused) -> Response:
    """The page that says why not."""
    title = "Not found" if error.status == 404 else "Not possible"
    return notice(error.status, title, _SAYS.get(error.reason, error.detail))


def with_forms(page: Response) -> Response:
    """A page whose forms send their origin along, which the policy no-referrer would hide (``Origin: null``)."""
    page.headers["Referrer-Policy"] = "same-origin"
    return page


def notice(code: int, title: str, detail: str) -> Response:
    """A page without figures that says why."""
    return Response(render.sheet("sheet_notice.html", title, detail=detail), int(code), {}, _HTML)
