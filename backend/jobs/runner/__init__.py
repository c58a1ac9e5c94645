"""Running what is due: slots of the schedule once each, rows of the outbox, in a process of its own or embedded."""

from backend.jobs.runner.scheduler import run_embedded, run_here

__all__ = ["run_embedded", "run_here"]
