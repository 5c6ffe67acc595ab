"""Texts that people type are shown as they typed them, on every page, and never run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organisation, User
from assessments.models import Assessment, Candidate, Invitation
from assessments.services.invite import link_of, send_invitation_mail
from question_bank.models import Question, QuestionVersion
from tests.browser.conftest import OpenPage
from tests.browser.sitting import NEXT, at_question
from tests.factories import make_assessment, make_invitation
from tests.walkthrough import Walkthrough

RUN = "document.title='RAN';alert(1)"
SCRIPT = f"<script>{RUN}</script>"
IMAGE = f'"><img src=x onerror="{RUN}">'
SVG = f"<svg onload={RUN}>"
BRACES = "{{7*7}}{% now 'Y' %}${7*7}"
QUOTES = "'-alert(1)-'\"`</title></textarea></style>"
HOSTILE = " ".join((SCRIPT, IMAGE, SVG, BRACES, QUOTES))
LINK = f"[click](javascript:{RUN}) <a href='javascript:alert(1)'>x</a> ![p](x onerror=alert(1))"
EMAIL = '"<img/src=x/onerror=alert(1)>"@example.org'


@pytest.fixture
def hostile_invitation(organisation: Organisation, bank: None) -> Invitation:
    """Everything that somebody can type holds something that wants to run."""
    Organisation.objects.filter(pk=organisation.pk).update(name=f"Team {SCRIPT}", is_demo=True)
    organisation.refresh_from_db()
    blocks = f"{HOSTILE}\n\n{LINK}\n\n```{SCRIPT}\n{HOSTILE}\n```\n\n| {SCRIPT} |\n|---|\n| {IMAGE} |"
    for version in QuestionVersion.objects.all():
        payload = version.payload
        for option in payload.get("options", []):
            option["text"] += f" {HOSTILE} {LINK}"
            option["rationale"] += f" {HOSTILE}"
        if "unit" in payload:
            payload["unit"] = "<svg/onload=x>"
        QuestionVersion.objects.filter(pk=version.pk).update(
            stem=f"{version.stem}\n\n{blocks}",
            payload=payload,
            explanation=HOSTILE,
            interview_follow_up=HOSTILE,
        )
    assessment = make_assessment(organisation, title=f"Title {IMAGE}"[:120], summary=HOSTILE[:500])
    return make_invitation(organisation, assessment, name=f"Name {HOSTILE}"[:150], email=EMAIL, message=HOSTILE)


def unharmed(page: Page, *texts: str) -> None:
    """Nothing ran, nothing became an element, and what was typed can be read."""
    body = page.locator("body").inner_text()
    for text in texts:
        assert text in body, f"{text} is not on {page.url}"
    assert page.title() != "RAN"
    found = page.evaluate("""() => [...document.querySelectorAll("main *")].filter((one) =>
        [...one.attributes].some((a) => /^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value))
        || (one.tagName === "IMG" && !one.getAttribute("src").startsWith("/"))
        || one.tagName === "SCRIPT" && one.textContent.includes("RAN")).map((one) => one.outerHTML)""")
    assert found == [], page.url


def test_a_candidate_sees_hostile_texts_as_texts(
    page: Page, hostile_invitation: Invitation, work: Callable[[int], None]
) -> None:
    page.goto(link_of(hostile_invitation))
    unharmed(page, SCRIPT, BRACES, SVG, 'Title "><img src=x')
    page.locator("#id_consent").check()
    page.get_by_role("button", name="Start").click()
    at_question(page, 1)
    attempt = hostile_invitation.attempts.get()
    for position in range(1, 7):
        if position > 1:
            page.locator(NEXT).click()  # swapped by htmx, which would run scripts if it found some
            at_question(page, position)
        unharmed(page, SCRIPT, SVG, BRACES)
    page.goto(f"/attempt/{attempt.public_id}/overview/")
    unharmed(page)
    page.get_by_role("button", name="Hand in and finish").click()
    expect(page.get_by_role("heading", name="Handed in. Thank you.")).to_be_visible()
    unharmed(page)
    work(attempt.pk)
    page.get_by_role("link", name="Open my report").click()
    expect(page.locator("#report")).to_contain_text("Serving")
    unharmed(page, 'Title "><img src=x')


def test_the_team_sees_hostile_texts_as_texts(
    sign_in: Callable[[User], Page],
    owner: User,
    hostile_invitation: Invitation,
    work: Callable[[int], None],
    demo: None,
) -> None:
    send_invitation_mail(hostile_invitation.pk)
    story = Walkthrough(hostile_invitation).start().answer(1).answer(2, right=False).submit()
    work(story.attempt.pk)
    assessment: Assessment = hostile_invitation.assessment
    page = sign_in(owner)
    page.goto("/candidates/")
    unharmed(page, f"Name {SCRIPT}", EMAIL)
    page.locator("#id_q").fill(SCRIPT)  # the part that htmx swaps
    expect(page.locator("#candidates tbody tr")).to_have_count(1)
    unharmed(page, f"Name {SCRIPT}")
    for address in (
        f"/candidates/?assessment={assessment.public_id}",
        f"/candidates/{hostile_invitation.public_id}/",
        "/assessments/",
        f"/assessments/{assessment.public_id}/",
        f"/assessments/{assessment.public_id}/edit/",
        f"/assessments/{assessment.public_id}/invite/",
        f"/reports/{story.attempt.public_id}/",
        f"/reports/{story.attempt.public_id}/answers/",
        "/team/",
        "/outbox/",
    ):
        page.goto(address)
        unharmed(page)
    page.goto(f"/reports/{story.attempt.public_id}/answers/")
    unharmed(page, SCRIPT, SVG, BRACES)
    page.goto("/outbox/")
    page.locator("main table a").first.click()
    unharmed(page, SCRIPT, BRACES, SVG)
    page.goto(f"/assessments/{assessment.public_id}/invite/many/")
    page.locator("textarea[name=people]").fill(f'ada@example.org,"{SCRIPT}"\n{SVG},"{SVG}"')
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_role("heading", name="1 of 2 can be invited")).to_be_visible()
    unharmed(page, SCRIPT, SVG)


def test_an_author_sees_hostile_texts_as_texts(
    sign_in: Callable[[User], Page], author: User, hostile_invitation: Invitation, organisation: Organisation
) -> None:
    Question.objects.update(organisation=organisation)
    page = sign_in(author)
    page.goto("/admin/")
    unharmed(page)
    page.goto("/admin/question_bank/question/")
    unharmed(page)
    for type in ("single_choice", "numeric"):
        question = Question.objects.filter(current__type=type).first()
        assert question is not None
        page.goto(f"/bank/questions/{question.public_id}/preview/?key=1")
        unharmed(page, SCRIPT, SVG, BRACES)
        for name in ("change", "versions"):
            page.goto(f"/admin/question_bank/question/{question.pk}/{name}/")
            unharmed(page)


def test_a_name_that_a_candidate_types_is_shown_to_the_team_as_typed(
    open_page: OpenPage, sign_in: Callable[[User], Page], recruiter: User, invitation: Invitation
) -> None:
    Candidate.objects.update(name="")
    candidate = open_page()
    candidate.goto(link_of(invitation))
    candidate.locator("#id_name").fill(SCRIPT)
    candidate.locator("#id_consent").check()
    candidate.get_by_role("button", name="Start").click()
    at_question(candidate, 1)
    page = sign_in(recruiter)
    page.goto("/candidates/")
    unharmed(page, SCRIPT)
