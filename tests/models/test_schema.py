"""The schema: migrations give exactly the tables the models declare, once, whoever starts first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from models.database import Database
from models.errors import ConfigurationError
from models.ledger import LEDGER_METADATA
from models.schema import METADATA, upgrade


def test_migrations_give_what_the_models_declare(database: Database) -> None:
    """Alembic finds no difference between the migrated database and the models."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        assert [] == compare_metadata(context, METADATA)


def test_the_unique_key_of_the_inbox_exists(database: Database) -> None:
    """De-duplication rests on one unique key (I2)."""
    unique = inspect(database.engine).get_unique_constraints("inbox")

    assert [["dedup_key"]] == [constraint["column_names"] for constraint in unique]


def test_the_ledger_is_not_in_the_main_database(database: Database) -> None:
    """No table of the ledger is migrated."""
    tables = set(inspect(database.engine).get_table_names())

    assert set() == tables & set(LEDGER_METADATA.tables)


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    """An upgrade at the newest migration leaves the one stored revision alone."""
    before = _revisions(database)
    upgrade(database)

    assert 1 == len(before)
    assert before == _revisions(database)


def test_concurrent_upgrades_wait_for_each_other(database_url: str) -> None:
    """Six replicas starting at once on an empty database all find it upgraded."""
    together = Barrier(6)

    def start() -> list[str]:
        database = Database(database_url)
        together.wait(timeout=10)
        upgrade(database)
        tables = inspect(database.engine).get_table_names()
        database.close()
        return sorted(tables)

    with ThreadPoolExecutor(6) as pool:
        found = [job.result(timeout=30) for job in [pool.submit(start) for _ in range(6)]]

    assert [sorted([*METADATA.tables, "alembic_version"])] * 6 == found


def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    """A revision this release does not know stops the start instead of being run over."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigurationError, match="9999"):
        upgrade(database)


def _revisions(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())
