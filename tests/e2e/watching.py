"""A real Prometheus and a real Alertmanager with the committed configuration, and somebody who is told.

Only what must differ is replaced: addresses, paths of files, and intervals, all of which pass ``SPEED`` times as fast,
those of the rules (``for``) and of the routes included. What is asked, how it is grouped and who is told stays.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import yaml  # type: ignore[import-untyped] # as in tests/alerts/test_rules.py

from tests.e2e.programs import program
from tests.e2e.running import ROOT, free_port, until

SPEED = 20
FOLDER = ROOT / "prometheus"
_INTERVALS = {
    *("scrape_interval", "scrape_timeout", "evaluation_interval", "refresh_interval", "resolve_timeout"),
    *("group_wait", "group_interval", "repeat_interval", "for"),
}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def seconds(duration: str) -> float:
    """A duration as Prometheus writes it."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhd])", duration))


def faster(document: Any) -> Any:
    """The same document, its intervals divided by ``SPEED``."""
    if isinstance(document, list):
        return [faster(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        key: f"{seconds(value) * 1_000 / SPEED:.0f}ms" if key in _INTERVALS else faster(value)
        for key, value in document.items()
    }


def read(name: str) -> Any:
    """A committed file."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def placed(name: str, texts: Mapping[str, str], document: Any = None) -> Any:
    """A committed file, or a document, with texts replaced wherever they stand; each stands somewhere."""
    text = json.dumps(read(name) if document is None else document)
    for old, new in texts.items():
        assert f'"{old}"' in text, f"{name} says nothing of {old}"
        text = text.replace(f'"{old}"', f'"{new}"')
    return json.loads(text)


@dataclass(frozen=True, slots=True)
class Told:
    """One alert of one message."""

    at: float
    status: str
    labels: Mapping[str, str]
    summary: str


def _told(alerts: Iterable[Mapping[str, Any]]) -> Iterator[Told]:
    now = time.monotonic()
    return (Told(now, one["status"], one["labels"], one["annotations"]["summary"]) for one in alerts)


class Receiver:
    """A chat that takes Alertmanager's JSON, and asks for its token."""

    def __init__(self, token: str) -> None:
        told: list[Told] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Note what is said."""
                document = json.loads(self.rfile.read(int(self.headers["content-length"])))
                known = self.headers["authorization"] == f"Bearer {token}"
                told.extend(_told(document["alerts"]) if known else ())
                self.send_response(200 if known else 401)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.told = told
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def last(self, alert: str) -> Told | None:
        """What was said last of an alert."""
        return next((one for one in reversed(self.told) if one.labels["alertname"] == alert), None)

    def says(self, alert: str, status: str) -> bool:
        """Whether that is what was said last."""
        last = self.last(alert)
        return last is not None and last.status == status

    def close(self) -> None:
        """Leave the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@dataclass(frozen=True, slots=True)
class Watch:
    """Both running; ``chat``: who is told what is worth waking somebody, or is of one ticket, or of Techscore."""

    prometheus: httpx.Client
    alertmanager: httpx.Client
    chat: Receiver

    def ask(self, query: str) -> list[Mapping[str, Any]]:
        """The series that answer a query now."""
        response = self.prometheus.get("/api/v1/query", params={"query": query})
        assert response.status_code == 200, response.text
        found: list[Mapping[str, Any]] = response.json()["data"]["result"]
        return found

    def evaluations(self) -> float:
        """How often the group of rules that was looked at least often has been evaluated."""
        lines = self.prometheus.get("/metrics").text.splitlines()
        counts = [line for line in lines if line.startswith("prometheus_rule_group_iterations_total{")]
        return min((float(line.rsplit(" ", 1)[1]) for line in counts), default=0)


@contextmanager
def alertmanager(folder: Path, chat: Receiver) -> Iterator[httpx.Client]:
    """An Alertmanager that tells ``chat``; its letters go nowhere."""
    (folder / "chat_token").write_text("a-chat-token")
    (folder / "smtp_password").write_text("a-password")
    texts = {
        "smtp.example.com:587": f"127.0.0.1:{free_port()}",
        "/run/secrets/smtp_password": str(folder / "smtp_password"),
        "/run/secrets/chat_token": str(folder / "chat_token"),
        "http://chat-bridge.example.com:8080/techscore": chat.url,
    }
    config = folder / "alertmanager.yml"
    config.write_text(json.dumps(faster(placed("alertmanager.yml", texts))))
    with running(
        folder,
        program("prometheus-alertmanager", "alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
    ) as client:
        yield client


@contextmanager
def prometheus(folder: Path, port: int, token: str, told: httpx.Client) -> Iterator[httpx.Client]:
    """A Prometheus that scrapes a service on ``port`` and tells the Alertmanager behind ``told``."""
    secret = folder / "scrape_token"
    secret.write_text(token)
    document = read("prometheus.yml")
    for job in document["scrape_configs"]:
        if "dns_sd_configs" in job:
            job["static_configs"] = [{"targets": ["web:8000"]}]
            del job["dns_sd_configs"]
    texts = {
        "web:8000": f"127.0.0.1:{port}",
        "alertmanager:9093": f"{told.base_url.host}:{told.base_url.port}",
        "/run/secrets/scrape_token": str(secret),
    }
    config = folder / "prometheus.yml"
    config.write_text(json.dumps(faster(placed("prometheus.yml", texts, document))))
    (folder / "rules").mkdir()
    for path in (FOLDER / "rules").glob("*.yml"):
        (folder / "rules" / path.name).write_text(json.dumps(faster(read(f"rules/{path.name}"))))
    with running(
        folder, program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}"
    ) as client:
        yield client


@contextmanager
def running(folder: Path, *command: str) -> Iterator[httpx.Client]:
    """A program with a web address of its own, once it is ready; ended by its id."""
    port = free_port()
    log = folder / f"{Path(command[0]).name}.log"
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))
        process = subprocess.Popen((*command, f"--web.listen-address=127.0.0.1:{port}"), stdout=output, stderr=output)
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        client = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5))

        def ready() -> bool:
            assert process.poll() is None, log.read_text()[-2_000:]
            try:
                return client.get("/-/ready").status_code == 200
            except httpx.TransportError:
                return False

        until(f"{log.stem} is ready", ready)
        yield client


@contextmanager
def watching(folder: Path, port: int, token: str) -> Iterator[Watch]:
    """Everything that watches a service."""
    with ExitStack() as stack:
        chat = Receiver("a-chat-token")
        stack.callback(chat.close)
        manager = stack.enter_context(alertmanager(folder, chat))
        yield Watch(stack.enter_context(prometheus(folder, port, token, manager)), manager, chat)
