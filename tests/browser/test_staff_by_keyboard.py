"""The main way of staff by keyboard alone: sign in, invite, watch, give more time, read the report."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from assessments.models import Assessment, Invitation
from tests.browser.test_taking import tab_to
from tests.walkthrough import Walkthrough


def reach(page: Page, wanted: Locator) -> None:
    """Tab to an element; whatever has the focus on the way must show it."""
    wanted.evaluate("(element) => element.setAttribute('data-wanted', '')")
    tab_to(page, "[data-wanted]", most=100)
    wanted.evaluate("(element) => element.removeAttribute('data-wanted')")


def follow(page: Page, name: str, within: Locator | None = None) -> None:
    reach(page, (within or page.locator("main")).get_by_role("link", name=name, exact=True))
    page.keyboard.press("Enter")


def fill(page: Page, label: str, text: str) -> None:
    reach(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def test_from_the_sign_in_to_the_report(
    page: Page,
    recruiter: User,
    assessment: Assessment,
    verified: Callable[[User], None],
    work: Callable[[int], None],
) -> None:
    verified(recruiter)
    main_way = page.get_by_role("navigation", name="Main")
    page.goto("/")
    follow(page, "Sign in", page.get_by_role("banner"))
    fill(page, "E-mail address", recruiter.email)
    fill(page, "Password", "a-long-password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Candidates", level=1)).to_be_visible()

    follow(page, "Assessments", main_way)
    expect(page.get_by_role("heading", name="Assessments", level=1)).to_be_visible()
    follow(page, assessment.title)
    expect(page.get_by_role("heading", name=assessment.title, level=1)).to_be_visible()
    follow(page, "Invite")
    expect(page.get_by_role("heading", name=f"Invite to {assessment.title}")).to_be_visible()
    reach(page, page.get_by_label("Name"))
    page.keyboard.type("Ada Example")
    fill(page, "E-mail address", "ada@example.org")
    reach(page, page.get_by_role("button", name="Invite", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ada Example is invited.")).to_be_visible()

    sitting = Walkthrough(Invitation.objects.get(candidate__email="ada@example.org")).start().answer(1)
    follow(page, "Live", main_way)
    expect(page.get_by_role("heading", name="Live", level=1)).to_be_visible()
    row = page.locator(".acts", has_text="Ada Example")
    reach(page, row.get_by_role("link"))
    page.keyboard.press("Enter")
    expect(row.get_by_label("Reason (the candidate sees it)")).to_be_focused()
    page.keyboard.type("The fire alarm")
    reach(page, row.get_by_role("button", name="Give the time"))
    page.keyboard.press("Space")
    expect(page.locator(".messages")).to_contain_text("Ada Example got 10 more minutes")
    assert sitting.attempt.extensions.get().reason == "The fire alarm"

    sitting.submit()
    work(sitting.attempt.pk)
    expect(page.get_by_role("heading", name="Ended in the last hour")).to_be_visible()
    follow(page, "Ada Example")
    expect(page.get_by_role("heading", name="Ada Example", level=1)).to_be_visible()
    follow(page, "Read the report")
    expect(page).to_have_url(re.compile(f"/reports/{sitting.attempt.public_id}/$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
