"""The statements of the jobs, built once: slots, rows of the outbox, dead letters."""
