"""A certificate on paper, in the reader's language, and its badge: from what was signed, so the same bytes each time.

How far the registry has followed changes with time: that is said on the page to which the code leads, not on paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from backend import paper
from backend.paper import paragraph
from backend.platform.core.i18n import Language, pick
from backend.registry.domain import CertificateView
from backend.registry.service.certificate_badge import CertificateWords, find_year, is_demonstration

QR_SIDE = 92


def print_certificate(view: CertificateView, language: Language) -> bytes:
    """The PDF of a certificate."""
    say = CertificateWords(language)
    project, number = view.payload["project"], view.number
    left: list[Flowable] = [
        paragraph(say("title"), "eyebrow"),
        paragraph(say("grams", {"kilograms": say.kilograms(view)}), "figure"),
        paragraph(say("retired_for", {"name": view.beneficiary}) if view.beneficiary else say("retired_unnamed")),
        paragraph(say("issued_on_day", {"day": say.day(view.payload["issued_at"])}), "small"),
    ]
    story: list[Flowable] = [
        _side_by_side(left, paper.fitted_qr(view.url, QR_SIDE)),
        *([paragraph(say("demonstration"), "heading")] if is_demonstration(view) else []),
        Spacer(1, 8),
        *([paragraph(say.plain_words(view))] if find_year(view) else []),
        paragraph(say("meaning")),
        Spacer(1, 8),
        _facts(say, view, project),
        Spacer(1, 8),
        paragraph(say("check_here", {"address": view.url}), "small"),
    ]
    title = f"{say('title')} {number}"
    return paper.make_pdf(
        story, title=title, subject=number, author=view.url.rsplit("/v1/", 1)[0], language=language.tag, footer=title
    )


def _facts(say: CertificateWords, view: CertificateView, project: Mapping[str, Any]) -> Table:
    rows = [
        [say("number"), view.number],
        *([[say("for_year"), find_year(view)]] if find_year(view) else []),
        [say("project"), f"{pick(project['title'], say.language)} ({project['country']})"],
        [say("standard"), f"{project['standard']} · {project['methodology']}"],
        *(
            [say("serials"), f"{item['serials']} · {say('vintage', {'year': item['vintage']})}"]
            for item in view.payload["retirements"]
        ),
    ]
    return paper.table([say("what"), ""], rows, (0.26, 0.74), numbers_from=2)


def _side_by_side(left: list[Flowable], right: Flowable) -> Table:
    sides = Table([[left, right]], colWidths=[paper.WIDTH * 0.8, paper.WIDTH * 0.2])
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, 0), 0),
        ("ALIGN", (1, 0), (1, 0), "RIGHT"),
    ]
    sides.setStyle(TableStyle(style))
    return sides
