"""What the person on call has: commands, the doctor, switches, invariants, the outbox."""
