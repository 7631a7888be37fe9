"""The golden files of the digests: ``python -m tests.digest.golden_files`` writes them anew."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from models.database import Database
from models.settings import Settings
from service.coaching.store import plans
from service.digest.content import digest_of
from service.digest.message import Message
from service.digest.render import messages
from tests.databases import SqliteServer
from tests.digest.story import open_story
from tests.door import settings_for
from tests.scorecards.shop import ANN, Shop

GOLDEN = Path(__file__).with_name("golden")


def settings(**changes: object) -> Settings:
    """Settings with a public address; a mail address for Ann alone."""
    base = settings_for("sqlite:///unused.db")
    known = {
        "public_url": "https://scorecard.example.com",
        "digest_to": ("manager@example.com",),
        "digest_technicians": (f"{ANN}=ann@example.com",),
    }
    return base.model_copy(update=known | changes)


def told(shop: Shop) -> list[Message]:
    """Every message of the story's week."""
    with shop.database.read() as connection:
        found = plans(connection)
    with shop.view() as view:
        return messages(digest_of(view, found), settings(), view.policy.zone)


def main() -> None:
    """Write every file."""
    GOLDEN.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        database = Database(SqliteServer(Path(folder)).create_migrated())
        with open_story(database) as shop:
            for one in told(shop):
                for kind, text in (("txt", one.text), ("html", one.html)):
                    (GOLDEN / f"{one.reader.replace(':', '-')}.{kind}").write_text(text, "utf-8", newline="\n")
        database.close()


if __name__ == "__main__":
    main()
