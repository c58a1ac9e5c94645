"""What people did, and the reduction each of it came to: one activity, at most one live reduction."""
