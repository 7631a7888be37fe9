"""The rendered metrics of a ledger, taken by the leading worker, served by every web replica."""

from __future__ import annotations

from models.clock import Clock
from models.database import Database
from models.policy import Policy
from models.settings_values import TechnicianLabel
from service.coaching.kept import KeptStandings
from service.desk import Pointer
from service.metrics import ledger as ledger_metrics
from service.projection.ledger.snapshot import write_snapshot
from service.reading import view_of
from service.scorecards.tech_months import TechMonths
from service.scorecards.unchanged import Unchanged


def take_snapshot(  # noqa: PLR0913 - what is shown, by whom, and what is kept between renderings
    ledger: Database,
    pointer: Pointer,
    policy: Policy,
    policy_revision: int,
    clock: Clock,
    worker_metrics: bytes,
    *,
    technician: TechnicianLabel = "name",
    months: TechMonths | None = None,
    plans: KeptStandings | None = None,
    unchanged: Unchanged | None = None,
) -> None:
    """Render a ledger's metrics, followed by the worker's own, into its one snapshot row."""
    with ledger.read() as connection:
        view = view_of(connection, pointer, policy, policy_revision)
        body = ledger_metrics.render(
            view, frozen=clock.frozen, technician=technician, months=months, plans=plans, unchanged=unchanged
        )
    with ledger.write() as connection:
        write_snapshot(connection, str(view.version), body + worker_metrics, clock.now())
