"""Races that would corrupt quietly: writers against a reader, and two workers that both believe they lead.

Positions become visible in order (design I7), and a ledger takes writes of its newest leader only (design §5).
"""

from __future__ import annotations

import multiprocessing
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text

from ingest.inbox import append, last_position, read_after
from models.clock import WallClock
from models.database import Database
from models.entities import TICKET
from models.errors import Fenced, StorageError
from models.inbox import Fact, Origin
from models.policy import Policy
from service import desk
from service.leadership import Leadership
from service.projection.ledgers import open_ledger
from service.projection.live import Live
from tests.crash.crew import Load, crew_on, eventually, verdict
from tests.crash.launcher import Point
from tests.databases import PostgresServer
from tests.door import settings_for
from tests.e2e.running import event, until

WRITERS = 4
_BATCHES = 150
_LEADER_LOCK_OBJECT = 0x7463_0003
_SESSIONS_WITH_THE_LEAD = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = :object"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_SESSIONS_IN_A_STEP = (
    "SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
    " WHERE c.relname = 'progress' AND l.mode = 'RowShareLock'"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _fact(number: int) -> Fact:
    body = event("Ticket", 1 + number, WallClock().now(), {"Status": "1"}, SequenceNumber=number)
    return Fact(WallClock().now(), Origin.WEBHOOK, sha256(str(number).encode()).digest(), body, TICKET, 1 + number)


def _write(url: str, seed: int) -> None:
    """Append small batches, one in four of them events that another process appends too."""
    chance = random.Random(seed)
    database = Database(url)
    for batch in range(_BATCHES):
        own = [_fact(seed * 1_000_000 + batch * 10 + index) for index in range(chance.randint(1, 9))]
        shared = [_fact(batch)] if batch % 4 == 0 else []
        with database.write() as connection:
            append(connection, own + shared)
    database.close()


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[Database]:
    """A migrated PostgreSQL database: SQLite has one writer, there these races cannot happen."""
    url = postgres_server.create_migrated()
    database = Database(url)
    yield database
    database.close()
    postgres_server.drop(url)


def test_a_reader_beside_racing_writers_skips_no_position(postgres: Database) -> None:
    """Four processes append, one reader follows: whatever it passed by is never filled in later."""
    url = postgres.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("forkserver")
    writers = [context.Process(target=_write, args=(url, seed)) for seed in range(1, WRITERS + 1)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    looks = 0
    running = True
    while running:
        running = any(writer.is_alive() for writer in writers)  # read once more after the last has ended
        with postgres.read() as connection:
            rows = read_after(connection, seen[-1] if seen else 0, 100)
        seen.extend(row.position for row in rows)
        looks += bool(rows)
        running = running or bool(rows)
    assert [0] * WRITERS == [writer.exitcode for writer in writers]
    with postgres.read() as connection:
        stored = list(connection.execute(text("SELECT position FROM inbox ORDER BY position")).scalars())
    assert stored == seen
    assert looks > WRITERS


def test_an_append_waits_for_the_one_before_it(postgres: Database) -> None:
    """The second writer gets no position while the first has not committed, so a reader never sees it too early."""
    done = Event()

    def second() -> None:
        with postgres.write() as connection:
            append(connection, [_fact(2)])
        done.set()

    thread = Thread(target=second)
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with postgres.write() as connection:
        first = append(connection, [_fact(1)])[0].position
        thread.start()
        with postgres.read() as other:
            until("the second writer to wait", lambda: other.execute(waiting).scalar_one() == 1)
            assert 0 == last_position(other)
    thread.join(30)
    assert done.is_set()
    with postgres.read() as connection:
        assert [first, first + 1] == [row.position for row in read_after(connection, 0, 10)]


def _drop_the_lead(database: Database) -> None:
    """End the session that holds the leader's lock, as a lost connection does."""
    with database.write() as connection:
        pids = list(connection.execute(text(_SESSIONS_WITH_THE_LEAD), {"object": _LEADER_LOCK_OBJECT}).scalars())
        assert 1 == len(pids)
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pids[0]})


@contextmanager
def _live(database: Database, leadership: Leadership) -> Iterator[Live]:
    """The ledgers of a worker that leads; the lock of a session just ended is free a moment later."""
    terms: list[int | None] = [None]

    def bid() -> bool:
        terms.append(leadership.acquire())
        return terms[-1] is not None

    until("the lead", bid)
    live = Live(database, WallClock(), Policy(), terms[-1] or 0, lambda *_: None)
    try:
        yield live
    finally:
        live.close()


def _built(live: Live) -> bool:
    live.turn()
    return live.building is None


def _shown_position(database: Database) -> int:
    with database.read() as connection:
        pointer = desk.read_pointer(connection)
    assert pointer is not None
    ledger = open_ledger(database, pointer.generation, pointer.build)
    with ledger.read() as connection:
        position = int(connection.execute(text("SELECT position FROM progress")).scalar_one())
    ledger.close()
    return position


def _store(database: Database, *numbers: int) -> int:
    with database.write() as connection:
        return append(connection, [_fact(number) for number in numbers])[-1].position


def test_a_leader_whose_lock_connection_drops_commits_nothing_any_more(postgres: Database) -> None:
    """The second worker leads at once; every late step of the first is refused, and it notices at its next beat."""
    first, second = Leadership(postgres), Leadership(postgres)
    try:
        with _live(postgres, first) as old:
            until("the first ledger", lambda: _built(old))
            assert second.acquire() is None
            _drop_the_lead(postgres)
            with _live(postgres, second) as new:
                position = _store(postgres, 1, 2, 3)
                with pytest.raises(Fenced):
                    old.turn()
                assert 0 == _shown_position(postgres)
                until("the second to project", lambda: _built(new) and _shown_position(postgres) == position)
                _store(postgres, 4)
                for late in (old.turn, old.render):
                    with pytest.raises(Fenced):
                        late()
                with pytest.raises(StorageError):
                    first.beat()
                assert position == _shown_position(postgres)
                second.beat()
    finally:
        first.close()
        second.close()


def test_a_build_ends_when_its_leader_lost_the_lead(postgres: Database) -> None:
    """Both leaders build a ledger of one name: what the first still had in hand never gets into the second's."""
    for start in range(0, 2_000, 500):
        _store(postgres, *range(start, start + 500))
    first, second = Leadership(postgres), Leadership(postgres)
    try:
        with _live(postgres, first) as old:
            old.turn()
            _drop_the_lead(postgres)
            with _live(postgres, second) as new:
                new.turn()
                with pytest.raises(Fenced):
                    old.turn()
                until("the second ledger", lambda: _built(new))
                assert 2_000 == _shown_position(postgres)
        assert "equal" == verdict(settings_for(postgres.url.render_as_string(hide_password=False)))
    finally:
        first.close()
        second.close()


async def test_a_worker_frozen_inside_a_transaction_cannot_finish_it_later(postgres: Database, tmp_path: Path) -> None:
    """A worker stopped mid-batch loses its connections; another takes over; thawed, it commits nothing, stands by."""
    url = postgres.url.render_as_string(hide_password=False)
    with crew_on(tmp_path, url) as crew:
        await crew.wait_ready()
        crew.signal("worker", signal.SIGKILL)
        crew.start("worker", Point.MID_BATCH, signal.SIGSTOP)
        await eventually("the lead", lambda: crew.log("worker").count("worker_leads") == 2)
        crew.add("second", "worker")
        crew.start("second")
        load = Load(crew.base_url)
        async with load.running():
            crew.trigger("worker")
            await eventually("the freeze", lambda: _is_stopped(crew.pid("worker")))
            _drop_the_open_transaction(postgres)
            _drop_the_lead(postgres)
            await eventually("the second to lead", lambda: "worker_leads" in crew.log("second"))
            await eventually("answers", lambda: len(load.acknowledged) > 50)
        position = await crew.wait_projected()
        crew.signal("worker", signal.SIGCONT)
        await eventually("the end of the old lead", lambda: _gave_up(crew.log("worker")))
        load = Load(crew.base_url)
        async with load.running():
            await eventually("answers", lambda: len(load.acknowledged) > 50)
        assert position < await crew.wait_projected()
        assert (1, 1) == (crew.log("worker").count("worker_leads") - 1, crew.log("second").count("worker_leads"))
        assert "equal" == crew.verify()


async def test_a_worker_that_stands_by_takes_over(tmp_path: Path, database_url: str) -> None:
    """Two workers: the second waits while the first leads, and leads when the first is killed."""
    with crew_on(tmp_path, database_url) as crew:
        await crew.wait_ready()
        crew.add("second", "worker")
        crew.start("second")
        load = Load(crew.base_url)
        async with load.running():
            await eventually("answers", lambda: len(load.acknowledged) > 100)
            await eventually("the second to stand by", lambda: "worker_stands_by" in crew.log("second"))
            assert "worker_leads" not in crew.log("second")
            crew.signal("worker", signal.SIGKILL)
            await eventually("the second to lead", lambda: "worker_leads" in crew.log("second"))
            await eventually("more answers", lambda: len(load.acknowledged) > 300)
        assert [] == load.lost
        await crew.wait_projected()
        assert "equal" == crew.verify()


def _gave_up(log: str) -> bool:
    return "worker_fenced" in log or "storage_unavailable" in log


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


def _drop_the_open_transaction(database: Database) -> None:
    """End the session that is in the middle of a step of the ledger."""
    with database.write() as connection:
        pids = list(connection.execute(text(_SESSIONS_IN_A_STEP)).scalars())
        assert 1 == len(pids)
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pids[0]})
