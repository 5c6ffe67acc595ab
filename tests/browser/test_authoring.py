"""The author's whole way: write, preview, submit; somebody else releases; the next version waits for them again."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.models import Membership, Organisation, User
from accounts.roles import Role
from question_bank.models import Question
from tests.browser.conftest import OpenPage
from tests.factories import make_member, make_skill

OPTIONS = (("Canary release", "A small share goes first."), ("Shadow deployment", "Its answers reach nobody."))


def write(page: Page) -> None:
    page.get_by_label("Topic", exact=True).select_option(label="topic 1")
    page.get_by_label("Expected seconds").fill("45")
    page.get_by_label("Question", exact=True).fill("Which release lets **few** users try it first?")
    for number, (text, why) in enumerate(OPTIONS):
        page.locator(f"#id_option-{number}-text").fill(text)
        page.locator(f"#id_option-{number}-rationale").fill(why)
    page.locator("#id_option-0-correct").check()
    page.get_by_label("Explanation").fill("A canary takes a small share of the traffic.")


def state(page: Page) -> str:
    return page.locator(".qa-side .qa-badge").first.inner_text().lower()


def test_a_question_is_written_previewed_reviewed_released_and_changed(
    page: Page,
    open_page: OpenPage,
    sign_in: Callable[[User], Page],
    verified: Callable[[User], None],
    author: User,
    organisation: Organisation,
) -> None:
    make_skill("deployment")
    verified(author)
    page.goto("/admin/")  # the sign-in of the product comes first, and leads back here
    page.get_by_label("E-mail address").fill(author.email)
    page.get_by_label("Password", exact=True).fill("a-long-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Write a question").first.click()
    write(page)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview as it stands here").click()
    preview = opened.value
    expect(preview.locator(".stem strong")).to_have_text("few")
    expect(preview.get_by_text("Shadow deployment")).to_be_visible()
    assert "Its answers reach nobody" not in preview.content()
    preview.close()
    assert Question.objects.count() == 0
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_role("button", name="Submit for review")).to_have_count(0)
    assert state(page) == "in review"
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_count(0)

    question = Question.objects.get()
    address = f"/admin/question_bank/question/{question.pk}/change/"
    second = sign_in(make_member(organisation, Role.REVIEWER))
    second.goto(address)
    second.get_by_role("button", name="Release", exact=True).click()
    expect(second.get_by_text("This question is now live.")).to_be_visible()

    page.goto(address)
    page.get_by_label("Question", exact=True).fill("Which release lets a **few** users try it first?")
    page.get_by_label("Why this change").fill("Wording")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    page.get_by_role("link", name="Versions", exact=True).click()
    expect(page.get_by_role("heading", name="From version 1 to version 2")).to_be_visible()
    expect(page.locator(".qa-added")).to_contain_text("lets a **few** users")
    question.refresh_from_db()
    assert question.current is not None
    assert (question.status, question.current.number) == ("live", 1)
    second.goto(address)
    second.get_by_role("button", name="Release version 2").click()
    expect(second.get_by_role("button", name="Release version 2")).to_have_count(0)
    question.refresh_from_db()
    assert question.current.number == 2


def test_nobody_releases_what_they_wrote(
    sign_in: Callable[[User], Page], author: User, organisation: Organisation
) -> None:
    Membership.objects.filter(user=author).update(role=Role.OWNER)
    make_skill("deployment")
    page = sign_in(author)
    page.goto("/admin/question_bank/question/add/")
    write(page)
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Submit for review").click()
    button = page.get_by_role("button", name="Release", exact=True)
    expect(button).to_be_disabled()
    expect(page.get_by_text("Somebody else has to release what you wrote.").first).to_be_visible()


def test_rows_and_types_change_without_losing_what_was_typed(sign_in: Callable[[User], Page], author: User) -> None:
    make_skill("deployment")
    page = sign_in(author)
    page.goto("/admin/question_bank/question/add/")
    write(page)
    before = page.locator("[name^=option-][name$=-text]:visible").count()
    page.get_by_role("button", name="More options").click()
    expect(page.locator("[name^=option-][name$=-text]:visible")).to_have_count(before + 1)
    expect(page.locator(f"#id_option-{before}-text")).to_be_focused()
    page.get_by_label("Question type").select_option("numeric")
    expect(page.get_by_label(re.compile("^Tolerance"))).to_be_visible()
    expect(page.get_by_label("Question", exact=True)).to_have_value(re.compile(r"\*\*few\*\*"))
    expect(page.get_by_label("Expected seconds")).to_have_value("45")
