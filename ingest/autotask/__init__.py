"""Autotask as it is: entities, fields, names."""
