"""The policy file that fits the make-believe MSP."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.world.calendar import TIMEZONE
from simulator.world.cast import SYSTEM_RESOURCE, technicians
from simulator.world.clients import unmanaged
from simulator.world.furniture import LOCATION_ID
from simulator.world.picklists import EndpointType, Queue, Source, Status, TicketType, TimeOff, WorkType

_TIER_OF_QUEUE = {Queue.LEVEL_1: 1, Queue.LEVEL_2: 2, Queue.LEVEL_3: 3}


def policy_text(desks: int = 1) -> str:
    """A ``scorecard.toml`` with the roles and tiers of the world's picklists and people."""
    waiting = (Status.WAITING_CUSTOMER, Status.WAITING_MATERIALS, Status.WAITING_VENDOR)
    tables: dict[str, Mapping[str, object]] = {
        "roles.status": {
            "complete": _ids(Status.COMPLETE),
            "waiting": _ids(*waiting),
            "sla_paused": _ids(Status.WAITING_CUSTOMER),
            "merged": _ids(Status.MERGED),
            "cancelled": _ids(Status.CANCELLED),
            "duplicate": _ids(Status.DUPLICATE),
            "escalated": _ids(Status.ESCALATED),
        },
        "roles.type": {
            "incident": _ids(TicketType.INCIDENT, TicketType.PROBLEM),
            "request": _ids(TicketType.REQUEST),
            "alert": _ids(TicketType.ALERT),
            "change": _ids(TicketType.CHANGE),
        },
        "roles.source": {"monitoring": _ids(Source.MONITORING)},
        "roles.time_off_status": {"approved": _ids(TimeOff.APPROVED)},
        "roles.work_type": {"time_off": _ids(WorkType.TIME_OFF)},
        "tiers.queues": {f'"{int(queue)}"': tier for queue, tier in _TIER_OF_QUEUE.items()},
        "tiers.technicians": {f'"{one.resource_id}"': one.tier for one in technicians(desks)},
    }
    top = {
        "timezone": f'"{TIMEZONE}"',
        "ignored_resources": _ids(SYSTEM_RESOURCE),
        "unmanaged_companies": _ids(*unmanaged(desks)),
        "endpoint_types": _ids(EndpointType.WORKSTATION, EndpointType.SERVER),
        "default_location": LOCATION_ID,
    }
    return "\n\n".join([_lines(top), *(f"[{name}]\n{_lines(values)}" for name, values in tables.items())]) + "\n"


def _ids(*values: int) -> str:
    return str([int(value) for value in values])


def _lines(values: Mapping[str, object]) -> str:
    return "\n".join(f"{key} = {value}" for key, value in values.items())
