"""Windows, business time and score."""
