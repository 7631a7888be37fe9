"""``techscore doctor``: what can be measured, in the terminal."""

from __future__ import annotations

from collections.abc import Callable

from models.database import Database
from models.errors import ConfigurationError
from models.instants import isoformat
from models.settings import Settings
from service.reading import NoFiguresYet, Reader
from service.scorecards.doctor import Diagnosis, diagnose
from service.sources import Source, sources

Say = Callable[[str], None]


def tell(settings: Settings, say: Say) -> int:
    """Diagnose the ledger that is shown; 0 when every KPI can be measured, else 1."""
    main = Database(settings.database_url)
    reader = Reader(main)
    try:
        with reader.view() as view:
            said, as_of, heard = diagnose(view), isoformat(view.as_of), sources(main, view)
    except NoFiguresYet as error:
        raise ConfigurationError(str(error)) from None
    finally:
        reader.close()
        main.close()
    say(f"as of {as_of}")
    for line in (*_lines(said), "sources:", *(f"  {one.name}: {_standing(one)}" for one in heard)):
        say(line)
    return 1 if any(said.measurable.values()) else 0


def _standing(source: Source) -> str:
    if source.reason is None:
        return "never read yet" if source.last_at is None else f"last heard {isoformat(source.last_at)}"
    since = "" if source.silent_since is None else f" since {isoformat(source.silent_since)}"
    return f"silent{since} ({source.reason})"


def _lines(said: Diagnosis) -> list[str]:
    lines = []
    for kpi, reason in said.measurable.items():
        lines.append(f"{kpi}: {'can be measured' if reason is None else f'cannot be measured ({reason})'}")
        for one in said.findings:
            if one.kpi == kpi:
                lines += [f"  {one.severity}: {one.words}", f"    {one.remedy}"]
    people = [f"  {'in ' if one.is_in else 'out'} {one.tech_id} {one.name}: {one.reason}" for one in said.people]
    return [*lines, "technicians:", *people]
