"""The demo from start to end, with a small stand-in as the service it starts."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from simulator.demo import run_demo
from tests.simulator import door

STAND_IN = (sys.executable, str(Path(door.__file__)))


def demo(*options: str, duration: float | None = 1.0, exit_after: bool = True, port: int | None = None) -> int:
    """A short demo of the stand-in with options of its own."""
    return run_demo(
        duration=duration,
        exit_after=exit_after,
        port=port or free_port(),
        seed=1,
        speed=36_000.0,
        keep=False,
        days=7,
        command=(*STAND_IN, *options),
    )


def free_port() -> int:
    """A port nobody listens on; tests run beside each other, so none takes the usual one."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the demo makes its scratch folders."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_it_ends_by_itself_and_leaves_nothing(scratch: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With --for and --exit it says where to look, has the past read, lives on, verifies, and removes its folder."""
    assert demo() == 0
    output = capfd.readouterr().out
    for words in ("/metrics", "7 days have happened", "nothing read", "all KPIs", "life goes on", "95.0 %", "compared"):
        assert words in output
    counts = re.search(r"(\d+) webhook events sent .*, (\d+) acknowledged, 0 retries, 0 lost", output)
    assert counts is not None
    assert int(counts[1]) == int(counts[2]) > 0
    assert list(scratch.iterdir()) == []


def test_verify_that_disagrees_fails_the_demo(scratch: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """When verify finds differences the exit code is 1 and the folder is kept as evidence."""
    assert demo("--verify-exit", "1") == 1
    output = capfd.readouterr().out
    assert "differences" in output
    (kept,) = scratch.iterdir()
    assert str(kept) in output


def test_a_service_that_does_not_start_is_told_with_its_log(capfd: pytest.CaptureFixture[str]) -> None:
    """A service that ends at once gives exit 1, its exit code and the end of its log."""
    assert demo("--serve-exit", "3") == 1
    output = capfd.readouterr().out
    assert "the service ended with exit code 3" in output
    assert "cannot serve today" in output


def test_a_past_that_cannot_be_read_fails_the_demo(scratch: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A command that fails gives exit 1 and is told; the folder is kept."""
    assert demo("--backfill-exit", "1") == 1
    assert "techscore backfill --since 7d failed with exit code 1" in capfd.readouterr().out
    assert len(list(scratch.iterdir())) == 1


def test_a_port_in_use_is_refused(capfd: pytest.CaptureFixture[str], scratch: Path) -> None:
    """A port asked for that somebody listens on is an error before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert demo(port=port) == 1
    assert f"port {port} is in use" in capfd.readouterr().out
    assert list(scratch.iterdir()) == []


def test_ctrl_c_ends_an_endless_demo_in_order(scratch: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """SIGINT to a demo without end: it lets the service finish, verifies, and exits 0."""

    port = free_port()

    def interrupt_in_the_day() -> None:
        deadline = time.monotonic() + 30
        stored = 0
        while time.monotonic() < deadline and stored < 10:
            with suppress(httpx.TransportError):
                stored = httpx.get(f"http://127.0.0.1:{port}/api/v1/scorecard", trust_env=False).json()["position"]
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt_in_the_day)
    interrupter.start()
    assert demo(duration=None, exit_after=False, port=port) == 0
    interrupter.join()
    output = capfd.readouterr().out
    assert "Stopping" in output
    assert "compared" in output
    assert list(scratch.iterdir()) == []
