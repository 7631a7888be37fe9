"""Autotask as its clients see it: what changes in a tenant, its database, its doors."""
