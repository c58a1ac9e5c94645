"""Jobs: what happens without anybody asking, exactly once per slot, and the outbox's rows, at least once."""
