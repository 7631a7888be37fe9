"""Once a week and reader, whatever restarts; failures come again later, and hold up nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from models.clock import FrozenClock, ManualClock
from models.database import Database
from models.desk import DigestState
from models.errors import NotDelivered
from models.instants import HOUR, MINUTE, local_day
from models.policy import Policy
from service.digest import store
from service.digest.message import Message
from service.digest.period import is_due, period_of
from service.digest.post import Post
from service.digest.sending import Result, retry_minutes, send_all
from service.digest.store import Place
from tests.digest.doors import HookServer, running
from tests.digest.golden_files import settings
from tests.projection.harness import at
from tests.scorecards.shop import ANN, Shop

WEEK = "2026-09-14"


class Pigeons:
    """A way out that remembers; readers in ``refused`` are not reached."""

    channel = "pigeon"

    def __init__(self, *refused: str) -> None:
        self.refused = set(refused)
        self.sent: list[str] = []

    def wants(self, message: Message) -> bool:
        return True

    def send(self, message: Message) -> None:
        if message.reader in self.refused:
            raise NotDelivered("no_wind")
        self.sent.append(message.reader)


class Dies(Pigeons):
    """A way on which the process ends, after the message went."""

    def send(self, message: Message) -> None:
        super().send(message)
        raise SystemExit("killed")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2026-09-14 08:00"))


def letters(*readers: str) -> list[Message]:
    return [Message(WEEK, one, "", "s", "t", "h") for one in readers]


def test_a_message_is_sent_once(database: Database, clock: ManualClock) -> None:
    """Another sender, after a restart, sends nothing; a new week does; ``again`` does when asked for."""
    way = Pigeons()
    assert Result(sent=2) == send_all(database, way, letters("manager", "technician:1"), clock.now)
    assert Result(left=2) == send_all(database, way, letters("manager", "technician:1"), clock.now)
    assert Result(sent=1) == send_all(database, way, [Message("2026-09-21", "manager", "", "s", "t", "h")], clock.now)
    assert Result(sent=1) == send_all(database, way, letters("manager"), clock.now, again=True)
    assert ["manager", "technician:1", "manager", "manager"] == way.sent


def test_a_process_that_died_while_sending_sends_no_second_one(database: Database, clock: ManualClock) -> None:
    """Nobody knows whether it arrived: it is left, and said."""
    dying, after = Dies(), Pigeons()
    with pytest.raises(SystemExit):
        send_all(database, dying, letters("manager", "technician:1"), clock.now)
    clock.set(clock.now() + 5 * HOUR)
    assert Result(sent=1, left=1) == send_all(database, after, letters("manager", "technician:1"), clock.now)
    assert (["manager"], ["technician:1"]) == (dying.sent, after.sent)


def test_what_failed_is_tried_again_later_each_time(database: Database, clock: ManualClock) -> None:
    """Not before its time; it holds up no other; once it arrives it is done."""
    way = Pigeons("manager")
    assert Result(sent=1, failed=1) == send_all(database, way, letters("manager", "technician:1"), clock.now)
    assert Result(waiting=1) == send_all(database, way, letters("manager"), clock.now)
    clock.set(clock.now() + MINUTE)
    assert Result(failed=1) == send_all(database, way, letters("manager"), clock.now)
    clock.set(clock.now() + MINUTE)
    assert Result(waiting=1) == send_all(database, way, letters("manager"), clock.now)
    way.refused.clear()
    clock.set(clock.now() + MINUTE)
    assert Result(sent=1) == send_all(database, way, letters("manager"), clock.now)
    with database.read() as connection:
        assert {"manager": DigestState.SENT, "technician:1": DigestState.SENT} == store.states(
            connection, WEEK, "pigeon"
        )


def test_the_wait_doubles_up_to_an_hour() -> None:
    """By the number of tries."""
    assert [1, 2, 4, 8, 16, 32, 60, 60] == [retry_minutes(attempt) for attempt in range(1, 9)]
    assert 60 == retry_minutes(10_000)


def test_two_claims_of_one_message_are_one(database: Database, clock: ManualClock) -> None:
    """The second sees that it is taken."""
    place = Place(WEEK, "smtp", "manager")
    with database.write() as connection:
        assert 1 == store.claim(connection, place, clock.now())
    with database.write() as connection:
        assert None is store.claim(connection, place, clock.now())


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-09-14 10:59:59", False),
        ("2026-09-14 11:00", True),  # seven o'clock in New York
        ("2026-09-15 10:59", True),
        ("2026-09-15 11:00", False),
        ("2026-09-13 12:00", False),
        ("2026-11-02 11:59", False),  # the Monday after the clocks went back
        ("2026-11-02 12:00", True),
    ],
)
def test_it_is_due_on_monday_at_seven_of_the_tenants_clock(when: str, expected: bool) -> None:
    """And no more a day later."""
    assert expected == is_due(at(when), Policy(timezone="America/New_York"))


@pytest.mark.parametrize(
    ("when", "month", "before"),
    [("2026-09-14 12:00", "2026-09", "2026-08"), ("2026-09-07 12:00", "2026-08", "2026-07")],
)
def test_a_month_that_has_just_begun_is_not_told_yet(when: str, month: str, before: str) -> None:
    """Until the eighth the month before is."""
    period = period_of(at(when), Policy(timezone="UTC"))
    assert (month, before) == (period.month, period.month_before)


def test_last_week_is_a_whole_one() -> None:
    """Monday to Sunday, whatever day it is."""
    period = period_of(at("2026-09-16 12:00"), Policy(timezone="UTC"))
    days = (period.last_week.first_day, period.last_week.last_day, period.week_before.first_day)
    assert (20260907, 20260913, 20260831) == days
    assert "2026-09-14" == period.week
    assert 20260916 == local_day(at("2026-09-16 12:00"), Policy(timezone="UTC").zone)


def test_the_worker_sends_on_monday_and_not_again_after_a_restart(story: Shop) -> None:
    """By webhook: the manager and each technician once; nothing on Sunday, nothing while the clock stands still."""
    server = HookServer()
    asked = settings(digest="webhook", digest_webhook_url=SecretStr(server.url))
    clock, monday = story.harness.clock, story.now
    with running(server):
        frozen = Post(asked, story.database, FrozenClock(monday))
        frozen.look(monday, story.policy)
        frozen.wait()
        sunday = Post(asked, story.database, clock)
        sunday.look(at("2026-09-13 12:00"), story.policy)
        sunday.wait()
        assert [] == server.documents
        for _ in range(2):
            post = Post(asked, story.database, clock)
            for _ in range(2):
                post.look(monday, story.policy)
                post.wait()
            post.close()
    found = sorted((one["reader"], one["tech_id"] or 0) for one in server.documents)
    assert [("manager", 0), ("technician", ANN), ("technician", 102), ("technician", 103)] == found


def test_the_worker_tries_again_after_a_minute(story: Shop, tmp_path: Path) -> None:
    """A folder that could not be written, and then can."""
    (tmp_path / "digests").write_text("in the way")
    asked = settings(digest="file", digest_folder=tmp_path / "digests")
    post, clock = Post(asked, story.database, story.harness.clock), story.harness.clock
    post.look(story.now, story.policy)
    post.wait()
    (tmp_path / "digests").unlink()
    post.look(story.now, story.policy)
    post.wait()
    assert not (tmp_path / "digests").exists()
    clock.set(clock.now() + MINUTE)
    post.look(story.now, story.policy)
    post.wait()
    assert 8 == len(list((tmp_path / "digests").iterdir()))
