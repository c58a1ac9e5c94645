"""The texts people agree to: one page per consent that names one, in both languages, of the version in force."""

from __future__ import annotations

import re

import pytest

from backend.accounts import service as accounts


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_consent_leads_to_a_text_of_its_version_in_the_callers_language(client, language) -> None:
    paths = {text.path.partition("#")[0]: text.version for text in accounts.list_consent_texts()}
    for path, version in paths.items():
        answer = client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text
        assert version in answer.text


def test_a_link_to_a_part_of_a_text_finds_that_part(client) -> None:
    for text in accounts.list_consent_texts():
        path, _, part = text.path.partition("#")
        if part:
            for language in ("en", "zh-CN"):
                assert f'id="{part}"' in client.get(path, headers={"Accept-Language": language}).text


def test_a_text_lets_nothing_in_from_elsewhere(client) -> None:
    answer = client.get("/docs/privacy")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"https?://", answer.text)
