"""The make-believe tenant's picklists, by the ids its rows carry."""

from __future__ import annotations

from enum import IntEnum

from simulator.autotask.picklists import Picklists


class Status(IntEnum):
    """Ticket statuses: Autotask's own and some the MSP added."""

    NEW = 1
    COMPLETE = 5
    WAITING_CUSTOMER = 7
    IN_PROGRESS = 8
    WAITING_MATERIALS = 9
    DISPATCHED = 10
    ESCALATED = 11
    WAITING_VENDOR = 12
    MERGED = 20
    CANCELLED = 21
    DUPLICATE = 22


class Queue(IntEnum):
    """Queues: 5 is Autotask's own Client Portal, which this MSP uses for triage."""

    TRIAGE = 5
    MONITORING = 8
    LEVEL_1 = 29682833
    LEVEL_2 = 29682969
    LEVEL_3 = 29683104


class TicketType(IntEnum):
    """Kinds of tickets."""

    REQUEST = 1
    INCIDENT = 2
    PROBLEM = 3
    CHANGE = 4
    ALERT = 5


class Source(IntEnum):
    """Where tickets come from."""

    PORTAL = 1
    PHONE = 2
    EMAIL = 4
    MONITORING = 8


class TimeOff(IntEnum):
    """Statuses of a time-off request."""

    REQUESTED = 1
    APPROVED = 2
    DECLINED = 3
    CANCELLED = 4


class EndpointType(IntEnum):
    """Kinds of configuration items; printers are no endpoints."""

    WORKSTATION = 1
    SERVER = 2
    PRINTER = 3


class WorkType(IntEnum):
    """Billing codes: work on tickets and tasks, and what has neither."""

    REMOTE = 29682801
    ON_SITE = 29682802
    PROJECT = 29682803
    MEETING = 29682810
    TRAINING = 29682811
    ADMINISTRATION = 29682812
    TIME_OFF = 29682820


LABELS: dict[str, dict[int, str]] = {
    "status": {
        Status.NEW: "New",
        Status.COMPLETE: "Complete",
        Status.WAITING_CUSTOMER: "Waiting Customer",
        Status.IN_PROGRESS: "In Progress",
        Status.WAITING_MATERIALS: "Waiting Materials",
        Status.DISPATCHED: "Dispatched",
        Status.ESCALATED: "Escalated",
        Status.WAITING_VENDOR: "Waiting Vendor",
        Status.MERGED: "Merged",
        Status.CANCELLED: "Cancelled",
        Status.DUPLICATE: "Duplicate",
    },
    "queueID": {
        Queue.TRIAGE: "Client Portal",
        Queue.MONITORING: "Monitoring",
        Queue.LEVEL_1: "Level 1",
        Queue.LEVEL_2: "Level 2",
        Queue.LEVEL_3: "Level 3",
    },
    "ticketType": {
        TicketType.REQUEST: "Service Request",
        TicketType.INCIDENT: "Incident",
        TicketType.PROBLEM: "Problem",
        TicketType.CHANGE: "Change Request",
        TicketType.ALERT: "Alert",
    },
    "source": {
        Source.PORTAL: "Client Portal",
        Source.PHONE: "Phone",
        Source.EMAIL: "Email",
        Source.MONITORING: "Monitoring Alert",
    },
    "priority": {4: "Critical", 1: "High", 2: "Medium", 3: "Low"},
    "timeOffStatus": {
        TimeOff.REQUESTED: "Requested",
        TimeOff.APPROVED: "Approved",
        TimeOff.DECLINED: "Declined",
        TimeOff.CANCELLED: "Cancelled",
    },
    "configurationItemType": {
        EndpointType.WORKSTATION: "Workstation",
        EndpointType.SERVER: "Server",
        EndpointType.PRINTER: "Printer",
    },
}
"""The labels of each picklist, in the order the tenant shows them."""

WORK_TYPES: dict[int, str] = {
    WorkType.REMOTE: "Remote support",
    WorkType.ON_SITE: "On-site support",
    WorkType.PROJECT: "Project work",
    WorkType.MEETING: "Meeting",
    WorkType.TRAINING: "Training",
    WorkType.ADMINISTRATION: "Administration",
    WorkType.TIME_OFF: "Paid time off",
}


def picklists() -> Picklists:
    """The picklists as Autotask shows them, by collection and field."""
    own = {"timeOffStatus": ("TimeOffRequests", "status")}
    own["configurationItemType"] = ("ConfigurationItems", "configurationItemType")
    return Picklists({own.get(name, ("Tickets", name)): labels for name, labels in LABELS.items()})
