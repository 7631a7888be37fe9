"""A backfill reads the past once, whatever happens to it on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from ingest import inbox
from ingest.backfill.backfill import Backfill
from models.clock import ManualClock
from models.database import Database
from models.errors import BudgetSpent, Unauthorized, Unreachable
from models.inbox import StoredFact
from models.instants import HOUR, SECOND, Instant, isoformat, parse_instant
from tests.past import Past

NOW = parse_instant("2026-02-25T12:00:00Z")
RECENT = parse_instant("2026-02-10T00:00:00Z")
SINCE = parse_instant("2025-12-10T00:00:00Z")


class Killed(BaseException):
    """The process ends here."""


class MortalClock(ManualClock):
    """A clock at whose next look the process dies, when it shall."""

    deadly = False

    def dies(self, deadly: bool) -> None:
        """Let the next look be the last, or not."""
        self.deadly = deadly

    def now(self) -> Instant:
        if self.deadly:
            raise Killed
        return super().now()


class Site:
    """A database, a past, and a clock that moves a second at each wait."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = MortalClock(NOW)
        self.past = Past(self.clock)
        self.said: list[str] = []
        self.waits: list[float] = []
        self.past.page_size = 3

    def backfill(self, since: Instant = SINCE) -> Backfill:
        """A new process' backfill."""
        return Backfill(self.past, self.database, self.clock, since, self.said.append, self.sleep)

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.waits.append(seconds)
        assert len(self.waits) < 1_000, "it gets nowhere"
        self.clock.advance(round(seconds * SECOND))

    def facts(self) -> list[StoredFact]:
        """What is stored."""
        with self.database.read() as connection:
            return inbox.read_after(connection, 0, 10_000)

    def entities(self) -> list[tuple[str, int]]:
        """Which entity each stored row is of, in the order of storing."""
        with self.database.read() as connection:
            rows = connection.execute(text("SELECT entity_type, entity_id FROM inbox ORDER BY position"))
            return [(row[0], row[1]) for row in rows]


@pytest.fixture
def site(database: Database) -> Site:
    """Two people, ten tickets over three months and before, two entries each."""
    made = Site(database)
    made.past.put("Resources", {"id": 7, "firstName": "Ada", "isActive": True}, {"id": 9, "firstName": "Grace"})
    made.past.put("Companies", {"id": 0, "companyName": "Us"}, {"id": 5, "companyName": "Them"})
    for number in range(1, 11):
        at = isoformat(NOW - number * 11 * 24 * HOUR)
        changed = isoformat(NOW - number * HOUR)
        made.past.put(
            "Tickets", {"id": 100 - number, "status": 1, "createDate": at, "lastActivityDate": changed, "companyID": 5}
        )
        for entry in (2 * number, 2 * number + 1):
            made.past.put(
                "TimeEntries",
                {"id": entry, "ticketID": number, "createDateTime": at, "lastModifiedDateTime": changed},
            )
    return made


async def test_everything_once(site: Site) -> None:
    """Every row of the past is stored, each once, furniture first and tickets newest month first."""
    told = await site.backfill().run()
    stored = site.entities()
    assert 2 + 2 + 10 + 20 == len(stored) == len(set(stored))
    tickets = [number for entity, number in stored if entity == "Ticket"]
    assert [98, 99, 95, 96, 97, 93, 94, 90, 91, 92] == tickets
    assert ["Resource", "Resource", "Company", "Company", "Ticket"] == [entity for entity, _ in stored[:5]]
    assert "rows read, 34 stored" in told


async def test_a_second_backfill_stores_nothing_new(site: Site) -> None:
    """What is there already is read again and not stored."""
    first = site.backfill()
    await first.run()
    site.clock.advance(HOUR)
    before = site.entities()
    second = site.backfill()
    await second.run()
    assert before == site.entities()
    assert first.run_id != second.run_id


async def test_killed_at_every_request(database: Database) -> None:
    """Killed before each request in turn and begun again, it stores what an undisturbed one stores, no row twice."""
    undisturbed = _filled(Site(database))
    await undisturbed.backfill(RECENT).run()
    expected = sorted(undisturbed.entities())
    assert 7 * 2 == len(expected)
    counts = [verb for verb, _ in undisturbed.past.calls].index("query")
    for deadly in (0, *range(counts, len(undisturbed.past.calls))):
        _empty(database)
        site = _filled(Site(database))
        await _killed_at(site, deadly)
        await site.backfill(RECENT).run()
        assert expected == sorted(site.entities())


async def test_killed_again_and_again(site: Site) -> None:
    """A process that dies at every third request still comes to the end, and reads no stored page twice."""
    deaths = 0
    while True:
        site.past.before_call = _dies_after(3)
        try:
            await site.backfill().run()
            break
        except Killed:
            deaths += 1
    stored = site.entities()
    assert 34 == len(stored) == len(set(stored))
    assert deaths > 5


async def test_a_kill_between_read_and_commit(site: Site) -> None:
    """A page that was read and not committed is read again."""
    site.past.before_call = lambda _verb, collection: site.clock.dies(collection == "Tickets")
    with pytest.raises(Killed):
        await site.backfill().run()
    assert {"Resource", "Company"} == {entity for entity, _ in site.entities()}
    site.past.before_call = lambda _verb, _collection: None
    site.clock.dies(False)
    await site.backfill().run()
    assert 34 == len(set(site.entities()))


async def test_a_longer_past_begins_anew(site: Site) -> None:
    """One that reaches back further than the one under way is another; a shorter one goes on with it."""
    first = site.backfill()
    assert [True, False] == [
        first.run_id == site.backfill(SINCE + HOUR).run_id,
        first.run_id == site.backfill(SINCE - HOUR).run_id,
    ]


async def test_the_budget_is_waited_for(site: Site) -> None:
    """Where only one request is left at a time, every one of them gets a page further."""
    spent = {"now": False}

    def toll(_verb: str, _collection: str) -> None:
        spent["now"] = not spent["now"]
        if spent["now"]:
            raise BudgetSpent("free again in 60 s", retry_after_seconds=60.0)

    site.past.before_call = toll
    await site.backfill().run()
    assert 34 == len(set(site.entities()))
    assert {60.0} == set(site.waits)
    assert any("waits 60 s" in said for said in site.said)


async def test_no_answer_is_waited_out(site: Site) -> None:
    """The waits grow while nobody answers, and start small again at the next failure."""
    failures = iter([Unreachable("down")] * 3 + [None] * 2 + [Unreachable("down")])

    def flaky(_verb: str, _collection: str) -> None:
        if (error := next(failures, None)) is not None:
            raise error

    site.past.before_call = flaky
    await site.backfill().run()
    assert [5.0, 10.0, 20.0, 5.0] == site.waits


async def test_what_may_not_be_read_is_left_out(site: Site) -> None:
    """A permission missing for one entity stops nothing else, is said, and is read when it is there."""
    site.past.forbidden = {"Companies", "Resources"}
    told = await site.backfill().run()
    assert told.endswith("left out: Resources, Companies")
    assert 34 - 4 == len(site.entities())
    site.past.forbidden = set()
    await site.backfill().run()
    assert ("Company", 5) in site.entities()


async def test_wrong_credentials_end_it(site: Site) -> None:
    """Nothing is tried again with credentials that are refused."""

    def refuse(_verb: str, _collection: str) -> None:
        raise Unauthorized

    site.past.before_call = refuse
    with pytest.raises(Unauthorized):
        await site.backfill().run()
    assert [] == site.waits


async def test_what_changes_meanwhile_is_read_at_the_end(site: Site) -> None:
    """A ticket that changes after its month was read is seen once more."""

    def change(verb: str, collection: str) -> None:
        site.clock.advance(SECOND)
        if (verb, collection) == ("query", "SurveyResults"):
            site.past.put("Tickets", {"id": 99, "status": 5, "lastActivityDate": isoformat(site.clock.now())})

    site.past.before_call = change
    await site.backfill().run()
    assert 2 == site.entities().count(("Ticket", 99))


def _filled(site: Site) -> Site:
    """The past of the fixture, smaller."""
    for number in range(1, 8):
        at = isoformat(NOW - number * 2 * 24 * HOUR)
        site.past.put("Tickets", {"id": number, "status": 1, "createDate": at, "lastActivityDate": at})
        site.past.put("TimeEntries", {"id": number, "createDateTime": at, "lastModifiedDateTime": at})
    return site


def _empty(database: Database) -> None:
    with database.write() as connection:
        for table in ("inbox", "backfill", "backfill_part"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - constants


async def _killed_at(site: Site, deadly: int) -> None:
    site.past.before_call = _dies_after(deadly)
    with pytest.raises(Killed):
        await site.backfill(RECENT).run()
    site.past.before_call = lambda _verb, _collection: None


def _dies_after(requests: int) -> Callable[[str, str], None]:
    left = [requests]

    def call(_verb: str, _collection: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return call
