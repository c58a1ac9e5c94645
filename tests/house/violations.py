"""Violations on purpose, one or more per rule, and sound code that no rule may accuse."""

from __future__ import annotations

DOC = '"""A promise."""\n'

# rule: (file, source) that breaks it, and where one file is not enough, what stands around it
PLANTED: dict[str, list[tuple[str, str] | tuple[str, str, dict[str, str]]]] = {
    "a_room_sees_only_the_rooms_it_may": [
        ("calculators/estimate.py", "from backend import clock"),
        ("calculators/estimate.py", "import config"),
        ("offsets/lots.py", "from calculators.estimate.exact import compute_estimate"),
        ("config/settings.py", "import backend.platform.data.transactions"),
        ("backend/activities/service.py", "from calculators.formula import read"),
        ("backend/activities/service.py", "from calculators import formula"),
        ("backend/platform/core/clock.py", "from tests.clocks import FrozenClock"),
    ],
    "a_rule_book_is_pure": [
        ("calculators/estimate.py", "from flask import current_app"),
        ("offsets/pricing.py", "import sqlalchemy as sa"),
        ("calculators/estimate/credit.py", "import random"),
    ],
    "a_slice_sees_only_services_and_domains_to_its_left": [
        ("backend/ledger/service.py", "from backend.points.domain import Grant"),
        ("backend/ledger/service.py", "from backend.points import service"),
        ("backend/points/service.py", "from backend.ledger.models import Balance"),
        ("backend/points/api.py", "from backend import ledger"),
        ("backend/points/service/collect.py", "from ...activities import service"),
        ("backend/platform/ops/outbox.py", "from backend.inbox import service"),
    ],
    "inside_backend_every_arrow_points_left": [
        ("backend/platform/core/clock.py", "from backend.platform.data import ids"),
        ("backend/platform/data/paging.py", "def signed():\n    from backend.platform.privacy import vault"),
        ("backend/platform/privacy/vault.py", "from backend.platform.ops.outbox import enqueue"),
        ("backend/platform/ops/health.py", "from backend.platform.web import problems"),
        ("backend/platform/web/edge.py", "from backend.ports import mail"),
        ("backend/paper/pages.py", "from backend.points import service"),
        ("backend/ports/mail.py", "from backend.paper.fonts import FACE"),
        ("backend/points/service.py", "from backend.demo.people import LIN"),
    ],
    "nobody_imports_the_app": [
        ("backend/points/service.py", "from backend.app.factory import create_app"),
        ("backend/demo/story.py", "import backend.app.serve"),
        ("config/settings.py", "from backend import app"),
    ],
    "a_service_sees_nothing_of_the_web": [
        ("backend/points/service.py", "from backend.platform.web import fields"),
        ("backend/points/sql.py", "from backend.platform.web.paging import WindowQuery"),
    ],
    "a_domain_sees_only_core_and_the_rule_books": [
        ("backend/points/domain.py", "from backend.platform.data import ids"),
        ("backend/points/domain.py", "from backend.ledger.service import post"),
        ("backend/points/domain.py", "import sqlalchemy"),
    ],
    "no_import_leads_back_to_where_it_came_from": [
        (
            "offsets/lots.py",
            "from offsets import serials",
            {"offsets/serials.py": "def f():\n    from offsets import lots"},
        ),
        (
            "backend/points/api.py",
            "from . import service",
            {
                "backend/points/service/__init__.py": "from backend.points.service.grants import add",
                "backend/points/service/grants.py": "from backend.points.api import show",
            },
        ),
    ],
    "a_module_is_named_by_a_noun": [
        ("backend/points/service/sharing.py", DOC),
        ("calculators/resting/__init__.py", DOC),
        ("tests/faults/injected.py", DOC),
    ],
    "no_function_asks_for_more_than_six_things": [
        ("backend/points/service.py", "def add(session, a, b, c, *, d, e, f): ..."),
        ("offsets/lots.py", "class Lot:\n    def move(self, a, b, c, d, e, f, g): ..."),
    ],
    "no_function_hides_its_parameters": [
        ("backend/points/service.py", "def add(session, **values):\n    session.add(Grant(**values))"),
        ("backend/points/schemas.py", "def __init__(self, **given):\n    super().__init__(**given, x=given['x'])"),
    ],
    "no_alias_stands_for_an_untyped_dictionary": [
        ("backend/points/service.py", "Row = Mapping[str, Any]"),
        ("offsets/lots.py", "View: TypeAlias = dict[str, object]"),
    ],
    "no_python_file_is_too_short_to_stand_alone": [("backend/points/service/kinds.py", DOC + "x = 1\n" * 30)],
    "the_files_of_a_slice_see_each_other_one_way": [
        ("backend/points/service.py", "from backend.points.schemas import BubbleOut"),
        ("backend/points/schemas.py", "from backend.points import models"),
        ("backend/points/api.py", "from backend.points.models import Bubble"),
    ],
    "an_operators_endpoint_says_whom_it_decides_about": [
        ("backend/points/api.py", '@edge.post("/operator/points/<user_id>/refund", who=ADMINS)\ndef refund(): ...'),
    ],
    "a_command_that_acts_says_whom_it_decides_about": [
        ("backend/points/wiring.py", '@commands.command("refund")\ndef refund(user_id): ...'),
        ("backend/points/wiring.py", '@commands.command("refund")\n@acting("admin")\ndef refund(user_id): ...'),
    ],
    "the_one_door_needs_nothing_installed": [("run.py", "import click")],
    "only_the_transaction_door_commits": [
        ("backend/points/service.py", "def collect(session):\n    session.commit()"),
        ("backend/jobs/runner.py", "with engine.begin() as connection: pass"),
    ],
    "endpoints_leave_what_was_sent_as_it_is": [
        ("backend/points/api.py", "def set_off(body): return body.pop('trees')"),
        ("backend/points/api/blueprint.py", "def find(query): query.update(limit=1)"),
    ],
    "only_the_clock_tells_the_time": [
        ("backend/points/service.py", "from datetime import datetime\nnow = datetime.now()"),
        ("backend/points/service.py", "import datetime as d, datetime\ntoday = datetime.date.today()"),
        ("backend/points/models.py", "from sqlalchemy import func\ndefault = func.now()"),
        ("calculators/estimate.py", "import time\nstarted = time.time()"),
        ("backend/platform/privacy/vault.py", "from time import time"),
        ("backend/points/service.py", "sql = 'DELETE FROM grants WHERE expires_at < now()'"),
    ],
    "what_meets_the_database_is_stamped_by_its_clock": [
        ("backend/points/service.py", "from backend import clock\ndef add(session):\n    return clock.now()"),
        ("backend/points/service.py", "def add(session):\n    def inner():\n        return clock.now()"),
        (
            "backend/jobs/runner.py",
            "from backend.platform.core.clock import now\nrun(lambda session: drop(session, now()))",
        ),
    ],
    "only_config_reads_the_environment": [
        ("backend/app/factory.py", "import os\nsecret = os.environ['CARBON_SECRET_KEY']"),
        ("backend/app/factory.py", "from os import getenv"),
    ],
    "only_problems_picks_an_error_status": [
        ("backend/points/api.py", "from flask import abort"),
        ("backend/points/api.py", "import flask\nflask.abort(404)"),
        ("backend/points/api.py", "def view():\n    return {}, 409"),
        ("backend/platform/web/edge.py", "made = Response(body, status=422)"),
        ("backend/platform/web/edge.py", "from werkzeug.exceptions import NotFound"),
    ],
    "only_the_gateway_imports_stripe": [
        ("backend/checkout/flow.py", "import stripe"),
        ("offsets/orders.py", "from stripe import StripeClient"),
    ],
    "only_the_ledger_changes_balances": [
        ("backend/points/service.py", "sql = 'UPDATE ledger_balances SET balance = 0'"),
    ],
    "a_slice_has_only_the_few_files": [
        ("backend/points/logic.py", DOC),
        ("backend/points/flow.py", DOC),
    ],
    "an_api_only_carries": [
        ("backend/points/api.py", "from sqlalchemy import select"),
        ("backend/points/api.py", "from calculators import compute_estimate"),
        ("backend/points/api.py", "def show(points):\n    return points['pending'] - points['owed']"),
        ("backend/points/api.py", "def show(order):\n    if order.is_paid:\n        return 1"),
        ("backend/points/api.py", "def show(session):\n    return session.execute(question)"),
    ],
    "a_service_knows_no_wire": [
        ("backend/points/service.py", "from flask import request"),
        ("backend/points/service/collect.py", "import requests"),
        ("backend/points/service.py", "from backend.platform.web.edge import Edge"),
    ],
    "a_service_works_inside_the_transaction_of_another": [
        ("backend/points/service.py", "from backend.platform.data.transactions import in_transaction"),
        ("backend/points/service.py", "from backend import db\ndb.in_transaction(work)"),
        ("backend/points/service.py", "def collect(session):\n    session.rollback()"),
    ],
    "a_slice_builds_its_statements_in_its_sql": [
        ("backend/points/service.py", "from sqlalchemy import select"),
        ("backend/points/service/collect.py", "import sqlalchemy as sa"),
        ("backend/points/service.py", "from sqlalchemy.dialects.postgresql import insert"),
        ("backend/points/service.py", "from backend.platform.data.upsert import upsert"),
        ("backend/points/service.py", "GRANTS = GrantRow.__table__"),
        ("backend/points/wiring.py", "def due(now):\n    return sql.GRANTS.update().where(sql.GRANTS.c.ends_at < now)"),
    ],
    "schemas_never_touch_the_database": [
        ("backend/points/schemas.py", "from backend.platform.data.transactions import in_transaction"),
        ("backend/points/schemas.py", "import sqlalchemy"),
    ],
    "no_python_file_is_too_long_to_hold_one_promise": [("tests/test_long.py", DOC + "x = 1\n" * 400)],
    "no_file_is_a_graveyard": [
        ("backend/utils.py", DOC),
        ("calculators/helpers/strings.py", DOC),
    ],
    "every_python_file_says_its_promise": [("backend/points/service.py", "x = 1\n")],
    "nothing_is_left_unfinished": [
        ("backend/points/service.py", "# TO" + "DO later"),
        ("docs/operations.md", "FIX" + "ME: write this"),
        ("calculators/estimate.py", "def estimate():\n    raise NotImplementedError()"),
    ],
    "a_text_for_people_stands_in_a_catalogue": [
        ("backend/points/service.py", "TITLE = {'en': 'Points', 'zh': '积分'}"),
        ("calculators/estimate/credit.py", "def why(kind):\n    return f'{kind}：不计入'"),
    ],
    "no_file_knows_the_machine_it_was_written_on": [
        ("README.md", "cd /ho" + "me/someone/carbon"),
        ("docs/tour.md", "/ro" + "ot/carbon"),
    ],
    "no_file_names_a_package_index": [("requirements.txt", "--index" + "-url https://example.org/simple")],
    "whoever_switches_a_check_off_says_why": [
        ("backend/platform/web/edge.py", "import x  # no" + "qa: F401"),
        ("backend/platform/web/edge.py", "import x  # type: ign" + "ore[import]"),
    ],
    "requirements_are_pinned_exactly": [
        ("requirements.txt", "flask>=3"),
        ("requirements-dev.txt", "pytest"),
        ("constraints.txt", "click==8.*"),
    ],
    "continuous_integration_calls_exactly_the_readme_command": [
        (".ci/run", "python3 run.py test -k fast\n"),
        ("README.md", "Run `python3 run.py test`, more or less.\n"),
    ],
}

# (file, source) that keeps every rule, close to the edge of one
SOUND: list[tuple[str, str]] = [
    ("backend/points/service.py", DOC + "def add(**values: Unpack[Grant]): return values\n"),
    (
        "backend/points/service.py",
        DOC + "from backend.ledger import service as ledger\nfrom backend import clock\n",
    ),
    (
        "backend/points/service.py",
        DOC
        + "from sqlalchemy.exc import DBAPIError\ndef due(session, now):\n    session.execute(sql.DUE, {'now': now})\n",
    ),
    (
        "backend/points/sql.py",
        DOC + "from sqlalchemy import select\nDUE = select(GrantRow).where(GrantRow.id < 1)\n",
    ),
    ("backend/points/service.py", DOC + "from datetime import datetime\ndef due(at: datetime): return at\n"),
    ("backend/points/service.py", DOC + "from calculators import compute_estimate\nfrom config import Policy\n"),
    ("backend/points/service/__init__.py", DOC + "from backend.points.service.collect import collect\n"),
    ("backend/points/service/collect.py", DOC + "from backend.points.models import Bubble\n"),
    (
        "backend/points/api.py",
        DOC + "from backend.points import schemas, service\nfrom sqlalchemy.orm import Session\n",
    ),
    ("backend/points/api.py", DOC + "def renew(session):\n    return service.refresh(session)\n"),
    ("backend/points/schemas.py", DOC + "from backend.points.models import LONGEST_PURPOSE\n"),
    ("backend/points/api.py", DOC + "def show(name):\n    return 'points/' + name\n"),
    ("backend/checkout/flow.py", DOC + "from offsets.stripe_gateway import StripeGateway\n"),
    ("backend/app/factory.py", DOC + "from backend.points import service\n"),
    ("offsets/lots.py", DOC + "from calculators.rounding import floor_g\n"),
    ("backend/demo/phone.py", DOC + "def check(answer):\n    assert answer.status == 201\n"),
    ("backend/platform/data/transactions.py", DOC + "import time\ntime.sleep(1)\nstarted = time.monotonic()\n"),
    ("backend/platform/web/edge.py", DOC + "import x  # type: ign" + "ore[import]  # ships no types\n"),
    ("backend/points/service.py", '"""Says how the catalogue calls them: 积分."""\n# 积分 are points\n'),
    ("backend/points/__init__.py", ""),
    ("backend/points/domain.py", DOC + "from backend.ledger.domain import Entry\n"),
    ("backend/points/service.py", DOC + "from backend.ledger.domain import Entry\n"),
    ("backend/points/wiring.py", DOC + "from backend.platform.web import edge\n"),
    ("backend/points/api.py", DOC + "from backend.paper import pages\nfrom backend.ports import mail\n"),
    ("backend/points/service/posting.py", DOC + "def add(session, a, b, c, d, e): ...\n"),
    ("backend/points/schemas.py", DOC + "def __init__(self, **given):\n    super().__init__(**given)\n"),
    ("backend/points/service/signed_documents.py", DOC + "Words = Mapping[str, str]\n"),
    ("requirements.txt", "# runtime\n-c constraints.txt\npsycopg[binary]==3.3.9\n"),
]
