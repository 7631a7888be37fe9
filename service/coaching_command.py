"""``techscore coaching``: the plans and how they stand, in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.database import Database
from models.errors import ConfigurationError
from models.instants import isoformat
from models.schema import upgrade
from models.settings import Settings
from service.coaching.plan import Plan
from service.coaching.store import plans
from service.pages.coaching import PlanLine, plan_lines
from service.reading import NoFiguresYet, Reader
from service.scorecards.scorecard import Board

Say = Callable[[str], None]

_SHOWN = ("plan_id", "name", "title", "state", "then", "now", "sample", "goal", "goal_day", "check_back", "note")
_HEAD = ("plan", "technician", "focus", "state", "then", "now", "n", "goal", "by", "check-back", "note")


def tell(settings: Settings, say: Say, *, every: bool, tech_id: int | None) -> int:
    """List the open plans, or every one; of one technician if given. 0."""
    main = Database(settings.database_url)
    reader = Reader(main)
    try:
        upgrade(main)
        with main.read() as connection:
            found = [one for one in plans(connection) if _is_wanted(one, every, tech_id)]
        with reader.view() as view:
            as_of, lines = isoformat(view.as_of), plan_lines(Board(view), found)
    except NoFiguresYet as error:
        raise ConfigurationError(str(error)) from None
    finally:
        reader.close()
        main.close()
    say(f"as of {as_of}")
    for line in _table(lines) if lines else ["no plan" if every else "no open plan"]:
        say(line)
    return 0


def _is_wanted(plan: Plan, every: bool, tech_id: int | None) -> bool:
    return (every or plan.closed is None) and tech_id in (None, plan.tech_id)


def _table(lines: Iterable[PlanLine]) -> list[str]:
    rows = [_HEAD, *(_row(one) for one in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(line: PlanLine) -> tuple[str, ...]:
    """One line of printable text: notes and names are what somebody wrote."""
    due = " (due)" if line.is_due else ""
    cells = [str(getattr(line, name)) + (due if name == "check_back" else "") for name in _SHOWN]
    return tuple("".join(one if one.isprintable() else " " for one in cell) for cell in cells)
