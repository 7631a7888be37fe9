"""Cutting figures to what a principal may see: whoever may see one technician sees the team's and that one's.

Team figures are for everybody who may look at all. Whatever names or numbers a technician goes through here
before it is written anywhere.
"""

from __future__ import annotations

from dataclasses import replace

from service.access.scopes import Need, Principal
from service.scorecards.cards import Scorecard


def visible(card: Scorecard, principal: Principal) -> Scorecard:
    """The scorecard without the technicians the principal may not see."""
    if principal.may(Need.READ):
        return card
    own = tuple(
        one for one in card.technicians if one.tech_id is not None and principal.may_see_technician(one.tech_id)
    )
    return replace(card, technicians=own)
