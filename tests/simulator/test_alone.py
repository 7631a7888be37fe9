"""``python -m simulator``: the make-believe Autotask as a program of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from models.settings import Settings
from simulator.__main__ import main

ROOT = Path(__file__).parents[2]


def test_it_prints_an_environment_that_leads_to_it(tmp_path: Path) -> None:
    """What it prints is a ``.env``; with it Autotask answers, without the secret it does not; an interrupt ends it."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--days", "7"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(5)]
        (tmp_path / ".env").write_text("".join(printed), encoding="utf-8")
        settings = Settings(_env_file=tmp_path / ".env")
        assert settings.autotask_secret is not None
        assert settings.autotask_integration_code is not None
        headers = {
            "UserName": str(settings.autotask_username),
            "Secret": settings.autotask_secret.get_secret_value(),
            "ApiIntegrationCode": settings.autotask_integration_code.get_secret_value(),
        }
        with httpx.Client(base_url=str(settings.autotask_zone_url), trust_env=False) as client:
            count = {"Filter": [{"op": "gte", "field": "id", "value": 0}]}
            known = client.post("/V1.0/Tickets/query/count", json=count, headers=headers)
            unknown = client.post("/V1.0/Tickets/query/count", json=count, headers=headers | {"Secret": "wrong"})
        process.send_signal(signal.SIGINT)
        assert 0 == process.wait(20)
    assert printed[0].startswith("# 7 days, ")
    assert (200, 401) == (known.status_code, unknown.status_code)
    assert known.json()["queryCount"] > 0


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the port and how to choose another, and starts nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["--port", str(port)])
    assert 1 == ended.value.code
    assert f"port {port} cannot be used" in capsys.readouterr().err
