"""The web process under measurement: the real application, and beside it a route that does nothing.

Both routes stand behind the same server and middleware, so that their ratio says what verifying, storing and
de-duplicating cost. Prints its port as the first line of its output; the environment holds the settings.
"""

from __future__ import annotations

import socket

import uvicorn
from fastapi import APIRouter, Request
from starlette.responses import Response

from benchmarks.load import NO_OP_PATH
from models.settings import load_settings
from service import logs, memory, serve
from service.access.guard import needs
from service.access.scopes import Need
from service.app import create_app

router = APIRouter(route_class=needs(Need.PUBLIC))


@router.post(NO_OP_PATH, response_model=None)
async def no_op(request: Request) -> Response:
    """Read the body and answer as the door does."""
    await request.body()
    return Response(b'{"position":1,"duplicate":false}', 202, media_type="application/json")


def main() -> None:
    """Serve until SIGTERM."""
    settings = load_settings()
    logs.configure(settings.log_format, logs.secrets_of(settings))
    app = create_app(settings, routers=(router, *serve.ROUTERS))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_config=None)
        memory.settle()
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
