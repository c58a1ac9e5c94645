"""What a file may be called, how long it may be, and what must not stand in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.rooms import ROOMS
from tests.house.source import House, rule, strings

LONGEST = 400
SHORTEST = 40
# Short by their nature: a package's face, a program's door, what attaches a slice, the blueprint its endpoints share,
# and what every slice answers under the same name: what holds of it, what it keeps of a person.
SHORT_BY_NATURE = {"__init__", "__main__", "wiring", "blueprint", "invariants", "personal_data"}
# Each with the reason it stands alone.
SHORT: dict[str, str] = {
    "backend/accounts/service/login_challenges.py": "a sign-in of two steps, for passkeys and providers alike",
    "backend/app/extensions.py": "the libraries' objects that both factory and commands attach; no home in either",
    "backend/app/wsgi_app.py": "the door of every WSGI server, which must not import what only `serve` needs",
    "backend/platform/core/actor.py": "who acts: what every room of the backend says, and core's smallest word",
    "backend/platform/core/roles.py": "the roles that may be granted: one list that every room reads, beside no other",
    "backend/platform/data/redis_store.py": "the one place that opens Redis, real or in-process",
    "backend/checkout/api/webhook.py": "the one address of the checkout that is open to anyone, apart from the buyers'",
    "backend/jobs/sql/dead_letters.py": "the statements of one table, beside those of the other tables",
    "backend/ledger/api.py": "the one endpoint of the slice",
    "backend/paper/styles.py": "one look for everything that is printed: a table",
    "backend/platform/web/metrics.py": "one endpoint for machines; its figures are made in ops",
    "backend/platform/web/paging.py": "the query of every list, which edge and document both read",
    "backend/platform/web/representations.py": "one address in several forms: what pages of two slices share",
    "backend/ports/adapters.py": "how every port finds its adapter",
    "backend/ports/message_adapters.py": "which messenger is used: a place for an installation's own",
    "backend/ports/push/local.py": "one adapter, as every other has a file",
    "backend/points/service/queries.py": "what a person has now: no part of any of the verbs that ask for it",
    "backend/registry/api/certificate_page.py": "the words of the page, apart from the endpoints",
    "backend/registry/api/projects.py": "the endpoints of one resource",
    "backend/registry/service/lot_movements.py": "the only place that changes a lot: one update and its movement",
    "calculators/estimate/samples.py": "the third reading of a formula, beside the exact one and the columns",
    "calculators/traces/coarse.py": "what is left of a track is one promise, apart from what it shows",
    "calculators/traces/formats.py": "the one table of what a track file may be",
    "offsets/sandbox/events.py": "one kind of Stripe's objects, as every other has a file",
}
# Product texts stand in catalogues, by language. Each of these holds words of a language for another reason.
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CHINESE_IN_CODE: dict[str, str] = {
    "backend/demo/people.py": "the names of the demonstration's people",
    "backend/demo/purchase.py": "the name that one of them gives for a certificate",
    "backend/ports/file_decoders/invoices.py": "the labels of an invoice, written as the rules for papers read them",
    "calculators/importing/cells.py": "how the public files of others mark what they do not say",
    "calculators/importing/places.py": "how the public files of others spell places",
    "calculators/importing/sources/mee_grid.py": "the headings, grids and title of one ministry's file",
    "calculators/methodology/description.py": "the heading of a table that docs/flows.md shows in both languages",
    "calculators/papers/facts.py": "how papers write days and months",
    "calculators/papers/things.py": "how papers count and join what was bought",
    "calculators/units.py": "how figures and meters spell units",
}
GRAVEYARDS = {"utils", "util", "helpers", "helper", "common", "misc"}
EXACT_PIN = re.compile(r"^[A-Za-z0-9_.-]+(\[[a-z0-9,-]+\])?==[0-9][0-9A-Za-z.]*$")
# Each with a bracket inside, so that these lines do not find themselves.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
MACHINE_PATH = re.compile(r"(/[h]ome/[a-z]\w*/|/[r]oot/|/[U]sers/\w+/|\b[A-Z]:\\[U]sers\\)")
INDEX_SETTING = re.compile(r"index[-_]url|[p]ypi\.org|[p]ythonhosted\.org", re.IGNORECASE)
SWITCHED_OFF = re.compile(r"#\s*([n]oqa\b|type:\s*[i]gnore\b|pragma:\s*[n]o cover)(?P<rest>.*)")
README, CI, TEST_COMMAND = "README.md", ".ci/run", "python3 run.py test"


@rule
def no_python_file_is_too_long_to_hold_one_promise(house: House) -> Iterator[str]:
    for module in house.modules:
        length = module.text.count("\n")
        if length > LONGEST:
            yield module.says(length, f"has {length} lines, more than {LONGEST}: make two promises of it")


@rule
def no_python_file_is_too_short_to_stand_alone(house: House) -> Iterator[str]:
    for module in house.in_rooms(*ROOMS):
        length = module.text.count("\n")
        if length < SHORTEST and module.path.stem not in SHORT_BY_NATURE and str(module.path) not in SHORT:
            yield module.says(
                length, f"has {length} lines, fewer than {SHORTEST}: fold it in where its promise is kept"
            )


@rule
def no_file_is_a_graveyard(house: House) -> Iterator[str]:
    for path in house.files:
        if path.suffix == ".py" and GRAVEYARDS & {path.stem, *path.parts[:-1]}:
            yield f"{path} name the promise, not the drawer"


@rule
def every_python_file_says_its_promise(house: House) -> Iterator[str]:
    for module in house.modules:
        if module.tree.body and ast.get_docstring(module.tree) is None:
            yield module.says(1, "has no docstring: say what it promises and what it may touch")


@rule
def nothing_is_left_unfinished(house: House) -> Iterator[str]:
    for path, line, words in _lines(house):
        if UNFINISHED.search(words):
            yield f"{path}:{line} is unfinished: finish it, or open an issue"
    for module in house.in_rooms(*ROOMS):
        for line, called in module.calls():
            if called == "NotImplementedError":
                yield module.says(line, "is a stub")


@rule
def a_text_for_people_stands_in_a_catalogue(house: House) -> Iterator[str]:
    for module in house.in_rooms(*ROOMS):
        for line, words in strings(module) if str(module.path) not in CHINESE_IN_CODE else ():
            if CHINESE.search(words):
                yield module.says(line, "says it in Chinese: what people read stands in a catalogue, by language")


@rule
def no_file_knows_the_machine_it_was_written_on(house: House) -> Iterator[str]:
    for path, line, words in _lines(house):
        if MACHINE_PATH.search(words) or _holds_checkout(words, house):
            yield f"{path}:{line} holds a path of one machine"


@rule
def no_file_names_a_package_index(house: House) -> Iterator[str]:
    for path, line, words in _lines(house):
        if INDEX_SETTING.search(words):
            yield f"{path}:{line} names a package index: that is the machine's own setting"


@rule
def whoever_switches_a_check_off_says_why(house: House) -> Iterator[str]:
    for module in house.modules:
        for line, words in enumerate(module.text.splitlines(), start=1):
            found = SWITCHED_OFF.search(words)
            if found and "#" not in found["rest"]:
                yield module.says(line, "switches a check off without a reason: add `# why` behind it")


@rule
def requirements_are_pinned_exactly(house: House) -> Iterator[str]:
    for path, line, words in _lines(house):
        is_requirements = path.suffix == ".txt" and path.stem.startswith(("requirements", "constraints"))
        wanted = words.split("#")[0].strip()
        if is_requirements and wanted and not wanted.startswith(("-r ", "-c ")) and not EXACT_PIN.match(wanted):
            yield f"{path}:{line} {wanted!r} is not pinned with =="


@rule
def continuous_integration_calls_exactly_the_readme_command(house: House) -> Iterator[str]:
    present = {str(path) for path in house.files}
    for name in (README, CI):
        if name not in present:
            yield f"{name} is missing"
        elif TEST_COMMAND not in {line.strip() for line in house.read(name).splitlines()}:
            yield f"{name} has no line that is exactly `{TEST_COMMAND}`"


def _lines(house: House) -> Iterator[tuple[PurePosixPath, int, str]]:
    for path, text in house.texts():
        for line, words in enumerate(text.splitlines(), start=1):
            yield path, line, words


def _holds_checkout(words: str, house: House) -> bool:
    # a checkout at /app is no sign: such a word stands in many a sentence
    return len(house.root.parts) > 2 and f"{house.root}/" in words
