"""From facts to contributions and counters: fold, story, ledger, projector, rebuild, verify."""
