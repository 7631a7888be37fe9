"""``make dashboards-preview``: show the committed dashboards on a make-believe MSP, or take pictures of all states."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx

from grafana.preview import shots, worlds
from grafana.preview.processes import HOST, Child, PreviewFailed, free_port

HERE = Path(__file__).parent
DASHBOARDS = HERE.parent / "dashboards"
_SERVED_SECONDS = 120.0
_LIVED = "&from=now-10m&to=now"
"""So long Prometheus has known the history's service; in the dashboards' own time its lines would be dots."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 when something did not come up, or a page complained; 130 when interrupted."""
    names = sorted(path.stem for path in DASHBOARDS.glob("*.json"))
    parser = argparse.ArgumentParser(prog="make dashboards-preview", description=__doc__)
    parser.add_argument("--shots", metavar="DIR", type=Path, help="take pictures and end")
    parser.add_argument("--only", choices=names, nargs="+", default=names, help="these dashboards")
    parser.add_argument("--states", choices=worlds.STATES, nargs="+", default=worlds.STATES, help="these states")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends it, what it started ends too
    with tempfile.TemporaryDirectory(prefix="techscore-preview-") as name:
        try:
            if asked.shots is None:
                return _show(Path(name))
            return _shoot(Path(name), asked.shots, asked.only, tuple(asked.states))
        except PreviewFailed as failure:
            print(failure, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


def _show(folder: Path) -> int:
    print("Ninety days of a make-believe MSP are being lived and read; this takes minutes.", flush=True)
    with worlds.lived(folder) as prometheus, _pages(folder, prometheus.url) as address:
        print(f"Preview, not Grafana: {address}   (Prometheus: {prometheus.url})   Ctrl-C ends it.", flush=True)
        Event().wait()
    return 0


def _shoot(folder: Path, to: Path, names: Sequence[str], states: tuple[str, ...]) -> int:
    to.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    with _pages(folder) as address, shots.camera() as browser:
        for state, prometheus in worlds.states(folder, states):
            source = f"prometheus={prometheus}" + (_LIVED if state == "history" else "")
            complaints += shots.take(browser, address, source, names, to, state)
            print(f"{state}: {len(names) * len(shots.SIZES)} pictures in {to}", flush=True)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


@contextmanager
def _pages(folder: Path, prometheus: str = "") -> Iterator[str]:
    """Vite, serving the pages on loopback."""
    port = free_port()
    vite = HERE / "node_modules" / ".bin" / "vite"
    served = Child(
        folder / "vite.log", vite, "--port", str(port), folder=HERE, environment={"VITE_PROMETHEUS": prometheus}
    )
    address = f"http://{HOST}:{port}"
    try:
        served.until("Vite", lambda: _answers(address), _SERVED_SECONDS)
        yield address
    finally:
        served.close()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False).is_success
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    sys.exit(main())
