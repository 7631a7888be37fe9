"""One exception tree for the whole product.

::

    TechscoreError
    ├── ConfigurationError      settings or policy cannot be used; the message says what to change
    │   └── PolicyError         a line of scorecard.toml
    ├── Refused                 a request refused at the door (short ``reason``, HTTP ``status``)
    ├── Unreadable              an authentic event that cannot be read (short ``reason``); it is parked
    ├── AutotaskError           Autotask's API did not do what was asked (short ``reason``)
    │   ├── Unauthorized        it does not know these credentials, or takes them no more
    │   ├── PermissionMissing   the API user's security level does not allow it
    │   ├── NotFound            there is no such entity
    │   ├── Invalid             it refuses the request for what it says
    │   ├── Throttled           too many requests, at once or an hour; ``retry_after_seconds``
    │   │   └── BudgetSpent     our own hourly share is used up; nothing was sent
    │   ├── NotRegistered       a webhook could not be brought into the state it should have
    │   ├── BadAnswer           an answer that is not what the API documents
    │   ├── Unreachable         no answer, or none of use: network, time-out, 5xx
    │   │   └── OutcomeUnknown  a write was sent and not answered: it may have been done
    │   ├── RowsVanished        rows seen a moment ago are not shown: a permission was withdrawn
    │   └── MassDelete          too many rows are missing at once to have been deleted
    ├── NotDelivered            a digest did not reach its channel (short ``reason``); it is tried again
    └── StorageError
        ├── StorageUnavailable  the database cannot be reached or written now; try again later
        │   └── InboxFull       the writer's queue is full
        ├── RowRefused          the database refused this very row; its neighbours are unharmed
        ├── LedgerMissing       the ledger a pointer names does not exist (yet, or any more)
        └── Fenced              another worker leads, or the ledger is of another generation

Foreign errors are mapped at the boundary that meets them; ``reason`` words are the same in API, log,
metric and database.
"""

from __future__ import annotations


class TechscoreError(Exception):
    """Base of every error this project raises on purpose."""


class ConfigurationError(TechscoreError):
    """Settings or policy cannot be used."""


class PolicyError(ConfigurationError):
    """One line of the policy file cannot be used."""


class Refused(TechscoreError):
    """A request refused at the door. ``retry_after_seconds``: when to come back, where that is known."""

    def __init__(self, reason: str, status: int, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.status = status
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class NotDelivered(TechscoreError):
    """A digest did not reach the mail server, the webhook or the folder it was for."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Unreadable(TechscoreError):
    """An authentic event from which no observation can be made."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class AutotaskError(TechscoreError):
    """Autotask's API did not do what was asked. ``detail`` is what it said, without secrets."""

    reason = "autotask_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.reason}: {detail}" if detail else self.reason)
        self.detail = detail


class Unauthorized(AutotaskError):
    """The credentials are unknown, or valid no more."""

    reason = "unauthorized"


class PermissionMissing(AutotaskError):
    """The API user's security level does not allow it."""

    reason = "permission_missing"


class NotFound(AutotaskError):
    """There is no such entity, or it cannot be seen."""

    reason = "not_found"


class Invalid(AutotaskError):
    """The request was refused for what it says."""

    reason = "invalid"


class Throttled(AutotaskError):
    """Too many requests, at once or an hour. ``retry_after_seconds``: when to come back, where that is known."""

    reason = "throttled"

    def __init__(self, detail: str = "", *, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class BudgetSpent(Throttled):
    """Our own hourly share is used up; nothing was sent."""

    reason = "budget_spent"


class NotRegistered(AutotaskError):
    """A webhook could not be brought into the state it should have."""

    reason = "not_registered"


class BadAnswer(AutotaskError):
    """An answer that is not what the API documents."""

    reason = "bad_answer"


class Unreachable(AutotaskError):
    """No answer, or none of use."""

    reason = "unreachable"


class OutcomeUnknown(Unreachable):
    """A write was sent and not answered: it may have been done."""

    reason = "outcome_unknown"


class RowsVanished(AutotaskError):
    """Rows seen a moment ago are not shown any more, too many to have been deleted."""

    reason = "rows_vanished"


class MassDelete(AutotaskError):
    """More rows are missing from a complete read than anybody deletes between two."""

    reason = "mass_delete"


class StorageError(TechscoreError):
    """The database did not do what was asked."""


class StorageUnavailable(StorageError):
    """The database cannot be reached or written at the moment."""


class InboxFull(StorageUnavailable):
    """More events wait for the writer than it is allowed to hold."""


class RowRefused(StorageError):
    """The database refused one row for what it contains."""


class LedgerMissing(StorageError):
    """There is no ledger under that name."""


class Fenced(StorageError):
    """The ledger belongs to another leader, generation or position than this worker believed."""
