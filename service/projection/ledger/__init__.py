"""The ledger's SQL: everything the projector, a rebuild and verify read and write, in batches.

Core statements only, no ORM objects (hot path). Nothing here decides anything; every function takes the
connection of the one transaction it belongs to. ``facts``: states and edges; ``figures``: contributions and
counters; ``waiting``: deadlines and what is parked; ``progress``: the row every transaction locks first.
"""
