"""No page, file, mail or reply of the API shows an estimate without its range and n; without data all are provisional.

Walks every address that somebody gets into, and in depth those that show figures. What counts as a figure, and what
it needs, is in `tests/honest.py`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, OutboxMail, User
from assessments.models import Assessment, Attempt, RegradeKind
from assessments.services.invite import send_invitation_mail
from assessments.services.panel import close_panel, open_panel, rate
from assessments.services.regrade import carry_out, plan_regrade, work_on
from question_bank.models import QuestionVersion
from question_bank.types import TYPES
from reports.access import sections_for_team
from reports.cohort import Terms
from reports.models import BuiltFile, Calibration, ItemParameters, ReportFigure, ShareKind, SkillReport
from reports.services.build import build_report
from reports.services.calibrate import begin_calibration, run_calibration
from reports.services.files import build_file, want_workbook
from reports.services.item_bank import prior_of
from reports.services.share import publish_result, share, token_of
from tests.factories import blueprint, make_invitation, make_question, make_skill, make_user, sample_payload
from tests.factories import make_assessment as make_plain_assessment
from tests.honest import NO_ESTIMATE, Page, in_estimate, in_json, in_table, in_text
from tests.reports.cohorts import make_cohort
from tests.reports.factories import everything, in_turn, make_assessment, make_scored, make_team
from tests.reports.test_history import taken
from tests.reports.test_pages import candidate_of, signed_in
from tests.test_permissions import EVERYBODY, TABLE, World, browser_of, world  # noqa: F401 - fixtures
from tests.walkthrough import Walkthrough

pytestmark = pytest.mark.django_db

MIXED = in_turn("right", "right", "partly", "wrong", "skipped", "not_reached")


@dataclass
class Team:
    """A team with results of everybody, and one person who assesses himself."""

    owner: User
    assessment: Assessment
    attempts: list[Attempt]
    visitor: User
    provisional: bool

    @property
    def report(self) -> SkillReport:
        return self.attempts[0].reports.get()


@pytest.fixture(params=["no data", "calibrated"])
def team(request: pytest.FixtureRequest) -> Team:
    organisation, owner = make_team()
    assessment = make_assessment(organisation, 2, 12, cut={"share": 0.6}, retake_after_days=0, tell_changes=True)
    calibrated = request.param == "calibrated"
    if calibrated:
        calibrate_everything()
        make_cohort(organisation, [n % 25 for n in range(120)], assessment=assessment)
        ReportFigure.objects.update(provisional=False)
    attempts = [make_scored(assessment, plan) for plan in (MIXED, everything("right"), everything("not_reached"))]
    for attempt in attempts:
        build_report(attempt.score_id)
    Assessment.objects.filter(pk=assessment.pk).update(open_to_all=True)
    assessment.refresh_from_db()
    visitor = make_user("visitor@example.org")
    for what in ("wrong", "right"):
        taken(visitor, assessment, what)
    return Team(owner, assessment, attempts, visitor, provisional=not calibrated)


def calibrate_everything() -> None:
    """As if each question had been answered by 200 people."""
    calibration = Calibration.objects.create(number=1, reason="by hand", finished_at=timezone.now(), persons=200)
    for version in QuestionVersion.objects.select_related("question__skill"):
        item = prior_of(version)
        ItemParameters.objects.create(
            calibration=calibration,
            version=version,
            skill=version.question.skill,
            log_slope=item.log_slope,
            difficulty=item.difficulty,
            log_slope_sd=0.1,
            difficulty_sd=0.1,
            correlation=0.0,
            chance=item.chance,
            n=200,
            infit=1.1,
            outfit=1.2,
        )


def shown(client: Client, address: str, *, provisional: bool, figures: bool = True) -> str:
    """The page, once nothing is wrong with it; ``figures``: it has to show some, else the walk proves nothing."""
    reply = client.get(address)
    assert reply.status_code == 200, address
    source: str = reply.content.decode()
    page = Page(source, provisional=provisional)
    assert not page.wrong, "\n".join([address, *page.wrong])
    assert page.estimates or not figures, f"{address}: no figure was found"
    return source


def test_every_page_with_figures_shows_them_whole(team: Team) -> None:
    one, other, _ = team.attempts
    assert one.invitation is not None
    panel = open_panel(assessment=team.assessment, by=team.owner)
    links = [share(report=team.report, kind=kind, days=7, note="", by=team.owner) for kind in ShareKind.values[:2]]
    result = publish_result(report=team.report)
    question = one.items.get(position=1).question_version.question
    owner, candidate, visitor = signed_in(team.owner), candidate_of(one), signed_in(team.visitor)
    cohort, who = reverse("cohort", args=[team.assessment.public_id]), f"who={one.public_id}&who={other.public_id}"
    pages = [
        *((owner, reverse("report_for_team", args=[attempt.public_id])) for attempt in team.attempts),
        (owner, reverse("candidacy", args=[one.invitation.public_id])),
        *((owner, cohort + query) for query in ("", "?least=10&by=low", "?sort=-overall")),
        (owner, reverse("compare", args=[team.assessment.public_id]) + "?" + who),
        (owner, reverse("assessment_precision", args=[team.assessment.public_id])),
        (owner, reverse("question_performance", args=[question.public_id])),
        (candidate, reverse("candidate_report", args=[one.public_id])),
        (visitor, reverse("self_list")),
        (visitor, reverse("own_history")),
        *((Client(), reverse("shared_report", args=[token_of(link)])) for link in links),
        (Client(), reverse("result_page", args=[token_of(result)])),
    ]
    for client, address in pages:
        shown(client, address, provisional=team.provisional)
    for judge, rating in ((team.owner, 0.5), (make_team()[1], 0.7)):
        for asked in panel.questions.all():
            rate(panel=panel, position=asked.position, judge=judge, share=rating)
    address = reverse("panel", args=[panel.public_id])
    shown(owner, address, provisional=team.provisional)
    close_panel(panel=panel, by=team.owner)
    shown(owner, address, provisional=team.provisional)
    shown(owner, reverse("assessment_detail", args=[team.assessment.public_id]), provisional=team.provisional)


def test_what_a_calibration_moved_and_what_drifts_stand_with_their_ranges(team: Team) -> None:
    calibration = run(begin_calibration(reason="test"))
    row = calibration.items.all()[0]
    calibration.items.filter(pk=row.pk).update(observed=0.9, expected=0.6, shift_sd=0.05, since_n=80)
    operator = signed_in(User.objects.create_superuser("operator@example.org", "a-long-password"))
    address = reverse("admin:reports_calibration_moved", args=[calibration.pk])
    page = shown(operator, address, provisional=team.provisional)
    assert "easier than expected" in page
    question = row.version.question
    page = shown(signed_in(team.owner), reverse("question_performance", args=[question.public_id]), provisional=True)
    assert "Easier than expected" in page
    shown(operator, reverse("admin:reports_calibration_changelist"), provisional=True, figures=False)


def run(calibration: Calibration | None) -> Calibration:
    assert calibration is not None
    run_calibration(calibration.pk)
    return calibration


def test_without_data_nobody_passes_or_has_a_percentile_and_with_data_both_say_how_sure(team: Team) -> None:
    page = shown(
        signed_in(team.owner),
        reverse("report_for_team", args=[team.attempts[1].public_id]),
        provisional=team.provisional,
    )
    assert bool(re.search(r"Percentile \d", page)) is not team.provisional
    assert (">Not decided</span>" in page) is team.provisional
    assert (">Pass</span>" in page) is not team.provisional
    assert (
        ReportFigure.objects.filter(report__attempt=team.attempts[1], verdict="pass").exists() is not team.provisional
    )


def test_the_page_behind_the_pdf_shows_figures_whole(team: Team) -> None:
    attempt = team.attempts[0]
    context = {"report": team.report, "attempt": attempt, "candidate": attempt.candidate, "audience": "team"}
    source = render_to_string("reports/pdf.html", context | {"sections": sections_for_team(team.report)})
    page = Page(source, provisional=team.provisional)
    assert not page.wrong, "\n".join(page.wrong)
    assert page.estimates > 4


def test_files_for_other_programs_hold_figures_whole(team: Team) -> None:
    owner = signed_in(team.owner)
    reply = owner.post(reverse("cohort_export", args=[team.assessment.public_id]), {"format": "csv"})
    text = b"".join(reply.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > 3
    assert in_table(rows) == []
    assert team.assessment.organisation is not None
    order = want_workbook(organisation=team.assessment.organisation, terms=Terms(team.assessment), by=team.owner)
    build_file(order.pk)
    order = BuiltFile.objects.get(pk=order.pk)
    sheet: Any = openpyxl.load_workbook(io.BytesIO(order.content or b""))["Results"]
    assert in_table([list(row) for row in sheet.iter_rows(values_only=True)]) == []
    labels = [row for row in csv.DictReader(io.StringIO(text, newline="")) if row["overall estimate"]]
    assert {row["overall provisional"] for row in labels} == {"yes" if team.provisional else "no"}


def test_replies_of_the_api_hold_figures_whole(team: Team) -> None:
    owner, one = signed_in(team.owner), team.attempts[0]
    assert one.invitation is not None
    listed = owner.get(reverse("api_invitations"), {"assessment": str(team.assessment.public_id)}).json()
    single = owner.get(reverse("api_invitation", args=[one.invitation.public_id])).json()
    own = candidate_of(one).get(reverse("own_data", args=[one.public_id])).json()
    assert in_json(listed) + in_json(single) + in_json(own) == []
    figure = ReportFigure.objects.get(report=team.report, skill=None)
    assert single["result"]["value"] == figure.estimate
    assert single["result"]["provisional"] is team.provisional
    assert any(row["result"] for row in listed["results"])
    assert own["report"]


def test_mails_tell_counts_and_no_bare_figures(team: Team, settings: Any) -> None:
    settings.EMAIL_BACKEND = "accounts.mail.OutboxBackend"
    one = team.attempts[0]
    assert one.invitation is not None
    send_invitation_mail(one.invitation.pk)
    correction = plan_regrade(
        version=one.items.get(position=4).question_version,
        kind=RegradeKind.FULL,
        reason="Two options can be defended",
        by=team.owner,
        organisation=team.assessment.organisation,
    )
    work_on(correction.pk)
    shown(signed_in(team.owner), reverse("regrade", args=[correction.public_id]), provisional=True, figures=False)
    carry_out(regrade=correction)
    work_on(correction.pk)
    mails = list(OutboxMail.objects.values_list("subject", "body"))
    assert any("Before:" in body for _, body in mails), mails
    assert [wrong for mail in mails for text in mail for wrong in in_text(text, provisional=team.provisional)] == []


@override_settings(DEMO=True)
def test_no_address_at_all_shows_a_bare_figure(
    world: World,  # noqa: F811
    browser_of: Callable[[str], Client],  # noqa: F811
    subtests: pytest.Subtests,
) -> None:
    pages = 0
    for name, (method, arguments, allowed) in TABLE.items():
        for who in (one for one in EVERYBODY if one in allowed and method == "get"):
            with subtests.test(f"{name} for {who}"):
                reply = browser_of(who).get(reverse(name, args=world.args[arguments]))
                kind = reply.headers.get("Content-Type", "").split(";")[0]
                wrong = []
                if kind == "text/html" and reply.status_code == 200:
                    wrong = Page(reply.content.decode(), provisional=True).wrong
                    pages += 1
                elif kind == "application/json":
                    wrong = in_json(reply.json())
                assert not wrong, "\n".join(wrong)
    assert pages > 50


def test_numbers_in_the_words_of_a_question_are_no_figures_whatever_is_drawn(
    assessment: Assessment, owner: User, subtests: pytest.Subtests
) -> None:
    """Each sample of each type on the pages that show questions; the walk above sees only what its draw brings."""
    skill = make_skill("samples")
    samples = [(slug, number) for slug, known in TYPES.items() for number in range(len(known.samples()))]
    panel = open_panel(assessment=assessment, by=owner)
    client = signed_in(owner)
    for slug, number in samples:
        question = make_question(skill, 1, type=slug, payload=sample_payload(slug, number))
        panel.questions.filter(position=1).update(version=question.current)
        for address in (
            reverse("panel_question", args=[panel.public_id, 1]),
            reverse("question_preview", args=[question.public_id]) + "?key=1",
        ):
            with subtests.test(f"{slug} {number}: {address}"):
                shown(client, address, provisional=True, figures=False)


@pytest.mark.parametrize("slug", TYPES)
def test_numbers_in_the_words_of_a_question_in_an_attempt_are_no_figures(
    organisation: Organisation, slug: str, bank: None
) -> None:
    make_question(make_skill("asked"), 1, type=slug)
    definition = {"sections": [{"blueprint": blueprint(("asked", None, 1))}]}
    sitting = Walkthrough(make_invitation(organisation, make_plain_assessment(organisation, definition))).start()
    address = reverse("attempt_question", args=[sitting.attempt.public_id, 1])
    shown(candidate_of(sitting.attempt), address, provisional=True, figures=False)


# --- the walk itself can fail ----------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["62 %", "<b>62 %</b> (45–77 %)", "62 % (45–77 %)", "n 12: 62 %", "±14 points", "Percentile 62", "by 5–20 % more"],
)
def test_a_bare_figure_is_found(words: str) -> None:
    assert Page(f"<p>{words}</p>", provisional=False).wrong
    assert Page(f"<svg><title>{words}</title></svg>", provisional=False).wrong
    assert Page(f"<p aria-label='{re.sub('<[^>]*>', '', words)}'>x</p>", provisional=False).wrong


def test_a_marked_element_must_hold_range_and_count() -> None:
    whole = "62 % 45–77 % n 12"
    assert in_estimate(whole, provisional=False) == []
    assert in_estimate(whole, provisional=True)
    assert in_estimate("62 % n 12", provisional=False)
    assert in_estimate("62 % 45–77 %", provisional=False)
    assert Page("<p data-estimate>62 %</p>", provisional=False).wrong
    assert Page("<p data-number='whatever'>62 %</p>", provisional=False).wrong
    assert not any(Page(f"<p data-number='{kind}'>62 %</p>", provisional=True).wrong for kind in NO_ESTIMATE)


def test_a_whole_figure_in_words_passes_and_must_be_called_provisional_where_it_is() -> None:
    assert in_text("62 % (45–77 %), n 12, at the level of a 90 % range", provisional=False) == []
    assert in_text("62 % (45–77 %), n 12", provisional=True)
    assert in_text("62 % (45–77 %), n 12, provisional", provisional=True) == []


def test_a_bare_value_in_json_and_in_a_table_is_found() -> None:
    assert in_json({"results": [{"value": 0.5}]})
    assert in_json({"value": 0.5, "low": 0.2, "high": 0.7, "n": 12})
    assert in_json({"provisional": True, "skills": [{"value": 0.5, "low": 0.2, "high": 0.7, "n": 12}]}) == []
    assert in_table([["overall estimate", "overall low"], [0.5, 0.2]])
