"""Questions that are answered in a code editor: by keyboard, kept over a reload, without scripts too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Organisation
from assessments.models import Attempt, Invitation
from question_bank.types import TYPES
from tests.browser.conftest import OpenPage
from tests.browser.sitting import go, hand_in, saved, start, stored
from tests.browser.test_every_page import Looker
from tests.factories import blueprint, make_assessment, make_invitation, make_question, make_skill

SAMPLE = TYPES["config_repair"].samples()[0].payload


@pytest.fixture
def repair(organisation: Organisation, db: None) -> Invitation:
    skill = make_skill("pipelines")
    for number in range(2):
        make_question(skill, number, type="config_repair")
    definition = {"time_limit_minutes": 30, "sections": [{"blueprint": blueprint(("pipelines", 2, 2))}]}
    return make_invitation(organisation, make_assessment(organisation, definition))


def editor(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("textbox", name=SAMPLE["file_name"])


def text_in(page: Page) -> str:
    return str(page.locator("#answer").input_value())


def write(page: Page, text: str) -> None:
    """Replace what stands in the editor, by keyboard."""
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def attempt_of(page: Page, invitation: Invitation) -> Attempt:
    attempt = start(page, invitation)
    expect(page.locator(".code-editor")).to_be_visible()
    return attempt


def test_a_file_is_repaired_by_keyboard_and_saved_as_it_is_typed(page: Page, repair: Invitation) -> None:
    attempt = attempt_of(page, repair)
    expect(editor(page)).to_contain_text("actions/checkout@main")
    expect(page.locator("#answer")).to_be_hidden()
    for _ in range(12):  # the editor is reached by Tab
        page.keyboard.press("Tab")
        if editor(page).evaluate("one => one.getRootNode().activeElement === one"):
            break
    else:
        pytest.fail("the editor cannot be reached by Tab")
    write(page, "jobs: [\n")
    expect(page.locator("#save-warning")).to_contain_text("not YAML yet: line 1")
    write(page, SAMPLE["solution"].rstrip("\n"))
    saved(page)
    expect(page.locator("#save-warning")).to_be_empty()
    assert stored(attempt)[1] == {"text": SAMPLE["solution"].rstrip("\n")}
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("env: {}")
    assert text_in(page).endswith("\n          env: {}") or text_in(page).endswith("  env: {}")
    assert editor(page).evaluate("one => one.getRootNode().activeElement === one")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")  # and is left again
    assert not editor(page).evaluate("one => one.getRootNode().activeElement === one")
    assert page.evaluate("() => document.activeElement.closest('.sheet-main') !== null")


def test_what_was_written_is_there_after_a_reload_and_leads_to_the_score(page: Page, repair: Invitation, work) -> None:  # type: ignore[no-untyped-def]
    attempt = attempt_of(page, repair)
    editor(page).click()
    write(page, SAMPLE["solution"])
    saved(page)
    page.reload()
    expect(editor(page)).to_contain_text("timeout-minutes: 45")
    go(page, "Save and next")
    expect(page.locator("#sheet")).to_have_attribute("data-position", "2")
    expect(editor(page)).to_contain_text("actions/checkout@main")
    go(page, "Save and review")
    expect(page.get_by_text("1 of 2 questions are answered")).to_be_visible()
    hand_in(page)
    work(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.score is not None
    assert (attempt.score.points, attempt.score.n) == (1, 2)


def test_an_answer_without_a_connection_is_kept_and_put_back_into_the_editor(page: Page, repair: Invitation) -> None:
    attempt = attempt_of(page, repair)
    page.context.set_offline(True)
    editor(page).click()
    write(page, "name: kept\n")
    expect(page.locator("#link-state")).to_contain_text(re.compile("connection", re.IGNORECASE))
    page.context.set_offline(False)
    saved(page)
    assert stored(attempt)[1] == {"text": "name: kept\n"}


def test_the_text_from_the_start_can_be_put_back(page: Page, repair: Invitation) -> None:
    attempt = attempt_of(page, repair)
    editor(page).click()
    write(page, "name: other\n")
    saved(page)
    page.get_by_text("Start again", exact=True).click()
    go(page, "Put the text from the start back")
    expect(editor(page)).to_contain_text("actions/checkout@main")
    assert stored(attempt) == {1: None}


def test_what_is_too_long_is_not_saved_and_not_lost(page: Page, repair: Invitation, watch) -> None:  # type: ignore[no-untyped-def]
    watch.allow("422")
    attempt = attempt_of(page, repair)
    editor(page).click()
    write(page, "a: 1\n" + "# long\n" * 1500)
    expect(page.locator("#save-warning")).to_contain_text("characters too many")
    go(page, "Save and next")
    expect(page.get_by_role("alert").filter(has_text="characters too many")).to_be_visible()
    assert text_in(page).count("# long") == 1500
    assert stored(attempt) == {}


def test_the_page_with_the_editor_has_no_violations_and_fits_a_phone(page: Page, repair: Invitation) -> None:
    attempt_of(page, repair)
    editor(page).click()
    looker = Looker(page)
    looker.look("editor")
    looker.done()


def test_a_file_is_repaired_without_scripts(open_page: OpenPage, repair: Invitation) -> None:
    page = open_page(java_script_enabled=False)
    attempt = start(page, repair)
    page.locator("#answer").fill(SAMPLE["solution"])
    go(page, "Save and next")
    assert stored(attempt)[1] == {"text": SAMPLE["solution"]}
