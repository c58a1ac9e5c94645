"""A language nobody here speaks yet: every text in English, in brackets, in a folder of its own for each catalogue."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import calculators.texts
import calculators.words
import offsets.catalogue
import offsets.claim_subjects
import offsets.claims
import offsets.documents
import offsets.planting
import offsets.principles
import offsets.terms
import offsets.texts
from backend.accounts.service import consents
from backend.platform.core import i18n
from backend.platform.web import legal

TAG = "eo"
CACHED = (
    i18n.list_languages,
    i18n.read_texts,
    i18n._read_file,
    i18n._plural_rule,
    calculators.words.templates,
    calculators.words.translations,
    calculators.texts.list_texts,
    offsets.documents.read_translations,
    offsets.claims.list_rules,
    offsets.claim_subjects.subject_rules,
    offsets.terms.current_terms,
    offsets.catalogue.list_projects,
    offsets.principles.list_principles,
    offsets.planting.list_species,
    offsets.texts.list_texts,
    consents.list_consent_texts,
    legal.read_text,
)


@dataclass(frozen=True)
class PseudoLanguage:
    """The files that make the language, by what they belong to."""

    texts: Path  # eo.po
    sentences: Path  # eo.toml
    figures: Path  # eo.toml, of the documents of rule book 1
    claims: Path  # eo.toml, of those of rule book 2
    consents: Path  # consents.toml
    pages: Path  # a folder

    def files(self) -> list[Path]:
        """What was added or changed: data, and nothing else."""
        return [self.texts, self.sentences, self.figures, self.claims, self.consents, *self.pages.glob("*.eo.html")]


@contextmanager
def spoken(folder: Path) -> Iterator[PseudoLanguage]:
    """The language in files below `folder`, which the product reads until the end of the block."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (i18n, "FOLDER"),
            (calculators.words, "SENTENCES"),
            (calculators.words, "TRANSLATIONS"),
            (offsets.documents, "TRANSLATIONS"),
            (legal, "FOLDER"),
        ):
            there = folder / f"{module.__name__}.{name}"
            if getattr(module, name).exists():
                shutil.copytree(getattr(module, name), there)
            there.mkdir(exist_ok=True)
            patch.setattr(module, name, there)
        patch.setattr(consents, "TEXTS", shutil.copy(consents.TEXTS, folder / "consents.toml"))
        made = _write(Path(consents.TEXTS))
        forget_everything()
        yield made
    forget_everything()


def forget_everything() -> None:
    """Have every catalogue read anew."""
    for cached in CACHED:
        cached.cache_clear()


def _write(consents_file: Path) -> PseudoLanguage:
    forget_everything()
    made = PseudoLanguage(
        texts=i18n.FOLDER / f"{TAG}.po",
        sentences=calculators.words.SENTENCES / f"{TAG}.toml",
        figures=calculators.words.TRANSLATIONS / f"{TAG}.toml",
        claims=offsets.documents.TRANSLATIONS / f"{TAG}.toml",
        consents=consents_file,
        pages=legal.FOLDER,
    )
    english = (i18n.FOLDER / "en.po").read_text(encoding="utf-8").replace("Language: en", f"Language: {TAG}")
    made.texts.write_text(re.sub(r'^(msgstr(?:\[\d\])?) "(.+)"$', r'\1 "[\2]"', english, flags=re.M), encoding="utf-8")
    sentences = tomllib.loads((calculators.words.SENTENCES / "en.toml").read_text(encoding="utf-8"))
    made.sentences.write_text("\n".join(_sections(sentences)), encoding="utf-8")
    documents = {name: texts for name, texts in calculators.list_texts().items() if name != "sentences"}
    for file, catalogues in ((made.figures, documents), (made.claims, offsets.list_texts())):
        texts = {words["en"] for places in catalogues.values() for words in places.values()}
        file.write_text("\n".join(f"{_quoted(text)} = {_quoted(f'[{text}]')}" for text in sorted(texts)))
    titles = re.sub(r'title = \{ en = "(.*?)"', rf'title = {{ {TAG} = "[\1]", en = "\1"', consents_file.read_text())
    consents_file.write_text(titles, encoding="utf-8")
    for name in legal.NAMES:
        (made.pages / f"{name}.{TAG}.html").write_text(f"[{name}]")
    return made


def _sections(data: dict[str, object]) -> Iterator[str]:
    for section, codes in data.items():
        yield f"[{section}]"
        for code, text in codes.items():
            if isinstance(text, dict):
                forms = ", ".join(
                    f"{key} = {_quoted(form if key == 'counts' else f'[{form}]')}" for key, form in text.items()
                )
                yield f"{_key(code)} = {{ {forms} }}"
            else:
                yield f"{_key(code)} = {_quoted(f'[{text}]')}"


def _key(code: str) -> str:
    return code if re.fullmatch(r"[\w-]+", code, re.ASCII) else _quoted(code)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
