"""What every GET of figures has in common: one view, an ETag, a word for "not yet", and the clock when it stands still.

A body is made by a function of the view; two requests with one version, path and query give one body, so the
tag is known before it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import orjson
from fastapi import Request
from starlette.responses import Response

from models.instants import isoformat
from service.access.guard import principal_of
from service.answers import Answers
from service.api.problems import RETRY_AFTER_SECONDS, problem
from service.metrics.process import release
from service.reading import NoFiguresYet, Reader, Version, View
from service.scorecards.windows import NAMES, UnknownWindow
from service.web import web_of

FROZEN_HEADER = "techscore-frozen-at"
"""Present only while ``TECHSCORE_NOW`` is set: the instant at which the clock stands."""

ALLOWED_WINDOWS = (*NAMES, "YYYY-MM")

_JSON = "application/json"


def answer(
    request: Request, reader: Reader, document: Callable[[View], object], *, tag_of_body: bool = False
) -> Response:
    """The JSON of ``document`` for the figures on show; 304 when the client has it, 503 before there are any.

    400 when ``document`` asks for a window that is none. ``tag_of_body``: for what may change without a new version of
    the figures (the inbox, what people write).
    """
    try:
        with reader.view() as view:
            body = orjson.dumps(document(view)) if tag_of_body else None
            tag = etag(view.version, request) if body is None else f'"{sha256(body).hexdigest()[:32]}"'
            headers = standing(request, tag)
            if has_it(request, headers["ETag"]):
                return Response(status_code=304, headers=headers)
            if body is None:
                body = _answers_of(request).get(tag, lambda: orjson.dumps(document(view)))
            return Response(body, 200, headers, _JSON)
    except UnknownWindow:
        detail = f"allowed windows: {', '.join(ALLOWED_WINDOWS)}, a month up to the present one"
        return problem(400, "unknown_window", detail, allowed=ALLOWED_WINDOWS)
    except NoFiguresYet as error:
        return problem(503, "no_figures_yet", str(error), headers={"retry-after": str(RETRY_AFTER_SECONDS)})


def etag(version: Version, request: Request) -> str:
    """The entity tag of what this request, of whoever makes it, is answered with at a version of the figures."""
    parts = (str(version), release(), request.url.path, request.url.query, principal_of(request).sight)
    return f'"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def standing(request: Request, tag: str) -> dict[str, str]:
    """The headers of an answer: its tag, that it is to be asked for again, and the clock when it stands still."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    clock = web_of(request).clock
    if clock.frozen:
        headers[FROZEN_HEADER] = isoformat(clock.now())
    return headers


def has_it(request: Request, tag: str) -> bool:
    """Whether the client named this tag (weak comparison, RFC 9110 §13.1.2)."""
    given = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    return tag in given or "*" in given


def _answers_of(request: Request) -> Answers:
    state = request.app.state
    answers = getattr(state, "answers", None)
    if not isinstance(answers, Answers):
        answers = state.answers = Answers()
    return answers
