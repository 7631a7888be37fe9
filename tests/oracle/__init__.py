"""A second engineer's reading of kpis.md: plain loops over raw facts, sharing no line with the product.

Read `oracle_card` first: it has the interface.
"""
