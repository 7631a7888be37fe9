"""One process of the service, web or worker, that can be made to die or freeze at a named point of its own work.

It is the product as it is served: ``serve_web`` or ``serve_worker`` with settings. Beside it the launcher listens to
what SQLAlchemy says of every statement and every connection given back, which is enough to tell the points apart.
A point is passed by until the trigger file is there.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine, Pool, event

from models.settings import load_settings
from service import logs, serve
from tests.door import SECRET, TOKEN


class Point(StrEnum):
    """Where a process can be made to stop."""

    NONE = "random moment"
    AFTER_INSERT = "after insert before commit"
    AFTER_COMMIT = "after commit before reply"
    MID_BATCH = "mid-batch"
    BEFORE_SNAPSHOT = "between ledger commit and snapshot"


_STATEMENTS = {
    Point.AFTER_INSERT: "insert into inbox",
    Point.AFTER_COMMIT: "insert into inbox",
    Point.MID_BATCH: "insert into contribution",  # contributions are in, the counters not yet
    Point.BEFORE_SNAPSHOT: "update progress",
}
_INSIDE = (Point.AFTER_INSERT, Point.MID_BATCH)


@dataclass(frozen=True)
class Part:
    """What to run: ``signal_number`` (SIGKILL or SIGSTOP) is what the process sends itself at ``point``."""

    role: str
    database_url: str
    folder: Path
    port: int = 0
    point: Point = Point.NONE
    signal_number: int = signal.SIGKILL

    @property
    def trigger(self) -> Path:
        return self.folder / f"{self.role}-{self.port}.trigger"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.role}-{self.port}.log"


def run(part: Part) -> None:
    """Serve until told to stop, or until the point."""
    with part.log.open("ab") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
    os.chdir(part.folder)
    _listen(part)
    settings = load_settings(
        database_url=part.database_url,
        port=part.port or 8000,
        auth="open",
        webhook_token=SecretStr(TOKEN),
        webhook_secrets=(SecretStr(SECRET),),
    )
    logs.configure(settings.log_format, logs.secrets_of(settings))
    raise SystemExit(serve.serve_web(settings) if part.role == "web" else serve.serve_worker(settings))


def _listen(part: Part) -> None:
    if part.point is Point.NONE:
        return
    wanted = _STATEMENTS[part.point]

    def executed(connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if statement.replace('"', "").lower().startswith(wanted):
            if part.point in _INSIDE:
                _reached(part)
            else:
                connection.info[wanted] = True

    def committing(connection: Any) -> None:
        if connection.info.pop(wanted, False):
            connection.info["committed"] = True

    def given_back(_connection: object, record: Any) -> None:
        if record.info.pop("committed", False):
            _reached(part)

    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Engine, "commit", committing)
    event.listen(Pool, "checkin", given_back)


def _reached(part: Part) -> None:
    if part.trigger.exists():
        os.kill(os.getpid(), part.signal_number)
