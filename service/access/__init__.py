"""Who may come in, and what they may see: tokens, scopes, the guard of every route, lock-out, browser login."""
