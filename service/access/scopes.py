"""What a token may do. The one place that says which scope implies which.

A *scope* is a word on a token; a *need* is what a route asks for; a *principal* is whoever makes a request, as
the token says. ``technician:<id>`` sees the team's figures and that one technician's, and stands alone on its
token: beside any other scope it would promise a narrowness that the other takes away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from models.errors import ConfigurationError, Refused


class Need(StrEnum):
    """What a route asks for. ``OWN``: any token that may see figures; the answer is cut to what it may see."""

    PUBLIC = "public"
    OWN = "own"
    SCRAPE = "scrape"
    READ = "read"
    MANAGE = "manage"
    ADMIN = "admin"


_READ = frozenset((Need.READ, Need.SCRAPE, Need.OWN))
_MANAGE = _READ | {Need.MANAGE}
MEETS = {
    "scrape": frozenset((Need.SCRAPE,)),
    "read": _READ,
    "manage": _MANAGE,
    "admin": _MANAGE | {Need.ADMIN},
}
"""The needs that each scope meets: admin > manage > read > scrape."""

TECHNICIAN = "technician"
ALLOWED = (*MEETS, f"{TECHNICIAN}:<id>")
_TECHNICIAN_SCOPE = re.compile(rf"{TECHNICIAN}:(0|[1-9][0-9]{{0,17}})")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. ``technician_id``: the only technician they may see, ``None`` = all of them.

    ``token`` is the public prefix of the token, empty where none was asked for.
    """

    needs: frozenset[Need]
    technician_id: int | None = None
    token: str = ""

    def may(self, need: Need) -> bool:
        """Whether a route with this need is open to them."""
        return need is Need.PUBLIC or need in self.needs

    def may_see_technician(self, tech_id: int) -> bool:
        """Whether they may learn this technician's numbers."""
        return Need.READ in self.needs or (self.technician_id is not None and self.technician_id == tech_id)

    def require_technician(self, tech_id: int) -> None:
        """``Refused`` 403 unless they may see this technician; the same words whether or not there is one."""
        if not self.may_see_technician(tech_id):
            raise scope_missing()

    @property
    def sight(self) -> str:
        """What tells answers of one version and address apart (design §6, ``ETag``): equal sights, equal answers."""
        return "all" if Need.READ in self.needs else f"{TECHNICIAN}:{self.technician_id}"


NOBODY = Principal(frozenset())
EVERYBODY = Principal(MEETS["admin"])
"""The principal of every request while ``AUTH=open``."""


def parse_scopes(words: Iterable[str]) -> tuple[str, ...]:
    """The scopes of a token in canonical order; ``ConfigurationError`` for none, or for what does not go together."""
    given = set(words)
    unknown = sorted(word for word in given if word not in MEETS and not _TECHNICIAN_SCOPE.fullmatch(word))
    if unknown or not given:
        wrong = f"no such scope: {', '.join(unknown)}" if unknown else "a token needs a scope"
        raise ConfigurationError(f"{wrong}; allowed: {', '.join(ALLOWED)}")
    if len(given) > 1 and not given <= MEETS.keys():
        raise ConfigurationError(f"{TECHNICIAN}:<id> stands alone: another scope beside it would show other people")
    return tuple(sorted(given))


def principal_of_scopes(words: Iterable[str], token: str) -> Principal:
    """The principal a token's scopes make; ``ConfigurationError`` as ``parse_scopes``."""
    scopes = parse_scopes(words)
    own = _TECHNICIAN_SCOPE.fullmatch(scopes[0])
    if own is not None:
        return Principal(frozenset((Need.OWN,)), int(own.group(1)), token)
    return Principal(frozenset[Need]().union(*(MEETS[scope] for scope in scopes)), None, token)


def scope_missing() -> Refused:
    """The refusal of a token that is good, but not for this."""
    return Refused("scope_missing", HTTPStatus.FORBIDDEN, "this token does not have the scope for that")
