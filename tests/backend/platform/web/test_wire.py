"""The wire changes only on purpose: paths, methods, fields, types, required and status codes are those that are kept.

After a change that is meant, renew them and commit the difference together with a line in CHANGELOG.md:

    python3 run.py test tests/backend/platform/web/test_wire.py --renew-wire
"""

from __future__ import annotations

import copy
import difflib
import json

import pytest

from tests.backend.platform.web.wire import KEPT, lines_of


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def test_the_wire_is_the_one_that_is_kept(document, request):
    now = lines_of(document)
    if request.config.getoption("--renew-wire"):
        KEPT.write_text("\n".join([*now, ""]), encoding="utf-8")
    kept = KEPT.read_text(encoding="utf-8").splitlines()
    difference = list(difflib.unified_diff(kept, now, "kept", "now", n=0, lineterm=""))
    assert difference == [], "\n".join(["if this change is meant: renew (see above)", *difference[:60]])


def another_type(document):
    document["components"]["schemas"]["Problem"]["properties"]["status"]["type"] = "string"


def no_longer_required(document):
    document["components"]["schemas"]["Problem"]["required"].remove("code")


def a_field_less(document):
    del document["components"]["schemas"]["Problem"]["properties"]["detail"]


def another_status(document):
    responses = document["paths"]["/v1/quotes"]["post"]["responses"]
    responses["200"] = responses.pop("201")


def another_method(document):
    document["paths"]["/v1/quotes"]["put"] = document["paths"]["/v1/quotes"].pop("post")


@pytest.mark.parametrize("change", [another_type, no_longer_required, a_field_less, another_status, another_method])
def test_a_change_that_callers_notice_is_seen(document, change):
    changed = copy.deepcopy(document)
    change(changed)
    assert lines_of(changed) != lines_of(document)


def test_another_name_of_a_component_is_no_change_of_the_wire(document):
    renamed = json.loads(json.dumps(document).replace('/schemas/Problem"', '/schemas/Refused"'))
    renamed["components"]["schemas"]["Refused"] = renamed["components"]["schemas"].pop("Problem")
    for item in renamed["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):  # beside the operations stands what they share: a list of parameters
                operation |= {"operationId": "x", "tags": ["x"]}
    assert lines_of(renamed) == lines_of(document)
