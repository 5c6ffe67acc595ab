"""The recruiter's whole way: sign in, invite, read the list, open the report, withdraw."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import FilePayload, Page, expect

from accounts.models import Organisation, OutboxMail, User
from assessments.models import Assessment, Attempt, Invitation
from assessments.services.invite import link_of, send_invitation_mail
from tests.browser.conftest import OpenPage, Watch
from tests.browser.sitting import give, items_of, saved, start
from tests.factories import make_assessment, make_invitation, right_answer
from tests.walkthrough import Walkthrough


def sign_in_by_the_form(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill("a-long-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Candidates", level=1)).to_be_visible()


def test_from_the_sign_in_to_the_candidates_landing_page(
    page: Page, open_page: OpenPage, owner: User, assessment: Assessment, demo: None, verified: Callable[[User], None]
) -> None:
    verified(owner)
    sign_in_by_the_form(page, owner)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Assessments").click()
    page.get_by_role("link", name=assessment.title, exact=True).click()
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_label("Name").fill("Ada Example")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("A few words to them").fill("We look forward to it.")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Ada Example is invited.")).to_be_visible()
    invitation = Invitation.objects.get(candidate__email="ada@example.org")
    send_invitation_mail(invitation.pk)
    page.get_by_role("link", name="Outbox").click()
    page.get_by_role("link", name=re.compile("invites you")).click()
    expect(page.get_by_text("We look forward to it.")).to_be_visible()
    link = page.locator(".mail-body a").first.get_attribute("href")
    assert link == link_of(invitation)
    candidate = open_page()
    candidate.goto(link or "")
    expect(candidate.get_by_role("heading", name=assessment.title)).to_be_visible()
    expect(candidate.get_by_role("button", name="Start the clock")).to_be_visible()


def test_a_list_with_a_bad_row_is_previewed_and_only_the_good_ones_are_invited(
    sign_in: Callable[[User], Page], recruiter: User, assessment: Assessment
) -> None:
    page = sign_in(recruiter)
    page.goto(f"/assessments/{assessment.public_id}/invite/many/")
    rows = b"email,name\nada@example.org,Ada\nnot-an-address,Bert\ncleo@example.org,=HYPERLINK(1)\n"
    upload: FilePayload = {"name": "people.csv", "mimeType": "text/csv", "buffer": rows}
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_role("heading", name="2 of 3 can be invited")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="not-an-address")).to_contain_text("3")
    expect(page.get_by_role("cell", name="=HYPERLINK(1)")).to_be_visible()
    assert Invitation.objects.count() == 0
    page.get_by_role("button", name="Invite 2 people").click()
    expect(page.get_by_role("heading", name="Candidates", level=1)).to_be_visible()
    emails = Invitation.objects.values_list("candidate__email", flat=True)
    assert sorted(emails) == ["ada@example.org", "cleo@example.org"]
    assert OutboxMail.objects.count() == 0  # the workers send


def people(page: Page) -> list[str]:
    return page.locator("#candidates tbody th a").all_inner_texts()


def invite_three(organisation: Organisation, assessment: Assessment) -> None:
    for name in ("Ada", "Bert", "Cleo"):
        make_invitation(organisation, assessment, name=name, email=f"{name.lower()}@example.org")


def test_the_list_filters_and_sorts_in_place(
    sign_in: Callable[[User], Page], recruiter: User, organisation: Organisation, assessment: Assessment
) -> None:
    invite_three(organisation, assessment)
    other = make_assessment(organisation, title="Another one")
    make_invitation(organisation, other, name="Dora")
    page = sign_in(recruiter)
    page.goto("/candidates/")
    page.evaluate("() => { window.sameDocument = true; }")
    page.locator("#id_q").press_sequentially("bert")
    expect(page.locator("#candidates tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=bert"))
    page.locator("#id_q").fill("")
    expect(page.locator("#candidates tbody tr")).to_have_count(4)
    page.locator("#id_assessment").select_option(label=assessment.title)
    expect(page.locator("#candidates tbody tr")).to_have_count(3)
    expect(page.get_by_role("columnheader", name="Points")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Assessment")).to_have_count(0)
    page.locator("#sort-person").click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Person")
    assert people(page) in (["Ada", "Bert", "Cleo"], ["Cleo", "Bert", "Ada"])
    before = people(page)
    page.locator("#sort-person").click()
    expect(page.locator("#candidates tbody th a").first).to_have_text(before[-1])
    expect(page.locator("#sort-person")).to_be_focused()
    assert page.evaluate("() => window.sameDocument") is True
    # The address says all of it: reloading shows the same.
    page.reload()
    assert people(page) == before[::-1]
    page.go_back()
    expect(page.locator("#candidates tbody th a").first).to_have_text(before[0])


def test_the_list_filters_and_sorts_without_javascript(
    sign_in: Callable[..., Page], recruiter: User, organisation: Organisation, assessment: Assessment
) -> None:
    invite_three(organisation, assessment)
    page = sign_in(recruiter, java_script_enabled=False)
    page.goto("/candidates/")
    page.locator("#id_q").fill("bert")
    page.get_by_role("button", name="Show", exact=True).click()
    assert people(page) == ["Bert"]
    page.get_by_role("link", name="Show all").click()
    page.locator("#sort-person").click()
    first = people(page)
    page.locator("#sort-person").click()
    assert people(page) == first[::-1]
    assert sorted(first) == ["Ada", "Bert", "Cleo"]


def test_the_team_opens_a_report_and_the_answers_behind_it(
    sign_in: Callable[[User], Page], owner: User, invitation: Invitation, work: Callable[[int], None]
) -> None:
    story = Walkthrough(invitation).start().answer(1).answer(2, right=False).submit()
    page = sign_in(owner)
    page.goto(f"/reports/{story.attempt.public_id}/")
    expect(page.get_by_role("heading", name="The report is being prepared")).to_be_visible()
    work(story.attempt.pk)
    expect(page.get_by_role("heading", name="The report is being prepared")).to_have_count(0)
    page.goto("/candidates/")
    page.get_by_role("link", name="Candidate", exact=True).click()
    page.get_by_role("link", name="Read the report").click()
    expect(page.locator("#report")).to_contain_text("Drift")
    page.goto(f"/reports/{story.attempt.public_id}/answers/")
    expect(page.get_by_text("SENTINEL-KEY").first).to_be_visible()


def test_a_withdrawn_invitation_does_not_open(
    sign_in: Callable[[User], Page], open_page: OpenPage, watch: Watch, recruiter: User, invitation: Invitation
) -> None:
    watch.allow("status of 404")
    page = sign_in(recruiter)
    page.goto(f"/candidates/{invitation.public_id}/")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("heading", name="Invite again")).to_be_visible()
    candidate = open_page()
    candidate.goto(link_of(invitation))
    expect(candidate.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_more_time_granted_by_the_team_shows_on_the_candidates_page(
    sign_in: Callable[[User], Page], open_page: OpenPage, recruiter: User, invitation: Invitation
) -> None:
    candidate = open_page()
    attempt: Attempt = start(candidate, invitation)
    page = sign_in(recruiter)
    page.goto(f"/candidates/{invitation.public_id}/")
    page.get_by_label("Minutes").fill("20")
    page.locator("#id_reason").fill("Fire alarm")
    page.get_by_role("button", name="Add the time").click()
    expect(page.locator(".timeline")).to_contain_text("20")
    item = items_of(attempt)[0]
    give(candidate, attempt, item, right_answer(item))
    saved(candidate)
    expect(candidate.locator("#clock-left")).to_have_text(re.compile(r"^(50:00|49:\d\d)$"))
