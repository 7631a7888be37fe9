"""Links out of Techscore: a ticket's page in Autotask.

Autotask serves people and programs of a zone from two hosts, ``ww<n>.autotask.net`` and
``webservices<n>.autotask.net``; the second is what ``TECHSCORE_AUTOTASK_ZONE_URL`` names. Without that setting, or
with a zone that is not Autotask's own (a simulator), there is no link and none is made up.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from models.settings import Settings

_ZONE_HOST = re.compile(r"webservices([0-9]*)\.autotask\.net")


def ticket_url(settings: Settings, ticket_id: int | None) -> str | None:
    """Where a ticket is looked at in Autotask; ``None`` for no ticket, or while the zone is not known."""
    if ticket_id is None or settings.autotask_zone_url is None:
        return None
    zone = _ZONE_HOST.fullmatch(urlsplit(str(settings.autotask_zone_url)).hostname or "")
    if zone is None:
        return None
    return f"https://ww{zone.group(1)}.autotask.net/Mvc/ServiceDesk/TicketDetail.mvc?ticketId={ticket_id}"
