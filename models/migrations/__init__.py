"""Alembic migrations of the main database (inbox and desk). Migrations only add within a release."""
