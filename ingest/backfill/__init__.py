"""Reading the past: ``techscore backfill``.

``plan`` (pure) says what is read in which order, ``store`` is the SQL of how far it came, ``progress`` says how
it goes, ``backfill`` reads.
"""
