"""The whole service as its users run it: two processes, real HTTP, a real database, ended and killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from ingest.feeds import watch
from models.clock import WallClock
from models.database import Database
from models.instants import MINUTE, SECOND, isoformat
from tests.e2e.running import Service, alive, event, until


def _breached_ticket(ticket_id: int = 1) -> bytes:
    now = WallClock().now()
    fields = {
        "TicketNumber": "T1",
        "Status": "1",
        "CompanyID": 7,
        "CreateDate": isoformat(now - 3 * MINUTE),
        "FirstResponseDueDateTime": isoformat(now - MINUTE),
        "FirstResponseDateTime": isoformat(now - 2 * MINUTE),
    }
    return event("Ticket", ticket_id, now - 2 * MINUTE, fields)


def _kpi(service: Service, key: str) -> dict[str, object]:
    kpis: list[dict[str, object]] = service.scorecard()["team"]["kpis"]
    return next(kpi for kpi in kpis if kpi["kpi"] == key)


def test_a_signed_webhook_moves_counter_api_metric_and_page(service: Service) -> None:
    """One event is seen on every surface, and the ledger proves equal to the inbox."""
    service.wait_projected(service.post(_breached_ticket()))
    assert (1_000_000, 1_000_000, 1) == tuple(
        _kpi(service, "sla_triage")[key] for key in ("numerator", "denominator", "sample_size")
    )
    series = 'techscore_team_kpi_value{kpi="sla_triage",window="today"} 1.0'
    until("the metric", lambda: series in service.client.get("/metrics").text)
    assert "Triage" in service.client.get("/").text
    proof = service.run("verify")
    assert (0, "equal") == (proof.returncode, proof.stdout.splitlines()[-1])


def test_a_due_date_passes_with_nobody_looking(service: Service) -> None:
    """A breach is counted when its moment comes, with no event and no reader."""
    now = WallClock().now()
    fields = {"TicketNumber": "T2", "Status": "1", "FirstResponseDueDateTime": isoformat(now + 2 * SECOND)}
    service.wait_projected(service.post(event("Ticket", 2, now, fields)))
    assert 0 == _kpi(service, "sla_triage")["denominator"]
    until("the breach", lambda: _kpi(service, "sla_triage")["denominator"] == 1_000_000)
    assert 1 == _kpi(service, "sla_triage")["provisional"]


def test_it_stops_in_good_order_and_starts_where_it_was(new_service: Callable[..., Service]) -> None:
    """SIGTERM ends both processes with exit code 0; a new start needs no rebuild and knows everything."""
    first = new_service().start().wait_ready()
    position = first.post(_breached_ticket())
    first.wait_projected(position)
    children = first.children()
    assert {"web", "worker"} == children.keys()
    assert 0 == first.stop()
    assert not any(alive(pid) for pid in children.values())
    second = new_service().start().wait_ready()
    assert position == second.scorecard()["position"]


def test_a_killed_worker_is_started_again(service: Service) -> None:
    """The supervisor replaces a worker that died, and projection goes on."""
    worker = service.children()["worker"]
    os.kill(worker, signal.SIGKILL)
    until("another worker", lambda: service.children().get("worker", worker) != worker)
    service.wait_projected(service.post(_breached_ticket()))


def test_children_end_when_their_parent_is_killed(service: Service) -> None:
    """A supervisor that vanishes takes web and worker with it."""
    children = service.children()
    service.kill()
    until("both children to end", lambda: not any(alive(pid) for pid in children.values()))


def test_without_a_secret_the_service_refuses_to_start(new_service: Callable[..., Service]) -> None:
    """Fail closed: no secret, no service, and the message says what to set."""
    refused = new_service(WEBHOOK_SECRETS="").run("serve")
    assert os.EX_CONFIG == refused.returncode
    assert "TECHSCORE_WEBHOOK_SECRETS" in refused.stderr


def test_rebuild_beside_the_live_service_changes_no_figure(service: Service) -> None:
    """A rebuild is done by the leading worker while it serves; the figures are the same afterwards."""
    service.wait_projected(service.post(_breached_ticket()))
    before = _kpi(service, "sla_triage")
    done = service.run("rebuild")
    assert (0, "the new ledger is shown") == (done.returncode, done.stdout.splitlines()[-1])
    assert before == _kpi(service, "sla_triage")
    service.wait_projected(service.post(_breached_ticket(3)))
    assert 0 == service.run("verify").returncode


def test_rebuild_without_a_service_does_it_itself(new_service: Callable[..., Service]) -> None:
    """With no worker running the command takes the lead for itself."""
    service = new_service().start().wait_ready()
    service.wait_projected(service.post(_breached_ticket()))
    assert 0 == service.stop()
    done = service.run("rebuild")
    assert (0, "the new ledger is shown") == (done.returncode, done.stdout.splitlines()[-1])
    assert 0 == service.run("verify").returncode


def test_a_changed_policy_is_taken_while_running(service: Service, tmp_path: Path) -> None:
    """A new target shows at once; a new meaning is built beside and switched to; a broken edit changes nothing."""
    service.wait_projected(service.post(_breached_ticket()))
    before = service.scorecard()["generation"]
    policy = tmp_path / "scorecard.toml"
    policy.write_text("[kpis.sla_triage]\ntarget = 0.5\n")
    until("the new target", lambda: _kpi(service, "sla_triage")["target"] == 0.5)
    assert before == service.scorecard()["generation"]
    policy.write_text("timezone = 7\n")
    policy.write_text("internal_companies = [7]\n")
    until("the new generation", lambda: service.scorecard()["generation"] != before)
    assert 0 == _kpi(service, "sla_triage")["denominator"]
    assert 0 == service.run("verify").returncode


def test_the_door_says_that_it_is_open(service: Service) -> None:
    """Once the port listens the database hears of it; a later start knows from that how long nothing could come in."""
    database = Database(service.environment["TECHSCORE_DATABASE_URL"])
    try:
        until("the door to say so", lambda: _heard_of(database))
    finally:
        database.close()


def _heard_of(database: Database) -> bool:
    with database.read() as connection:
        return watch.door(connection) is not None
