"""The states that a dashboard may be in, lived by the real service and read by a real Prometheus.

*history*: a make-believe MSP of 90 days, as ``techscore demo`` has it. *empty*: a service on a new database. *stale*:
the history's service with nobody at work, for longer than figures may stand still. *down*: that service ended.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from grafana.preview.processes import HOST, Child, PreviewFailed, free_port
from grafana.promql import AS_OF, STALE_SECONDS

STATES = ("history", "empty", "stale", "down")
ROOT = Path(__file__).parents[2]
_PAST_SECONDS = 900.0
_START_SECONDS = 120.0
_VERIFY_SECONDS = 180.0
_LIVED = "Nothing more happens"
_LEFT = "Database and log are left in "
_SCRAPED = """\
global: {{scrape_interval: 5s, evaluation_interval: 5s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: techscore-ledger
    params: {{part: [ledger]}}
    static_configs: [{{targets: ["{target}"]}}]
  - job_name: techscore-process
    params: {{part: [process]}}
    static_configs: [{{targets: ["{target}"]}}]
"""


class Prometheus:
    """One that scrapes one service."""

    def __init__(self, folder: Path, target: str) -> None:
        port = free_port()
        self.url = f"http://{HOST}:{port}"
        folder.mkdir()
        (folder / "prometheus.yml").write_text(
            _SCRAPED.format(rules=ROOT / "prometheus" / "rules" / "*.yml", target=target), encoding="utf-8"
        )
        self._child = Child(
            folder / "log",
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={HOST}:{port}",
        )
        self._client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def knows(self, expression: str) -> bool:
        """Whether an expression has any answer now."""
        try:
            answer = self._client.get("/api/v1/query", params={"query": expression})
        except httpx.TransportError:
            return False
        return answer.is_success and bool(answer.json()["data"]["result"])

    def wait(self, what: str, expression: str, seconds: float = _START_SECONDS) -> None:
        """Until an expression has an answer."""
        self._child.until(what, lambda: self.knows(expression), seconds)

    def close(self) -> None:
        """End it; twice is fine."""
        self._client.close()
        self._child.close()


@contextmanager
def lived(folder: Path) -> Iterator[Prometheus]:
    """*history*, for as long as the block lasts."""
    port = free_port()
    with ExitStack() as stack:
        demo = _demo(folder, port)
        stack.callback(demo.close, _VERIFY_SECONDS)
        yield _read(stack, folder, port, demo)


def states(folder: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each wanted state with the address of the Prometheus that knows it, for until the next one is asked for."""
    if "empty" in wanted:
        with ExitStack() as stack:
            (folder / "empty").mkdir()
            port = free_port()
            stack.callback(_serve(folder / "empty", port, folder / "empty" / "techscore.db", "all").close)
            prometheus = _prometheus(stack, folder / "empty" / "prometheus", port)
            prometheus.wait("the empty service's metrics", f"{AS_OF} and on () min(up) == 1")
            yield "empty", prometheus.url
    if set(wanted) - {"empty"}:
        yield from _history_and_after(folder, wanted)


def _history_and_after(folder: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    port = free_port()
    with ExitStack() as stack:
        demo = _demo(folder, port)
        stack.callback(demo.close)
        prometheus = _read(stack, folder, port, demo)
        if "history" in wanted:
            yield "history", prometheus.url
        if not {"stale", "down"} & set(wanted):
            return
        demo.close(_VERIFY_SECONDS)
        idle = _serve(folder, port, _left_by(demo) / "techscore.db", "web")
        stack.callback(idle.close)
        if "stale" in wanted:
            prometheus.wait("figures that stand still", f"{AS_OF} < time() - {STALE_SECONDS}", STALE_SECONDS + 60)
            yield "stale", prometheus.url
        idle.close()
        if "down" in wanted:
            prometheus.wait("a service that does not answer", f"max(up) == 0 unless on () {AS_OF}")
            yield "down", prometheus.url


def _demo(folder: Path, port: int) -> Child:
    techscore = Path(sys.executable).with_name("techscore")
    scratch = {"TMPDIR": str(folder)}
    return Child(
        folder / "demo.log", techscore, "demo", "--for", "20s", "--keep", f"--port={port}", environment=scratch
    )


def _read(stack: ExitStack, folder: Path, port: int, demo: Child) -> Prometheus:
    """A Prometheus that has scraped the demo's service from its start, once all of the past is counted."""
    prometheus = _prometheus(stack, folder / "prometheus", port)
    demo.until("the make-believe past", lambda: _LIVED in demo.output(), _PAST_SECONDS)
    prometheus.wait("all of the past in the figures", "max(techscore_inbox_backlog) == 0", _PAST_SECONDS)
    return prometheus


def _prometheus(stack: ExitStack, folder: Path, port: int) -> Prometheus:
    prometheus = Prometheus(folder, f"{HOST}:{port}")
    stack.callback(prometheus.close)
    return prometheus


def _serve(folder: Path, port: int, database: Path, role: str) -> Child:
    settings: Mapping[str, str] = {
        "PYTHONPATH": str(ROOT),
        "TECHSCORE_DATABASE_URL": f"sqlite:///{database}",
        "TECHSCORE_PORT": str(port),
        "TECHSCORE_AUTH": "open",
        "TECHSCORE_WEBHOOK_TOKEN": "t" * 32,
        "TECHSCORE_WEBHOOK_SECRETS": "s" * 32,
        "TECHSCORE_PUBLIC_URL": f"http://{HOST}:{port}",
    }
    command = (sys.executable, "-m", "service", "serve", "--role", role)
    return Child(folder / f"serve-{role}.log", *command, folder=folder, environment=settings)


def _left_by(demo: Child) -> Path:
    for line in demo.output().splitlines():
        if line.startswith(_LEFT):
            return Path(line.removeprefix(_LEFT).strip())
    raise PreviewFailed(f"the demo left no database\n{demo.output()[-3000:]}")
