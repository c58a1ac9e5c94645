"""What the scheduler does, as an endpoint of a worker, so that it can be killed while it works."""

from __future__ import annotations

from flask import Flask, Response


def attach(app: Flask) -> None:
    """Add `/on-call`, which looks around."""

    @app.post("/on-call")
    def on_call() -> Response:
        look_around(app)
        return Response("{}")


def look_around(app: Flask) -> None:
    """Every job of the checkout finds its people, and the dispatcher empties the outbox."""
    from backend.checkout import service
    from backend.jobs.runner.dispatch import dispatch
    from backend.platform.data.transactions import in_transaction
    from backend.platform.ops.outbox import enqueue

    finders = {service.LAPSE_TOPIC: service.list_lapsing, service.SYNC_TOPIC: service.list_people_to_sync}

    with app.app_context():
        for topic, find in finders.items():
            in_transaction(
                lambda session, topic=topic, find=find: [
                    enqueue(session, user_id, topic, {}) for user_id in find(session, "", 100)
                ]
            )
    dispatch(app)
