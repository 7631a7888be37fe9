"""Lock-out: ten bad tokens in five minutes, then longer each time, in bounded memory."""

from __future__ import annotations

import pytest

from service.access import lockout
from service.access.lockout import LIMIT, Lockout
from tests.access.site import ManualTick

ME, YOU = ("abcdefgh", "192.0.2.1"), ("abcdefgh", "192.0.2.2")


@pytest.fixture
def tick() -> ManualTick:
    """Seconds that pass when told."""
    return ManualTick()


def fail(lock: Lockout, times: int = LIMIT) -> int:
    """Fail so many times; how long one is locked out then."""
    for _ in range(times):
        lock.failed(ME)
    return lock.remaining_seconds(ME)


def test_the_tenth_failure_locks(tick: ManualTick) -> None:
    """Nine are mistakes; another peer with the same token is not meant."""
    lock = Lockout(tick)

    assert [0, 60, 0] == [fail(lock, LIMIT - 1), fail(lock, 1), lock.remaining_seconds(YOU)]


def test_a_lock_ends_and_the_next_is_longer(tick: ManualTick) -> None:
    """Each lock lasts twice as long as the one before, up to an hour."""
    lock = Lockout(tick)
    found = []
    for _ in range(8):
        found.append(fail(lock))
        tick.advance(found[-1] - 0.5)
        assert lock.remaining_seconds(ME) == 1
        tick.advance(0.5)
        assert lock.remaining_seconds(ME) == 0

    assert [60, 120, 240, 480, 960, 1920, 3600, 3600] == found


def test_slow_mistakes_do_not_add_up(tick: ManualTick) -> None:
    """Failures older than five minutes do not count."""
    lock = Lockout(tick)
    fail(lock, LIMIT - 1)
    tick.advance(lockout.WINDOW_SECONDS + 1)

    assert 0 == fail(lock, LIMIT - 1)


def test_a_good_token_ends_the_count(tick: ManualTick) -> None:
    """Whoever knows a good token has mistyped before."""
    lock = Lockout(tick)
    fail(lock, LIMIT - 1)
    lock.succeeded(ME)

    assert 0 == fail(lock, LIMIT - 1)


def test_old_locks_are_forgiven(tick: ManualTick) -> None:
    """After two quiet hours the first lock is short again."""
    lock = Lockout(tick)
    fail(lock)
    tick.advance(60 + lockout.FORGIVEN_AFTER_SECONDS + 1)

    assert 60 == fail(lock)


def test_memory_is_bounded(tick: ManualTick) -> None:
    """A million peers cost as much as ten thousand; the ones that failed last are kept."""
    lock = Lockout(tick)
    for number in range(lockout.MAX_CULPRITS):
        lock.failed(("", str(number)))
    fail(lock)

    assert (lockout.MAX_CULPRITS, 60) == (len(lock), lock.remaining_seconds(ME))
