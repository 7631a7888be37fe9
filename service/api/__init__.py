"""The HTTP API: thin routers, and errors as problem details."""
