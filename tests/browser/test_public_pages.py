"""The pages that anybody may open: the front page, the documentation, the legal texts, what an error means."""

from __future__ import annotations

import pytest

LOOKS = [("en", 390), ("en", 1280), ("zh-CN", 390), ("zh-CN", 1280)]
PAGES = {
    "/": ("Personal carbon account", "碳账户"),
    "/docs/terms": ("Terms", "协议"),
    "/docs/privacy": ("Privacy", "隐私"),
    "/problems/auth.required/page": ("Sign in", "登录"),
}

MARKUP_OF_SWAGGER_UI = ("heading-order", "region", "nested-interactive", "target-size")

pytestmark = pytest.mark.alike_on_both_engines("these pages ask the database nothing")


@pytest.mark.parametrize("language, width", LOOKS)
def test_pages_for_anybody_are_readable_in_both_languages_at_both_widths(read, language, width):
    reader = read(language=language, width=width)
    for path, (english, chinese) in PAGES.items():
        reader.opens(path)
        heading = reader.page.get_by_role("heading", level=1).inner_text()
        assert (english if language == "en" else chinese) in heading
        reader.check_page()


@pytest.mark.parametrize("language, width", [("en", 390), ("zh-CN", 1280)])
def test_the_documentation_shows_every_operation_from_files_of_ours_alone(read, language, width):
    reader = read(language=language, width=width)
    reader.opens("/docs")
    reader.page.locator(".opblock").first.wait_for(timeout=60_000)
    reader.check_page(but=MARKUP_OF_SWAGGER_UI)
