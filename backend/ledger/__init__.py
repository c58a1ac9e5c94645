"""The ledger: every point that ever moved, in one person's book at a time, so that no one can quietly change it."""
