"""A language is offered when every catalogue has it; what one that was begun lacks is named, by catalogue and place."""

from __future__ import annotations

import pytest

import calculators
from backend.platform.core import i18n
from backend.platform.core.i18n import ENGLISH, Language, Missing
from tests.backend.platform.core import pseudo_language

pytestmark = pytest.mark.alike_on_both_engines("catalogues are files")

PSEUDO = Language(pseudo_language.TAG)
CHINESE = Language("zh-CN")
SPOKEN = {"Accept-Language": PSEUDO.tag}


@pytest.fixture
def pseudo(tmp_path, app):
    app.extensions.pop(i18n.OFFERED, None)  # what an earlier test of this application found
    with pseudo_language.spoken(tmp_path) as files:
        yield files
    app.extensions.pop(i18n.OFFERED, None)


@pytest.fixture
def commands(app):
    """What `flask languages …` prints, and its exit code."""

    def run(*arguments):
        result = app.test_cli_runner().invoke(args=["languages", *arguments])
        return result.output, result.exit_code

    return run


def test_a_language_has_a_tag_a_locale_and_a_key():
    assert (CHINESE.tag, CHINESE.locale, CHINESE.key) == ("zh-CN", "zh_CN", "zh")
    assert (ENGLISH.tag, ENGLISH.locale, ENGLISH.key) == ("en", "en", "en")


def test_every_catalogue_is_declared_and_has_what_we_offer(app):
    with app.app_context():
        names = {catalogue.name for catalogue in i18n.list_catalogues()}
        assert names >= {"texts", "sentences", "methodologies", "figures", "survey", "options", "claims", "consents"}
        assert all(catalogue.read() for catalogue in i18n.list_catalogues())
        assert i18n.list_offered() == (ENGLISH, CHINESE)
        assert i18n.list_begun() == ()


def test_a_language_that_every_catalogue_has_is_offered(pseudo, app, client, commands, new_person):
    assert {file.suffix for file in pseudo.files()} == {".po", ".toml", ".html"}  # nothing of it is code
    with app.app_context():
        assert list(i18n.find_missing(PSEUDO)) == []
        assert PSEUDO in i18n.list_offered()
    assert PSEUDO.tag in client.get("/v1/client").json["languages"]
    assert commands("missing", PSEUDO.tag) == (f"{PSEUDO.tag} has every text.\n", 0)
    assert f"offered  {PSEUDO.tag}" in commands("list")[0]
    person = new_person()
    person.patch("/v1/me", {"region": "FR", "language": PSEUDO.tag})
    assert person.get("/v1/me").json["language"] == PSEUDO.tag
    asked = person.get("/v1/footprint/questions", headers=SPOKEN).json
    assert all(question["title"].startswith("[") for question in asked["questions"])
    assert person.get("/v1/neutrality/2026", headers=SPOKEN).json["claim"]["sentence"].startswith("[")
    assert client.get("/docs/terms", headers=SPOKEN).text == "[terms]"
    assert client.get("/v1/consents").json["items"][0]["title"][PSEUDO.key].startswith("[")


def without_line(file, part):
    """Take the line that holds `part` away from a file of translations."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert any(part in line for line in lines), part
    file.write_text("\n".join(line for line in lines if part not in line), encoding="utf-8")


@pytest.mark.parametrize(
    ("of", "line", "catalogue", "place"),
    [
        ("texts", 'msgstr "[Send a text in quotation marks.]"', "texts", "field: not_a_text"),
        ("sentences", "too_fast =", "sentences", "reason.too_fast"),
        ("figures", '"Low-carbon trip" =', "methodologies", "methodologies/transport/low_carbon_trip.toml: title"),
        ("figures", '"trip mix" =', "figures", "tables.toml: baselines.trip_mix"),
        ("figures", '"Floor area of your home" =', "survey", "footprints/survey.toml: questions.dwelling_area.title"),
        (
            "figures",
            '"Leave the car for one day a week" =',
            "options",
            "footprints/options.toml: options.one_day_without_the_car.title",
        ),
        ("claims", '"No carbon credits have been retired', "claims", "default: sentence.nothing"),
        ("consents", "Terms of use", "consents", "consents.toml: terms"),
    ],
)
def test_a_language_that_one_catalogue_lacks_is_not_offered_and_the_text_is_named(
    of, line, catalogue, place, pseudo, app, client, commands
):
    if of == "consents":
        file = pseudo.consents
        file.write_text(file.read_text(encoding="utf-8").replace(f'{PSEUDO.key} = "[{line}]", ', ""), encoding="utf-8")
    else:
        without_line(getattr(pseudo, of), line)
    pseudo_language.forget_everything()
    with app.app_context():
        missing = list(i18n.find_missing(PSEUDO))
        assert Missing(catalogue, place) in missing
        assert {one.catalogue for one in missing} == {catalogue}
        assert PSEUDO not in i18n.list_offered()
        assert i18n.list_begun() == (PSEUDO,)
    printed, code = commands("missing", PSEUDO.tag)
    assert code == 1
    assert [catalogue, place] in [row.split(maxsplit=1) for row in printed.splitlines()]
    assert f"begun    {PSEUDO.tag}" in commands("list")[0]
    assert client.get("/nowhere", headers=SPOKEN).headers["Content-Language"] == ENGLISH.tag


def test_a_language_without_a_page_to_agree_to_is_not_offered(pseudo, app):
    (pseudo.pages / f"privacy.{PSEUDO.tag}.html").unlink()
    with app.app_context():
        assert list(i18n.find_missing(PSEUDO)) == [Missing("consents", "static/legal/privacy")]


def test_a_language_begun_in_other_catalogues_is_named_without_a_file_of_texts(pseudo, app):
    pseudo.texts.unlink()
    pseudo_language.forget_everything()
    with app.app_context():
        assert i18n.list_begun() == (PSEUDO,)
        assert {one.catalogue for one in i18n.find_missing(PSEUDO)} == {"texts"}


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        (ENGLISH, 1, "Send at most 1 item."),
        (ENGLISH, 2, "Send at most 2 items."),
        (ENGLISH, 0, "Send at most 0 items."),
        (CHINESE, 1, "1"),
        (CHINESE, 2, "2"),
    ],
)
def test_what_is_counted_has_the_plural_of_its_language(language, count, words):
    assert words in i18n.text("field", "too_many_items", language=language, maximum=count)


@pytest.mark.parametrize(("count", "words"), [(1, "1 point expires"), (1200, "1,200 points expire")])
def test_a_number_is_counted_by_what_it_is_and_written_as_its_reader_does(count, words):
    facts = {"amount": i18n.Number(count, ENGLISH), "ends_on": "1 May"}
    assert i18n.text("inbox_title", "points.expiring", language=ENGLISH, **facts).startswith(words)


def test_a_language_with_three_plurals_uses_each(tmp_path, monkeypatch):
    rule = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
    head = f'msgid ""\nmsgstr ""\n"Language: pl\\n"\n"Plural-Forms: {rule}\\n"\n\n'
    forms = "".join(f'msgstr[{form}] "{{n}} {word}"\n' for form, word in enumerate(("plik", "pliki", "plików")))
    (tmp_path / "pl.po").write_text(f'{head}msgctxt "field"\nmsgid "files"\nmsgid_plural "{{n}}"\n{forms}', "utf-8")
    (tmp_path / "en.po").write_text(head.replace("pl", "en"), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(i18n, "FOLDER", tmp_path)
        pseudo_language.forget_everything()
        worded = [i18n.text("field", "files", language=Language("pl"), n=number) for number in (1, 3, 5, 22)]
    pseudo_language.forget_everything()
    assert worded == ["1 plik", "3 pliki", "5 plików", "22 pliki"]


def test_a_text_that_lacks_a_plural_form_is_missing(pseudo, app):
    without_line(pseudo.texts, 'msgstr[1] "[Send at most {maximum} items.]"')
    pseudo_language.forget_everything()
    with app.app_context():
        assert list(i18n.find_missing(PSEUDO)) == [Missing("texts", "field: too_many_items")]


@pytest.mark.parametrize(("days", "words"), [("1", "on 1 day ("), ("30", "on 30 days (")])
def test_a_sentence_of_the_rule_book_counts_by_its_language_too(days, words):
    assert words in calculators.say("footprint.kept", {"days": days}, "en")
