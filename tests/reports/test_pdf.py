"""The report as PDF: tagged, whole, of one version, without fetching anything; and a machine that cannot draw it."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from django.urls import reverse

from assessments.models import Attempt, Candidate
from assessments.services.score import rescore
from reports import pdf, tasks
from reports.models import BuiltFile
from reports.services import files
from reports.services.build import build_report
from tests.reports.factories import FOLLOW_UP, OPTION, in_turn, make_assessment, make_scored, make_team
from tests.reports.test_pages import signed_in

MIXED = in_turn("right", "partly", "wrong", "skipped", "not_reached")


def has_pango() -> bool:
    try:
        pdf._weasyprint()
    except Exception:
        return False
    return True


drawn_here = pytest.mark.skipif(not has_pango(), reason="needs Pango: install the package libpango-1.0-0")


def ordered(attempt: Attempt, user: Any, number: int = 1) -> BuiltFile:
    address = reverse("report_pdf", args=[attempt.public_id], query={"number": number})
    assert signed_in(user).post(address).status_code == 302
    return BuiltFile.objects.latest("pk")


@drawn_here
@pytest.mark.django_db
def test_the_pdf_is_tagged_and_says_what_the_page_says() -> None:
    organisation, user = make_team("reader")
    attempt = make_scored(make_assessment(organisation, per_skill=5), MIXED)
    Candidate.objects.filter(pk=attempt.candidate_id).update(name="<b>Zoë</b> & <img src=http://127.0.0.1:9/x>")
    build_report(attempt.score_id)
    order = ordered(attempt, user)
    tasks.build_file(order.pk)
    response = signed_in(user).get(reverse("file_download", args=[order.public_id]))
    assert response["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].endswith('-report-1.pdf"')
    read = pypdf.PdfReader(io.BytesIO(response.content))
    root: Any = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert b"pdfuaid" in root["/Metadata"].get_data()
    text = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    for words in ("<b>Zoë</b> & <img", "Skill profile", "How this score was made", FOLLOW_UP, "90"):
        assert words in text
    assert OPTION not in text


@drawn_here
def test_nothing_is_fetched_for_a_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    refuse = pdf._refuse
    monkeypatch.setattr(pdf, "_refuse", lambda url: asked.append(url) or refuse(url))
    html = (
        "<html lang=en><title>x</title><link rel=stylesheet href='http://127.0.0.1:9/a.css'>"
        "<img src='file:///etc/passwd' alt=x><img src='http://127.0.0.1:9/b.png' alt=y><p>There</p></html>"
    )
    read = pypdf.PdfReader(io.BytesIO(pdf.draw(html)))
    assert "There" in read.pages[0].extract_text()
    assert sorted(asked) == ["file:///etc/passwd", "http://127.0.0.1:9/a.css", "http://127.0.0.1:9/b.png"]


@pytest.mark.django_db
def test_a_version_is_drawn_once_and_a_new_version_has_its_own() -> None:
    organisation, user = make_team("recruiter")
    attempt = make_scored(make_assessment(organisation), MIXED)
    build_report(attempt.score_id)
    first = ordered(attempt, user)
    assert ordered(attempt, user) == first
    build_report(rescore(attempt=attempt, reason="a key was corrected", actor=user).pk)
    second = ordered(attempt, user, number=2)
    assert second != first
    assert (first.report.number, second.report.number) == (1, 2)  # type: ignore[union-attr]


@pytest.mark.django_db
def test_without_pango_the_file_says_so_and_leads_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real = builtins.__import__

    def without_pango(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    organisation, user = make_team("recruiter")
    attempt = make_scored(make_assessment(organisation), MIXED)
    build_report(attempt.score_id)
    order = ordered(attempt, user)
    tasks.build_file(order.pk)
    page = signed_in(user).get(reverse("file_page", args=[order.public_id])).content.decode()
    assert "Pango is missing" in page
    assert reverse("report_for_team", args=[attempt.public_id]) in page
    assert files.waiting() == []
    assert signed_in(user).get(reverse("report_for_team", args=[attempt.public_id])).status_code == 200


@pytest.mark.django_db
def test_another_team_orders_no_pdf() -> None:
    organisation, _ = make_team()
    _, stranger = make_team("owner")
    attempt = make_scored(make_assessment(organisation), MIXED)
    build_report(attempt.score_id)
    assert signed_in(stranger).post(reverse("report_pdf", args=[attempt.public_id])).status_code == 404
    assert not BuiltFile.objects.exists()
