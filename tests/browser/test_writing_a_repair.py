"""A configuration repair from nothing to live, by fields alone: write, try, lint, review, pilot, release."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from accounts.models import Organisation, User
from accounts.roles import Role
from question_bank.models import Question
from question_bank.types import TYPES
from tests.browser.test_every_page import Looker
from tests.factories import make_member, make_question, make_skill

ADD = "/admin/question_bank/question/add/"
START = "services:\n  model:\n    image: registry.example.org/model:latest\n    mem_limit: 256m\n"
SOLUTION = (
    "services:\n  model:\n    image: registry.example.org/model:1.4\n    mem_limit: 2g\n    restart: on-failure\n"
)
EXPLANATION = (
    "The tag latest names another image after each push, so what runs cannot be known; a server without a restart "
    "policy stays down after its first crash."
)


def editor(page: Page, label: str) -> Locator:
    return page.locator(".qa-field", has=page.locator("label", has_text=label)).locator(".cm-content")


def write_file(page: Page, label: str, text: str) -> None:
    editor(page, label).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def check(page: Page, number: int) -> Locator:
    return page.locator("[data-row]", has=page.locator("legend", has_text=f"Check {number}"))


def write_check(page: Page, number: int, words: str, query: str, test: str = "", value: str = "") -> None:
    row = check(page, number)
    row.get_by_label("What has to hold, in words").fill(words)
    row.get_by_label("Where to look").fill(query)
    if test:
        row.get_by_label("What is found there").select_option(label=test)
        row.get_by_label("This", exact=True).fill(value)


def begin(page: Page) -> None:
    page.get_by_label("Topic", exact=True).select_option(label="topic 1")
    page.get_by_label("Question type").select_option(label="Configuration repair")
    expect(page.get_by_label("Kind of file")).to_be_visible()
    page.get_by_label("Expected seconds").fill("240")
    page.get_by_label("Question", exact=True).fill("The model server must come back by itself. Mend its compose file.")
    page.get_by_label("Name of the file").fill("compose.yaml")


def state(page: Page) -> str:
    return page.locator(".qa-side .qa-badge").first.inner_text().lower()


def test_a_repair_is_written_tried_linted_reviewed_piloted_and_released(
    sign_in: Callable[[User], Page], author: User, organisation: Organisation
) -> None:
    make_skill("deployment")
    colleague = make_member(organisation, Role.REVIEWER)
    page = sign_in(author)
    page.goto(ADD)
    begin(page)
    write_file(page, "The file as the candidate gets it", START)
    write_file(page, "A file that solves it", SOLUTION)
    write_check(
        page, 1, "The image is pinned to a version.", "services.model.image", "matches the pattern", ":[0-9]+[.][0-9]+$"
    )
    write_check(page, 2, "The server comes back after a crash.", "services.model.restart", "is one of", "always")
    write_check(page, 3, "It is still the server of the model.", "services.model.image")
    page.get_by_label("Explanation").fill(EXPLANATION)

    # What the checks find is shown before anything is saved, and what is wrong is said beside them.
    page.get_by_role("button", name="Try the checks on both files").click()
    tried = page.get_by_label("The checks, tried")
    expect(tried.get_by_text("2 of 3 checks need another look.")).to_be_visible()
    expect(tried.locator("li").nth(0)).to_contain_text("registry.example.org/model:latest")
    expect(tried.locator("li").nth(1)).to_contain_text("This check does not hold in the file that solves it")
    expect(tried.locator("li").nth(2)).to_contain_text("This check holds before anything is repaired")
    check(page, 2).get_by_label("This", exact=True).fill("always\non-failure")
    check(page, 3).get_by_label("It holds already").check()
    page.get_by_role("button", name="Try the checks on both files").click()
    expect(page.get_by_text("Fine: each check does what it should in both files.")).to_be_visible()
    assert Question.objects.count() == 0

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Preview as it stands here").click()
    preview = opened.value
    expect(preview.locator(".cm-content")).to_contain_text("model:latest")
    assert "on-failure" not in preview.content()
    preview.close()
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    question = Question.objects.get()
    loaded = TYPES["config_repair"].load(question.current.payload)
    assert TYPES["config_repair"].mark(loaded, {"text": SOLUTION}) == 1
    assert TYPES["config_repair"].mark(loaded, {"text": START}) == 0

    findings = page.locator(".qa-findings li")
    expect(findings.filter(has_text="Name a source")).to_be_visible()
    expect(findings.filter(has_text="interviewer")).to_be_visible()
    findings.get_by_role("link", name="Interview follow-up").click()
    assert page.url.endswith("#id_interview_follow_up")
    page.locator("#id_reference-0-title").fill("Compose file reference: services, restart")
    page.get_by_label("Interview follow-up").fill("When would you rather not restart a server that crashed?")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    expect(findings).to_have_count(0)
    expect(page.get_by_text("Your turn: preview it")).to_be_visible()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("Waiting for a second pair of eyes: Reviewer can release it.")).to_be_visible()
    expect(page.get_by_role("button", name="Release as pilot")).to_have_count(0)

    second = sign_in(colleague)
    second.goto("/admin/")
    second.get_by_role("link", name="Review queue").first.click()
    second.get_by_role("link", name=question.external_id, exact=True).click()
    expect(second.get_by_text("Your turn: answer it in the preview")).to_be_visible()
    second.get_by_label("Your comment on version 2").fill("Solved it in three minutes; the checks are fair.")
    second.get_by_role("button", name="Comment", exact=True).click()
    expect(second.locator(".qa-thread")).to_contain_text("the checks are fair")
    second.get_by_label("Note for the history").fill("Try it on real candidates first.")
    second.get_by_role("button", name="Release as pilot").click()
    assert state(second) == "pilot"
    expect(second.get_by_text("then you can release it for scoring")).to_be_visible()

    page.reload()
    assert state(page) == "pilot"
    expect(page.get_by_text("then Reviewer can release it for scoring")).to_be_visible()
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.locator(".qa-thread")).to_contain_text("the checks are fair")
    second.get_by_role("button", name="Release for scoring").click()
    expect(second.get_by_text("This question is now live.")).to_be_visible()
    question.refresh_from_db()
    assert (question.status, question.current.number) == ("live", 2)


def test_the_form_has_no_violations_fits_a_phone_and_follows_the_kind_of_file(
    sign_in: Callable[[User], Page], author: User, db: None
) -> None:
    make_skill("deployment")
    page = sign_in(author)
    page.goto(ADD)
    begin(page)
    write_file(page, "The file as the candidate gets it", "FROM python:latest\n")
    page.get_by_label("Kind of file").select_option(label="Dockerfile")
    expect(editor(page, "The file as the candidate gets it")).to_contain_text("FROM python:latest")
    write_file(page, "A file that solves it", "FROM python:3.12\n")
    page.get_by_role("button", name="More checks").click()
    write_check(page, 4, "Pinned.", "stages[-1].from", "matches the pattern", ":3")
    for summary in page.locator("#answer-part summary").all():
        summary.click()
    page.get_by_role("button", name="Try the checks on both files").click()
    expect(page.get_by_text("Fine: each check does what it should")).to_be_visible()
    page.get_by_text("What the checks see").click()
    looker = Looker(page)
    looker.look("the form of a repair")
    looker.done()


def test_the_forms_of_queries_and_texts_have_no_violations_and_fit_a_phone(
    sign_in: Callable[[User], Page], author: User, organisation: Organisation, db: None
) -> None:
    skill = make_skill("deployment")
    page = sign_in(author)
    looker = Looker(page)
    for type, tried in (("sql", True), ("free_text", False)):
        question = make_question(skill, 1, type=type, organisation=organisation)
        page.goto(f"/admin/question_bank/question/{question.pk}/change/")
        if tried:
            page.get_by_role("button", name="Try the query").click()
            expect(page.get_by_text("On the rows that candidates see")).to_be_visible()
        looker.look(type)
    looker.done()


def test_a_repair_is_written_without_scripts(sign_in: Callable[..., Page], author: User) -> None:
    make_skill("deployment")
    page = sign_in(author, java_script_enabled=False)
    page.goto(ADD)
    page.get_by_label("Topic", exact=True).select_option(label="topic 1")
    page.get_by_label("Question type").select_option(label="Configuration repair")
    page.get_by_role("button", name="Show the fields of this type").click()
    page.get_by_label("Question", exact=True).fill("Mend it.")
    page.get_by_label("Explanation").fill(EXPLANATION)
    page.get_by_label("Name of the file").fill("compose.yaml")
    page.get_by_label("The file as the candidate gets it", exact=True).fill(START)
    page.get_by_label("A file that solves it").fill(SOLUTION)
    page.get_by_role("button", name="More checks").click()
    write_check(page, 5, "It comes back.", "services.model.restart", "is exactly", "on-failure")
    write_check(page, 1, "Broken.", "services.model[", "is exactly", "x")
    page.get_by_role("button", name="Save as a draft").click()
    expect(check(page, 1).get_by_text("the query is not JMESPath")).to_be_visible()
    check(page, 1).get_by_label("Remove").check()
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    assert [one["message"] for one in Question.objects.get().current.payload["assertions"]] == ["It comes back."]
