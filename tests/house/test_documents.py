"""What the documents promise can be followed: every link leads somewhere, every decision stands in the index."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from tests.house.source import ROOT, project

LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
DECISION = re.compile(r"^# (\d{4}) \S")
DOCUMENTS = sorted(str(path) for path in project().files if path.suffix == ".md")


def leads_nowhere(document: str, text: str, files: set[str]) -> list[str]:
    """The links of a document that name no file or folder of the project."""
    folder = PurePosixPath(document).parent
    targets = [str((ROOT / folder / link).resolve().relative_to(ROOT)) for link in LINK.findall(text)]
    return [target for target in targets if target not in files and not any(f.startswith(f"{target}/") for f in files)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file(document):
    files = {str(path) for path in project().files}
    assert leads_nowhere(document, project().read(document), files) == []


def test_a_broken_link_is_found():
    assert leads_nowhere("docs/a.md", "see [b](b.md) and [the web](https://example.org)", {"docs/a.md"}) == [
        "docs/b.md"
    ]


def test_every_decision_is_titled_by_its_rule_and_stands_in_the_index():
    index = project().read("docs/adr/README.md")
    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        first_line = path.read_text(encoding="utf-8").splitlines()[0]
        assert DECISION.match(first_line), f"{path.name}: the title is the number and the rule"
        assert f"[{first_line[2:]}]({path.name})" in index, f"{path.name} is missing in docs/adr/README.md"
