"""What waits for an operator is listed by what it waits for, however much waits for something else."""

from __future__ import annotations

import pytest

from backend.activities import service
from backend.platform.core.i18n import ENGLISH
from backend.platform.data.paging import Window
from calculators import GPX
from tests.backend.activities.conftest import log
from tests.backend.activities.test_evidence_upload import handed_in
from tests.calculators.traces.recorder import MORNING, gpx
from tests.calculators.traces.stories import drawn


@pytest.mark.parametrize("appealed_first", [True, False])
def test_the_held_and_the_appealed_are_listed_apart_however_many_of_the_others_wait(
    new_beijinger, appealed_first, in_transaction
):
    def walk(appeals: bool) -> str:
        person = new_beijinger()
        piece = handed_in(person, gpx(drawn(5, 2000 + 40 * appeals)), "gps_trace", GPX)
        walked = log(person, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
        if appeals:
            person.post(f"/v1/activities/{walked['id']}/appeal", {"words": "my watch smooths every track"})
        return walked["id"]

    ids = {appeals: walk(appeals) for appeals in (appealed_first, not appealed_first)}

    def first(appealed: bool) -> list[str]:
        page = in_transaction(
            lambda session: service.list_waiting(session, Window(1, None), ENGLISH, appealed=appealed), read_only=True
        )
        return [one.id for one in page.items]

    assert {appealed: first(appealed) for appealed in (True, False)} == {one: [ids[one]] for one in (True, False)}
