"""Metrics: what this process counts, and what the ledger says."""
