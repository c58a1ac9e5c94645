"""Made-up requests, sound and unsound, against every operation: each is answered as the document says, none breaks.

Made from the OpenAPI document, so a new operation is tried without anybody writing a test for it.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from backend.platform.core.roles import ROLES
from backend.platform.privacy import access_tokens

ACCOUNT = {
    "email": "lin@example.org",
    "password": "correct horse battery",
    "born": "1990",
    "consents": {"terms": "2026-11-01", "privacy": "2026-11-01"},
}
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture
def everyone_at_once(make_app):
    """An application without rate limits, and a person who holds every role."""
    app = make_app(rate_limits=False)
    app.extensions["carbon.standing"] = lambda *_: None
    tokens = app.test_client().post("/v1/auth/register", json=ACCOUNT)
    assert tokens.status_code == 201, tokens.text
    with app.app_context():
        actor = access_tokens.read_access(tokens.json["access_token"])
        token = access_tokens.sign_access(actor.user_id, actor.session_id, frozenset(ROLES))
    return app, {"Authorization": f"Bearer {token}"}


@pytest.mark.timeout(3600)  # the long run tries 300 of each, ten minutes and more
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_made_up_request_breaks_an_operation_or_its_promise(mode, everyone_at_once, counts):
    app, headers = everyone_at_once
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    examples = counts(small=1, long=300)
    tried, broken = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and examples == 1 and takes_any_text(operation):
            continue  # looking for what is not there takes most of the time; the long run looks all the same

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_it(case):
            nonlocal tried
            tried += 1
            # the stand-in for a connection unpacks nothing
            case.call_and_validate(headers=headers | {"Accept-Encoding": "identity"}, checks=CHECKS)

        try:
            try_it()
        except Unsatisfiable:
            continue  # an operation without any input has no unsound request
        except FailureGroup as failures:
            broken += [f"{operation.label}: {failure}" for failure in failures.exceptions]
    assert broken == []
    assert tried >= 50


def takes_any_text(operation):
    """Whether an operation reads nothing but free text, in its path and headers: no request to it is unsound."""
    places = [*operation.path_parameters, *operation.headers, *operation.cookies]
    is_text = all(set(place.definition["schema"]) <= {"type", "minLength"} for place in places)
    is_text &= all(place.definition["schema"]["type"] == "string" for place in places)
    return is_text and not list(operation.query) and not list(operation.body)
