"""Every page for every role: no accessibility violation in light and dark, and no sideways scrolling on a phone."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Organisation, User
from assessments.models import Assessment, Attempt, Invitation, RegradeKind
from assessments.services.invite import link_of, send_invitation_mail
from assessments.services.navigate import report_problem
from assessments.services.panel import open_panel, rate
from assessments.services.regrade import plan_regrade, work_on
from assessments.services.start import start_invited, start_self
from assessments.services.submit import submit_attempt
from question_bank.formats.base import Defaults
from question_bank.models import Question
from question_bank.services.imports import plan_import, start_import
from question_bank.services.lint import lint_stale
from question_bank.services.questions import VERSION_FIELDS, add_version, copy_question, move
from question_bank.services.review import add_comment, open_rechecks
from question_bank.states import Status
from reports.services.calibrate import begin_calibration, run_calibration
from tests.browser.conftest import DESK, PHONE, Watch
from tests.browser.sitting import item_of_type, start
from tests.factories import blueprint, make_assessment, make_attempt, make_invitation
from tests.walkthrough import Walkthrough

AXE = Path(__file__).resolve().parents[1] / "vendor/axe/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async ([where, options]) => (await axe.run(where ?? document, options)).violations.map(
    (one) => `${one.id}: ` + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | "))"""


WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll, .table-wrap"))
    .slice(0, 5).map((one) => one.cloneNode().outerHTML.slice(0, 120))"""


@functools.cache
def axe() -> str:
    return AXE.read_text()


def violations(page: Page, kind: str, values: list[str], where: str | None = None) -> list[str]:
    """What axe finds by rules or tags, on the whole page or inside an element."""
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(axe())
    options = {"resultTypes": ["violations"], "preload": False, "runOnly": {"type": kind, "values": values}}
    return list(page.evaluate(RUN, [where, options]))


class Looker:
    """Looks at pages and collects what is wrong, so that one run tells everything."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []

    def visit(self, *addresses: str) -> None:
        for address in addresses:
            self.page.goto(address)
            self.look(address)

    def look(self, name: str) -> None:
        page = self.page
        wrong = violations(page, "tag", TAGS)
        page.emulate_media(color_scheme="dark")
        wrong += [f"dark {one}" for one in violations(page, "rule", ["color-contrast"])]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            wrong.append(f"375 px: {wide} px too wide: {page.evaluate(WIDE)}")
        small = violations(page, "rule", ["target-size", "scrollable-region-focusable"])
        wrong += [f"375 px {one}" for one in small]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        self.found += [f"{name}: {one}" for one in wrong]

    def done(self) -> None:
        assert not self.found, "\n" + "\n".join(self.found)


@pytest.fixture
def finished(invitation: Invitation, work: Callable[[int], None]) -> Attempt:
    """A scored attempt with right, wrong, skipped and unseen questions, and its report."""
    story = Walkthrough(invitation).start()
    for position in (1, 2, 3, 4):
        story.see(position)
    story.answer(1).answer(2).answer(3, right=False).submit()
    work(story.attempt.pk)
    return story.attempt


def test_pages_that_need_no_account(page: Page, watch: Watch, bank: None) -> None:
    make_assessment(None, group="taster", open_to_all=True)
    watch.allow("status of 404")
    looker = Looker(page)
    looker.visit("/", "/about/", "/practice/", "/i/no-such-link/", "/no/such/page/")
    names = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done")
    looker.visit(*(reverse(name) for name in (*names, "account_email_verification_sent")))
    looker.done()


def test_refused_forms_say_so_accessibly(page: Page, watch: Watch, invitation: Invitation) -> None:
    watch.allow("status of 422")
    looker = Looker(page)
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".error-summary")).to_be_focused()
    looker.look("refused sign-in")
    page.goto(reverse("account_signup"))
    page.get_by_role("button", name="Sign up", exact=True).click()
    looker.look("refused sign-up")
    page.goto(link_of(invitation))
    page.locator(".start-form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Tick the box")).to_be_visible()
    looker.look("refused start")
    looker.done()


def test_the_candidates_pages(page: Page, invitation: Invitation, work: Callable[[int], None]) -> None:
    looker = Looker(page)
    looker.visit(link_of(invitation))
    attempt = start(page, invitation)
    base = f"/attempt/{attempt.public_id}/"
    for type in ("single_choice", "multiple_choice", "numeric"):
        looker.visit(f"{base}q/{item_of_type(attempt, type).position}/")
    page.get_by_text("Something wrong with this question?").click()
    looker.look("note on a question")
    looker.visit(f"{base}overview/")
    page.get_by_role("button", name="Hand in and finish").click()
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
    looker.look("receipt")
    looker.visit(f"{base}report/")
    work(attempt.pk)
    looker.visit(f"{base}report/", link_of(invitation), f"{base}report/share/")
    page.get_by_role("button", name="Make the page").click()
    looker.look("share your result")
    looker.visit(page.locator("#own-link").input_value())
    looker.done()


def test_a_long_assessment_with_sections_and_code(page: Page, organisation: Organisation, bank: None) -> None:
    sections = [
        {"title": "Warm-up", "blueprint": blueprint(("serving", None, 10)), "navigation": "one_way"},
        {"title": "The main part", "blueprint": blueprint(("drift", None, 10))},
    ]
    invitation = make_invitation(organisation, make_assessment(organisation, {"sections": sections}), message="Hello.")
    looker = Looker(page)
    looker.visit(link_of(invitation))
    attempt = start(page, invitation)
    version = attempt.items.get(position=1).question_version
    code = (
        "```python\n"
        + "model = registry.load('a_rather_long_model_name', version=17, stage='production')\n" * 3
        + "```"
    )
    table = "| metric | before | after |\n|---|---|---|\n| p95 latency in milliseconds | 41 | 388 |"
    type(version).objects.filter(pk=version.pk).update(stem=f"Look at this.\n\n{code}\n\n{table}\n\n`{'x' * 90}`")
    looker.visit(f"/attempt/{attempt.public_id}/q/1/")
    looker.done()


def test_the_recruiters_pages(
    sign_in: Callable[[User], Page],
    recruiter: User,
    finished: Attempt,
    assessment: Assessment,
    organisation: Organisation,
    watch: Watch,
) -> None:
    watch.allow("status of 404")  # the link that leads nowhere
    waiting = make_invitation(organisation, assessment, name="Somebody Waiting", message="Welcome.")
    send_invitation_mail(waiting.pk)
    make_assessment(None, group="core")
    looker = Looker(sign_in(recruiter))
    one = assessment.public_id
    scored = finished.invitation.public_id  # type: ignore[union-attr]
    looker.visit("/candidates/", f"/candidates/?assessment={one}", "/candidates/?q=nobody")
    looker.visit(
        f"/candidates/{scored}/", f"/candidates/{waiting.public_id}/", f"/candidates/{waiting.public_id}/revoke/"
    )
    looker.visit(
        "/assessments/", f"/assessments/{one}/", f"/assessments/{one}/invite/", f"/assessments/{one}/invite/many/"
    )
    looker.page.locator("textarea[name=people]").fill("a@example.org,A\nnot-an-address,B\na@example.org,A")
    looker.page.get_by_role("button", name="Look at the list").click()
    expect(looker.page.get_by_role("heading", name="1 of 3 can be invited")).to_be_visible()
    looker.look("preview of a list")
    make_attempt(organisation, assessment, name="Somebody Running")
    looker.visit("/live/", "/outages/", "/live/")
    for name in ("Open again or set aside", "More time or set aside"):
        looker.page.get_by_role("link", name=name).click()
        expect(looker.page.locator("summary", has_text=name)).to_be_visible()
    looker.look("the board with open forms")
    looker.visit(f"/reports/{finished.public_id}/", f"/cohorts/{one}/", f"/cohorts/{one}/?least=101")
    looker.visit(f"/cohorts/{one}/compare/?who={finished.public_id}", f"/candidates/{scored}/standing/")
    looker.visit(f"/reports/{finished.public_id}/links/")
    looker.page.get_by_role("button", name="Make the link").click()
    looker.look("a link to a report")
    looker.visit(looker.page.locator("input.link").input_value(), "/shared/no-such-link/")
    looker.visit(f"/cohorts/{one}/")
    looker.page.get_by_role("button", name="Excel workbook").click()
    expect(looker.page.get_by_role("heading", name="Results as a workbook")).to_be_visible()
    looker.look("a file that is being made")
    looker.done()


def test_the_owners_pages(
    sign_in: Callable[[User], Page], owner: User, finished: Attempt, assessment: Assessment, demo: None, settings: Any
) -> None:
    settings.OPEN_TEAMS = True
    send_invitation_mail(finished.invitation_id)  # type: ignore[arg-type]
    looker = Looker(sign_in(owner))
    one = assessment.public_id
    looker.visit("/team/", "/team/new/", "/team/stages/", "/outbox/")
    looker.page.locator("table a").first.click()
    looker.look("a mail")
    looker.visit("/assessments/new/", f"/assessments/{one}/edit/", f"/assessments/{one}/publish/")
    looker.visit(f"/reports/{finished.public_id}/answers/")
    looker.visit(
        reverse("mfa_index"), reverse("account_email"), reverse("account_change_password"), reverse("account_logout")
    )
    looker.done()


def test_the_pages_behind_figures_and_corrections(
    sign_in: Callable[[User], Page], owner: User, finished: Attempt, assessment: Assessment
) -> None:
    version = finished.items.get(position=1).question_version
    asked = version.question.public_id
    panel = open_panel(assessment=assessment, by=owner)
    rate(panel=panel, position=1, judge=owner, share=0.6)
    correction = plan_regrade(
        version=version,
        kind=RegradeKind.DROP,
        reason="Two options can be defended",
        by=owner,
        organisation=assessment.organisation,
    )
    looker = Looker(sign_in(owner))
    looker.visit("/corrections/", f"/corrections/of/{asked}/", f"/corrections/{correction.public_id}/")
    work_on(correction.pk)
    looker.visit(f"/corrections/{correction.public_id}/")
    looker.visit(f"/panels/{panel.public_id}/", f"/panels/{panel.public_id}/1/")
    looker.visit(f"/questions/{asked}/performance/", f"/assessments/{assessment.public_id}/precision/")
    looker.done()


def test_the_operators_page_of_a_calibration(sign_in: Callable[[User], Page], finished: Attempt) -> None:
    started = begin_calibration(reason="test")
    assert started is not None
    run_calibration(started.pk)
    looker = Looker(sign_in(User.objects.create_superuser("operator@example.org", "a-long-password")))
    looker.visit(reverse("admin:reports_calibration_moved", args=[started.pk]))
    looker.done()


def test_the_pages_of_somebody_without_a_team(
    sign_in: Callable[[User], Page], visitor: User, bank: None, work: Callable[[int], None]
) -> None:
    practice = make_assessment(None, group="taster", open_to_all=True)
    page = sign_in(visitor)
    looker = Looker(page)
    looker.visit("/practice/", "/practice/history/", f"/practice/{practice.public_id}/")
    page.locator("#id_consent").check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#sheet")).to_be_visible()
    for title in ("Once", "Again"):
        attempt = start_self(assessment=make_assessment(None, title=title, open_to_all=True), user=visitor).attempt
        submit_attempt(attempt=attempt)
        work(attempt.pk)
    looker.visit("/practice/", f"/attempt/{attempt.public_id}/report/", "/practice/history/")
    page.locator("summary").get_by_text("The figures as a table").first.click()
    looker.look("own results over time as a table")
    looker.done()


def test_the_authors_preview(sign_in: Callable[[User], Page], author: User, bank: None) -> None:
    looker = Looker(sign_in(author))
    for type in ("single_choice", "multiple_choice", "numeric"):
        question = Question.objects.filter(current__type=type).first()
        assert question is not None
        address = f"/bank/questions/{question.public_id}/preview/"
        looker.visit(address, f"{address}?key=1")
    looker.done()


def test_the_authors_admin(
    sign_in: Callable[[User], Page], author: User, bank: None, organisation: Organisation
) -> None:
    question = Question.objects.filter(current__type="single_choice").first()
    assert question is not None
    question.organisation = organisation
    question.save(update_fields=["organisation"])
    looker = Looker(sign_in(author))
    looker.visit(*(reverse(f"admin:{name}") for name in ("index", "question_bank_question_changelist")))
    looker.visit(reverse("admin:question_bank_question_add"))
    names = ("change", "versions", "review")
    looker.visit(*(reverse(f"admin:question_bank_question_{name}", args=[question.pk]) for name in names))
    looker.visit(*(reverse(f"admin:question_bank_questionimport_{name}") for name in ("changelist", "add")))
    file = start_import(
        organisation=organisation, by=author, name="a.csv", data=b"id,stem,key,option_1,option_2\na,Which?,1,one,two\n",
        format="", defaults=Defaults(skill="serving"),
    )  # fmt: skip
    plan_import(file.pk)
    looker.visit(reverse("admin:question_bank_questionimport_change", args=[file.pk]))
    looker.done()


def test_looking_at_questions_together(
    sign_in: Callable[[User], Page], author: User, reviewer: User, invitation: Invitation, organisation: Organisation
) -> None:
    """The queue with one of everything, the review of a question, two versions side by side, a report, the health."""
    report = report_problem(attempt=start_invited(invitation=invitation).attempt, position=1, text="It has no answer.")
    question = copy_question(question=report.item.question_version.question, organisation=organisation, by=author)
    version = question.versions.get()
    content = {name: getattr(version, name) for name in VERSION_FIELDS} | {"stem": "Which of these is not **so**?"}
    add_version(question=question, content=content, topic=version.topic, author=author)
    add_comment(version=version, author=reviewer, text="Which of them?")
    move(question=question, to=Status.IN_REVIEW, by=author)
    lint_stale()
    open_rechecks(datetime.date(2040, 1, 1))
    looker = Looker(sign_in(author))
    looker.visit(*(reverse(f"admin:question_bank_question_{name}") for name in ("queue", "health")))
    looker.visit(reverse("admin:question_bank_question_health") + "?owner=library")
    looker.visit(reverse("admin:question_bank_question_review", args=[question.pk]))
    looker.visit(reverse("question_compare", args=[question.public_id]) + "?old=1&new=2")
    looker.visit(reverse("admin:assessments_problemreport_change", args=[report.pk]))
    looker.done()
