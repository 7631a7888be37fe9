"""Structured logs on stderr, as JSON lines or for the console, with everything secret taken out.

One chain serves our own events and those of libraries (through ``logging``). The server's own access log is
off: ``service.edge`` writes one that knows the route and never shows the path token.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, cast

import orjson
import structlog
from pydantic import BaseModel, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

_SECRET_KEYS = frozenset(
    ("authorization", "cookie", "set-cookie", "x-hook-signature", "password", "secret", "token", "apiintegrationcode")
)
_PATTERNS = (
    r"(?<=/webhooks/autotask/)(?!\{token\})[^/\s?#\"']+",  # the path token, also a wrong one: it may be yesterday's
    r"(?<=://)[^/\s@]+(?=@)",  # user and password of a database URL
    r"tsc_[a-z0-9]{8}_[A-Za-z0-9_-]{43}",  # an access token, wherever it turns up (service.access.tokens)
    r"(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/=-]+",
)


def configure(log_format: str, secrets: Iterable[str] = (), stream: BinaryIO | None = None) -> None:
    """Set up logging of this process. ``log_format``: ``json`` or ``console``; ``secrets`` never appear."""
    out = cast(BinaryIO, _Lossy(stream or sys.stderr.buffer))
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Redaction(secrets),
    ]
    render = _render_json if log_format == "json" else _console()
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(shared, render, out)


def secrets_of(settings: BaseModel) -> list[str]:
    """Every secret value in the settings."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    items = [item for value in values for item in (value if isinstance(value, tuple | list) else (value,))]
    return [item.get_secret_value() for item in items if isinstance(item, SecretStr)]


class Redaction:
    """Takes secrets, path tokens and credentials out of every value of an event, however deep."""

    def __init__(self, secrets: Iterable[str]) -> None:
        words = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(re.escape, words), *_PATTERNS]))

    def __call__(self, _logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
        for key, value in event_dict.items():
            event_dict[key] = REDACTED if key.lower() in _SECRET_KEYS else self.value(value)
        return event_dict

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        return self._pattern.sub(REDACTED, text)

    def value(self, value: Any) -> Any:
        """``value`` without secrets; what is no plain value is shown as its ``repr``."""
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {
                str(key): REDACTED if str(key).lower() in _SECRET_KEYS else self.value(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item) for item in value]
        return self.text(repr(value))


def _render_json(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> bytes:
    try:
        return orjson.dumps(event_dict)
    except TypeError:  # a lone surrogate, an integer past 64 bits
        return json.dumps(event_dict).encode()


def _console() -> Processor:
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )

    def render(logger: WrappedLogger, method: str, event_dict: EventDict) -> bytes:
        return str(renderer(logger, method, event_dict)).encode("utf-8", "backslashreplace")

    return render


def _configure_libraries(shared: list[Processor], render: Processor, out: BinaryIO) -> None:
    def as_text(logger: WrappedLogger, method: str, event_dict: EventDict) -> str:
        rendered = render(logger, method, event_dict)
        return rendered.decode() if isinstance(rendered, bytes) else str(rendered)

    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.stdlib.ExtraAdder(),
            *shared,
            as_text,
        ]
    )
    handler = _BinaryHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"
    for name in ("alembic", "httpx"):  # one line per statement, one per request
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lossy:
    """A stream that drops what cannot be written: a full disk or a closed log must not end a request or a worker."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


class _BinaryHandler(logging.Handler):
    def __init__(self, out: BinaryIO) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._out.write(self.format(record).encode("utf-8", "backslashreplace") + b"\n")
            self._out.flush()
        except Exception:
            self.handleError(record)
