"""The nouns of Techscore: tables, value types, policy, settings, errors and the clock. No network."""
