"""A running service per test, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.running import Service


@pytest.fixture
def new_service(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Service]]:
    """Makes services on one database; all are ended after the test."""
    made: list[Service] = []

    def make(**settings: str) -> Service:
        service = Service(tmp_path, database_url, **settings)
        made.append(service)
        return service

    yield make
    for service in made:
        service.close()


@pytest.fixture
def service(new_service: Callable[..., Service]) -> Service:
    """A service that is ready."""
    return new_service().start().wait_ready()
