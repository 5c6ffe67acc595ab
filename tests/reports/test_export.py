"""Taking results along: what stands in the files, what a spreadsheet must not run, who did it, and a late worker."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.errors import NotPossible
from accounts.models import User
from assessments.models import Assessment, Attempt, Candidate
from assessments.services.intervene import reopen
from reports import tasks
from reports.models import BuiltFile, ExportEvent, FileKind
from reports.services import files
from reports.services.build import build_report
from tests.reports.cohorts import make_cohort
from tests.reports.factories import everything, make_assessment, make_scored, make_team
from tests.reports.test_pages import signed_in

pytestmark = pytest.mark.django_db

FORMULAS = ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", '=HYPERLINK("http://x")', "\uff1d1+1")


def as_csv(user: User, assessment: Assessment, **query: str) -> list[dict[str, str]]:
    address = reverse("cohort_export", args=[assessment.public_id], query=query)
    response = signed_in(user).post(address, {"format": "csv"})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, private"
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_workbook(user: User, assessment: Assessment) -> Any:
    response = signed_in(user).post(reverse("cohort_export", args=[assessment.public_id]), {"format": "xlsx"})
    order = BuiltFile.objects.latest("pk")
    assert response.headers["Location"] == reverse("file_page", args=[order.public_id])
    tasks.build_file(order.pk)
    content = signed_in(user).get(reverse("file_download", args=[order.public_id])).content
    return openpyxl.load_workbook(io.BytesIO(content))


def test_the_csv_has_each_figure_with_its_range_count_and_method() -> None:
    organisation, user = make_team("recruiter")
    one, _ = make_cohort(organisation, [12, 24])
    lines = as_csv(user, one.assessment)
    assert [float(line["overall estimate"]) for line in lines] == [1, 0.5]
    line = lines[1]
    assert line["name"] == one.candidate.name
    assert float(line["overall low"]) < 0.5 < float(line["overall high"])
    assert (line["overall questions"], line["overall points"], line["overall provisional"]) == ("24", "12.0", "yes")
    assert (line["overall percentile"], line["overall percentile_note"][:19]) == ("", "No comparison group")
    assert line["overall method"] == "Share of points, version 1"
    skills = one.assessment.published.loaded().skills  # type: ignore[union-attr]
    for name in ("overall", *skills):
        for column in ("estimate", "low", "high", "questions", "level", "provisional", "method"):
            assert line[f"{name} {column}"], (name, column)


def test_the_filters_of_the_page_hold_for_the_file() -> None:
    organisation, user = make_team("recruiter")
    _, strong = make_cohort(organisation, [2, 24])
    lines = as_csv(user, strong.assessment, least="50", by="low")
    assert [line["name"] for line in lines] == [strong.candidate.name]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_name_becomes_a_formula(name: str) -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    Candidate.objects.filter(pk=one.candidate_id).update(name=name)
    assert as_csv(user, one.assessment)[0]["name"] == f"'{name}"
    sheet = as_workbook(user, one.assessment)["Results"]
    cell = sheet.cell(2, 1)
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_numbers_stay_numbers_in_the_workbook_and_texts_texts() -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    Candidate.objects.filter(pk=one.candidate_id).update(name="0123")
    book = as_workbook(user, one.assessment)
    head, row = (list(line) for line in book["Results"].iter_rows(min_row=1, max_row=2))
    cells = {title.value: cell for title, cell in zip(head, row, strict=True)}
    assert cells["name"].value == "0123"
    assert cells["overall estimate"].value == 0.5
    assert cells["overall estimate"].number_format == "0.0 %"
    assert cells["overall questions"].value == 24
    assert cells["overall percentile"].value is None
    reading = {line[0].value: line[1].value for line in book["How to read this"].iter_rows()}
    assert reading["assessment"] == one.assessment.title
    assert "Never use the estimate without" in reading["estimate, low, high"]


def test_who_took_results_along_is_recorded_and_shown() -> None:
    organisation, user = make_team("recruiter")
    one, _ = make_cohort(organisation, [12, 20])
    as_csv(user, one.assessment, least="60")
    as_workbook(user, one.assessment)
    events = ExportEvent.objects.order_by("pk").values_list("format", "people", "actor", "organisation")
    assert list(events) == [("csv", 1, user.pk, organisation.pk), ("xlsx", 2, user.pk, organisation.pk)]
    html = signed_in(user).get(reverse("cohort", args=[one.assessment.public_id])).content.decode()
    assert "2 people as XLSX" in html
    assert "1 person as CSV" in html


def test_an_export_holds_the_own_people_only_and_no_score_before_its_release() -> None:
    organisation, user = make_team("recruiter")
    other, stranger = make_team("owner")
    attempt = make_scored(make_assessment(organisation), everything("right"))
    Assessment.objects.filter(pk=attempt.assessment_id).update(organisation=None)
    build_report(attempt.score_id)
    make_cohort(other, [3], assessment=attempt.assessment)
    assert [line["name"] for line in as_csv(user, attempt.assessment)] == ["Robin Example"]
    assert "Robin Example" not in str(as_csv(stranger, attempt.assessment))
    reopen(attempt=attempt, seconds=600, reason="The network was down", by=user)
    (line,) = as_csv(user, attempt.assessment)
    assert {value for name, value in line.items() if "estimate" in name or "points" in name} == {""}


def test_another_team_finds_no_such_file() -> None:
    organisation, user = make_team("recruiter")
    _, stranger = make_team("owner")
    (one,) = make_cohort(organisation, [12])
    as_workbook(user, one.assessment)
    order = BuiltFile.objects.get()
    for name in ("file_page", "file_download"):
        assert signed_in(stranger).get(reverse(name, args=[order.public_id])).status_code == 404


def order_of(attempt: Attempt, user: User) -> BuiltFile:
    organisation = attempt.candidate.organisation
    assert organisation is not None
    return files.want_workbook(organisation=organisation, terms=files.Terms(attempt.assessment), by=user)


def test_a_file_that_waits_is_found_by_the_sweep_and_built_once() -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    order = order_of(one, user)
    assert files.waiting() == []
    BuiltFile.objects.update(wanted_at=order.wanted_at.replace(year=2020))
    assert files.waiting() == [order.pk]
    page = signed_in(user).get(reverse("file_page", args=[order.public_id])).content.decode()
    assert "takes longer than usual" in page
    tasks.build_file(order.pk)
    first = BuiltFile.objects.get()
    tasks.build_file(order.pk)
    assert BuiltFile.objects.get().built_at == first.built_at
    assert files.waiting() == []
    page = signed_in(user).get(reverse("file_page", args=[order.public_id])).content.decode()
    assert "hx-trigger" not in page
    assert reverse("file_download", args=[order.public_id]) in page
    files.forget_old()
    assert not BuiltFile.objects.exists()


@pytest.mark.parametrize(("error", "tries"), [(NotPossible("Not on this machine."), 1), (RuntimeError("x"), 3)])
def test_a_file_that_cannot_be_built_says_so(error: Exception, tries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation, user = make_team("recruiter")
    (one,) = make_cohort(organisation, [12])
    order = order_of(one, user)

    def fail(order: BuiltFile) -> tuple[str, bytes]:
        raise error

    monkeypatch.setitem(files.BUILDERS, FileKind.COHORT_XLSX, fail)
    for _ in range(tries):
        assert BuiltFile.objects.get().problem == ""
        tasks.build_file(order.pk)
    problem = BuiltFile.objects.get().problem
    assert problem
    page = signed_in(user).get(reverse("file_page", args=[order.public_id])).content.decode()
    assert problem in page
    assert signed_in(user).get(reverse("file_download", args=[order.public_id])).status_code == 404


def test_a_csv_takes_two_queries_more_for_500_people_more() -> None:
    organisation, user = make_team("recruiter")
    counts = []
    for people in (10, 900):
        (first, *_) = make_cohort(organisation, [at % 25 for at in range(people)])
        with CaptureQueriesContext(connection) as captured:
            assert len(as_csv(user, first.assessment)) == people
        counts.append(len(captured))
    assert counts[1] - counts[0] == 2
